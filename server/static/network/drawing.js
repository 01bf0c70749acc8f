// Draws the network with Cytoscape.js and fcose, in the colours of the page.
"use strict";

(() => {
  const page = window.NetworkPage;
  const container = document.getElementById("picture");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const RING = 95;
  const SPACE = 62;
  const ROUNDS = 60;
  const MIXED = 0.15;
  const SLOPE = 0.3;

  let cy = null;
  let data = null;

  /** The width of a line, in pixels, by the number of primary papers. The legend shows some. */
  const widthOf = papers => Math.min(1 + 1.3 * Math.log2(1 + papers), 7);

  /** The colours as the style sheet has them now. */
  function colours() {
    const style = getComputedStyle(document.documentElement);
    const read = name => style.getPropertyValue(`--${name}`).trim();
    return Object.fromEntries(
      ["text", "ground", "soft", "line", "edge", "quiet", "accent", "focus", "good", "bad"].map(
        name => [name, read(name)],
      ),
    );
  }

  function styles() {
    const c = colours();
    const font = getComputedStyle(document.body).fontFamily;
    const arrow = {activation: "triangle", repression: "tee", both: "triangle-tee"};
    const modes = Object.entries(arrow).map(([mode, shape]) => ({
      selector: `edge[mode = "${mode}"]`,
      style: {"target-arrow-shape": shape, "target-arrow-fill": "filled"},
    }));
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
          "font-family": font,
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
      {
        selector: "edge",
        style: {
          width: ele => widthOf(ele.data("papers")),
          "curve-style": "bezier",
          "control-point-step-size": 26,
          "loop-direction": "-45deg",
          "loop-sweep": "60deg",
          "line-color": c.edge,
          "line-style": "dotted",
          "line-opacity": 0.75,
          "target-arrow-color": c.edge,
          "target-arrow-shape": "vee",
          "arrow-scale": 0.95,
          "z-index": 1,
        },
      },
      {selector: 'edge[scale = "large"]', style: {"line-style": "dashed", "line-dash-pattern": [7, 4]}},
      {
        selector: 'edge[scale = "small"]',
        style: {
          "line-style": "solid",
          "line-color": c.quiet,
          "line-opacity": 1,
          "target-arrow-color": c.quiet,
        },
      },
      ...modes,
      {
        selector: 'edge[mode = "activation"]',
        style: {"line-color": c.good, "target-arrow-color": c.good},
      },
      {
        selector: 'edge[mode = "repression"]',
        style: {"line-color": c.bad, "target-arrow-color": c.bad},
      },
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

  /** Positions for nodes that have none: half rings around the protein whose partners they are,
      regulators on the left, targets on the right, the best supported inside. */
  function place(nodes) {
    const groups = new Map();
    for (const node of nodes) {
      const key = `${node.data("of")} ${node.data("side")}`;
      groups.set(key, [...(groups.get(key) || []), node]);
    }
    for (const group of groups.values()) {
      const of = cy.getElementById(group[0].data("of"));
      const middle = of.empty() ? {x: 0, y: 0} : {...of.position()};
      const towards = group[0].data("side") === "regulator" ? Math.PI : 0;
      let ring = 1;
      let rest = group;
      while (rest.length) {
        const radius = RING * ring;
        const room = Math.max(Math.floor((Math.PI * radius) / SPACE), 1);
        const here = rest.slice(0, room);
        here.forEach((node, index) => {
          const angle = towards - Math.PI / 2 + (Math.PI * (index + 0.5)) / here.length;
          node.position({
            x: middle.x + radius * Math.cos(angle),
            y: middle.y + radius * Math.sin(angle),
          });
        });
        rest = rest.slice(room);
        ring += 1;
      }
    }
  }

  /** Has fcose arrange all proteins from where they are, and moves them there. */
  function arrange(animated) {
    const before = new Map(cy.nodes().map(node => [node.id(), {...node.position()}]));
    if (cy.nodes().length > 1) {
      cy.layout({
        name: "fcose",
        quality: "proof",
        // Nothing at random: the same network is the same picture.
        randomize: false,
        animate: false,
        fit: false,
        nodeDimensionsIncludeLabels: true,
        fixedNodeConstraint: [{nodeId: data.protein, position: {x: 0, y: 0}}],
        relativePlacementConstraint: sides(),
        packComponents: false,
        nodeSeparation: 60,
        idealEdgeLength: 90,
        nodeRepulsion: 9000,
        gravity: 0.2,
      }).run();
    }
    // The label counts as a part of its protein, so the middle may have moved a little.
    const {x: left, y: up} = cy.getElementById(data.protein).position();
    cy.nodes().shift({x: -left, y: -up});
    if (sides()) {
      // Off the upright line in the middle, where fcose piles up what it holds to one side.
      cy.nodes().positions(node => {
        const {x, y} = node.position();
        return {x: x + Math.sign(x) * Math.abs(y) * SLOPE, y};
      });
    }
    stretch();
    separate();
    const after = new Map(cy.nodes().map(node => [node.id(), {...node.position()}]));
    if (!animated || calm.matches) {
      fit();
      return;
    }
    cy.nodes().positions(node => before.get(node.id()));
    cy.layout({
      name: "preset",
      positions: node => after.get(node.id()),
      animate: true,
      animationDuration: 500,
      fit: true,
      padding: 24,
    }).run();
  }

  /** Regulators to the left of the protein in the middle and targets to the right, if it has enough
      of both; else they stand all around it. */
  function sides() {
    const own = side => data.elements.nodes.filter(
      ({data: node}) => node.of === data.protein && node.side === side,
    );
    const [left, right] = [own("regulator"), own("target")];
    if (Math.min(left.length, right.length) < Math.max(left.length, right.length) * MIXED) {
      return undefined;
    }
    return [
      ...left.map(one => ({left: one.data.id, right: data.protein, gap: 40})),
      ...right.map(one => ({left: data.protein, right: one.data.id, gap: 40})),
    ];
  }

  /** Moves proteins apart whose labels overlap; the one in the middle stays. */
  function separate() {
    const boxes = cy.nodes().map(node => {
      const {x1, x2, y1, y2} = node.boundingBox({includeOverlays: false});
      const {x, y} = node.position();
      return {node, x, y, left: x - x1, right: x2 - x, up: y - y1, down: y2 - y};
    });
    boxes.forEach(box => {
      box.fixed = box.node.id() === data.protein;
    });
    for (let round = 0; round < ROUNDS; round += 1) {
      let moved = false;
      for (let i = 0; i < boxes.length; i += 1) {
        for (let j = i + 1; j < boxes.length; j += 1) {
          moved = push(boxes[i], boxes[j]) || moved;
        }
      }
      if (!moved) {
        break;
      }
    }
    cy.batch(() => boxes.forEach(({node, x, y}) => node.position({x, y})));
  }

  /** Pushes two boxes apart, the shorter way; whether they overlapped. */
  function push(a, b) {
    const wide = Math.min(a.x + a.right, b.x + b.right) - Math.max(a.x - a.left, b.x - b.left);
    const high = Math.min(a.y + a.down, b.y + b.down) - Math.max(a.y - a.up, b.y - b.up);
    if (wide <= 0 || high <= 0) {
      return false;
    }
    const axis = wide < high ? "x" : "y";
    const way = (a[axis] < b[axis] || (a[axis] === b[axis] && a.x <= b.x) ? 1 : -1) * (Math.min(wide, high) + 1);
    const share = a.fixed ? 0 : b.fixed ? 1 : 0.5;
    a[axis] -= way * share;
    b[axis] += way * (1 - share);
    return true;
  }

  /** Fills the sheet: fcose's pictures are round, windows are not. */
  function stretch() {
    const box = cy.nodes().boundingBox();
    const wish = cy.width() / Math.max(cy.height(), 1) / (box.w / Math.max(box.h, 1) || 1);
    const factor = Math.min(Math.max(wish, 1 / 1.8), 1.8);
    cy.nodes().positions(node => {
      const {x, y} = node.position();
      return factor > 1 ? {x: x * factor, y} : {x, y: y / factor};
    });
  }

  function fit() {
    cy.fit(undefined, 24);
    if (cy.zoom() > 1.4) {
      cy.zoom(1.4);
      cy.center();
    }
  }

  function describe() {
    const {nodes, edges} = data.counts;
    const middle = cy.getElementById(data.protein).data("name");
    container.setAttribute(
      "aria-label",
      `Network of ${middle}: ${page.counted(nodes, "protein")} and ` +
        `${page.counted(edges, "edge")}. The table below lists the edges.`,
    );
    container.dataset.nodes = String(cy.nodes().length);
    container.dataset.edges = String(cy.edges().length);
  }

  /** Shows other data; proteins that stay keep their places if none goes. */
  function update(next) {
    const first = data === null;
    data = next;
    const wanted = [...next.elements.nodes, ...next.elements.edges];
    const ids = new Set(wanted.map(one => one.data.id));
    const grows = !first && cy.nodes().every(node => ids.has(node.id()));
    pick(null);
    const added = [];
    cy.batch(() => {
      cy.elements().filter(one => !ids.has(one.id())).remove();
      for (const one of next.elements.nodes) {
        const known = cy.getElementById(one.data.id);
        if (known.nonempty()) {
          known.data(one.data);
        } else {
          added.push(cy.add({group: "nodes", data: one.data}));
        }
      }
      for (const one of next.elements.edges) {
        const known = cy.getElementById(one.data.id);
        if (known.nonempty()) {
          known.data(one.data);
        } else {
          cy.add({group: "edges", data: one.data});
        }
      }
    });
    // Stays out of the batch: positions are read while others are set.
    if (grows) {
      place(added);
      arrange(added.length > 0);
    } else {
      restart();
    }
    describe();
  }

  /** Arranges everything anew, as if the page had just been opened. */
  function restart() {
    cy.getElementById(data.protein).position({x: 0, y: 0});
    // In the order of the data: an expanded protein has its place before its partners.
    place(data.elements.nodes.slice(1).map(one => cy.getElementById(one.data.id)));
    arrange(false);
  }

  /** Marks an edge or a protein, and dims what has nothing to do with it. */
  function pick(id) {
    cy.elements().removeClass("picked aside");
    delete container.dataset.picked;
    const found = id === null ? cy.collection() : cy.getElementById(id);
    if (found.empty()) {
      return;
    }
    const near = found.isEdge() ? found.union(found.connectedNodes()) : found.closedNeighborhood();
    cy.elements().difference(near).addClass("aside");
    found.addClass("picked");
    container.dataset.picked = id;
  }

  function zoom(factor) {
    const middle = {x: cy.width() / 2, y: cy.height() / 2};
    cy.zoom({level: cy.zoom() * factor, renderedPosition: middle});
  }

  /** Begins to draw; `handlers` has what happens on a click. */
  function start(handlers) {
    cy = cytoscape({
      container,
      style: styles(),
      minZoom: 0.08,
      maxZoom: 4,
      boxSelectionEnabled: false,
      autounselectify: true,
    });
    cy.on("tap", event => {
      const what = event.target;
      if (what === cy) {
        handlers.nothing();
      } else if (what.isEdge()) {
        handlers.edge(what.id());
      } else {
        handlers.node(what.id());
      }
    });
    cy.on("dbltap", "node", event => handlers.expand(event.target.id()));
    cy.on("mouseover", "node, edge", () => container.classList.add("is-over"));
    cy.on("mouseout", "node, edge", () => container.classList.remove("is-over"));
    // The wheel scrolls the page, unless Ctrl is held.
    container.parentElement.addEventListener(
      "wheel",
      event => {
        if (!event.ctrlKey && !event.metaKey) {
          event.stopImmediatePropagation();
        }
      },
      {capture: true, passive: true},
    );
    const repaint = () => cy.style(styles());
    document.addEventListener("themechange", repaint);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
  }

  page.drawing = {
    start,
    update,
    pick,
    fit,
    restart,
    zoom,
    graph: () => cy,
    ground: () => colours().ground,
  };
})();
