// How proteins and edges look, in the colours that the page has now. The legend says the same.
"use strict";

(() => {
  const page = window.NetworkPage;
  const ARROWS = {activation: "triangle", repression: "tee", both: "triangle-tee"};

  /** The width of a line, in pixels, by the number of primary papers. */
  const widthOf = papers => Math.min(1 + 1.3 * Math.log2(1 + papers), 7);

  /** The style sheet's colours. */
  function colours() {
    const style = getComputedStyle(document.documentElement);
    const names = ["text", "ground", "soft", "edge", "quiet", "accent", "focus", "good", "bad"];
    return Object.fromEntries(
      names.map(name => [name, style.getPropertyValue(`--${name}`).trim()]),
    );
  }

  /** Circles; diamonds for transcription factors; large with a thick border if expanded. */
  function ofNodes(c) {
    return [
      {
        selector: "node",
        style: {
          width: 17,
          height: 17,
          shape: "ellipse",
          "background-color": c.soft,
          "border-color": c.edge,
          "border-width": 1.5,
          label: "data(name)",
          color: c.text,
          "font-family": getComputedStyle(document.body).fontFamily,
          "font-size": 12,
          "min-zoomed-font-size": 6,
          "text-valign": "bottom",
          "text-margin-y": 3,
          "text-wrap": "ellipsis",
          "text-max-width": 90,
          "text-outline-color": c.ground,
          "text-outline-width": 2,
          "z-index": 2,
        },
      },
      {
        selector: "node[?regulates]",
        style: {
          width: 21,
          height: 21,
          shape: "diamond",
          "background-color": c.accent,
          "border-color": c.accent,
        },
      },
      {
        selector: "node[?expanded]",
        style: {
          width: 34,
          height: 34,
          "border-width": 5,
          "border-color": c.text,
          "font-size": 15,
          "font-weight": "bold",
          "text-outline-width": 3,
          "z-index": 3,
        },
      },
    ];
  }

  /** Width: primary papers. Solid, dashed, dotted: the scale. Arrow: direction and mode. */
  function ofEdges(c, count) {
    // Many lines are paler, so that names stay readable.
    const pale = Math.max(0.25, Math.min(0.75, 250 / Math.max(count, 1)));
    const coloured = colour => ({"line-color": colour, "target-arrow-color": colour});
    return [
      {
        selector: "edge",
        style: {
          ...coloured(c.edge),
          width: one => widthOf(one.data("papers")),
          "curve-style": "bezier",
          "control-point-step-size": 26,
          "loop-direction": "-45deg",
          "loop-sweep": "60deg",
          "line-style": "dotted",
          "line-opacity": pale,
          "target-arrow-shape": "vee",
          "arrow-scale": 0.95,
          "z-index": 1,
        },
      },
      {
        selector: 'edge[scale = "large"]',
        style: {"line-style": "dashed", "line-dash-pattern": [7, 4]},
      },
      {
        selector: 'edge[scale = "small"]',
        style: {
          ...coloured(c.quiet),
          "line-style": "solid",
          "line-opacity": Math.min(pale + 0.25, 1),
        },
      },
      ...Object.entries(ARROWS).map(([mode, shape]) => ({
        selector: `edge[mode = "${mode}"]`,
        style: {"target-arrow-shape": shape, "target-arrow-fill": "filled"},
      })),
      {selector: 'edge[mode = "activation"]', style: coloured(c.good)},
      {selector: 'edge[mode = "repression"]', style: coloured(c.bad)},
    ];
  }

  /** What is chosen, and what has nothing to do with it. */
  function ofChoices(c) {
    return [
      {selector: ".aside", style: {opacity: 0.22}},
      {
        selector: "edge.picked",
        style: {
          "line-color": c.focus,
          "target-arrow-color": c.focus,
          "line-opacity": 1,
          "underlay-color": c.focus,
          "underlay-opacity": 0.25,
          "underlay-padding": 4,
          "z-index": 9,
        },
      },
      {
        selector: "node.picked",
        style: {"border-color": c.focus, "border-width": 5, "z-index": 9},
      },
      {selector: ":active", style: {"overlay-color": c.focus, "overlay-opacity": 0.15}},
    ];
  }

  /** Cytoscape.js' style for a picture with so many edges. */
  function styles(count) {
    const c = colours();
    return [...ofNodes(c), ...ofEdges(c, count), ...ofChoices(c)];
  }

  page.look = {styles, ground: () => colours().ground};
})();
