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
  const MANY = 200;
  const SLOPE = 0.3;

  let cy = null;
  let data = null;

  /** Whether a protein has enough of both that each kind may have a side of its own. */
  const isMixed = (one, other) => Math.min(one, other) >= Math.max(one, other, 1) * MIXED;

  /** Positions for nodes that have none: rings around the protein whose partners they are, the best
      supported inside; half rings, regulators on the left, if there are both kinds. */
  function place(nodes) {
    const groups = new Map();
    for (const node of nodes) {
      const of = node.data("of");
      const sides = groups.get(of) || {regulator: [], target: []};
      sides[node.data("side")].push(node);
      groups.set(of, sides);
    }
    for (const [of, {regulator, target}] of groups) {
      const hub = cy.getElementById(of);
      const middle = hub.empty() ? {x: 0, y: 0} : {...hub.position()};
      if (isMixed(regulator.length, target.length)) {
        ring(middle, regulator, Math.PI / 2, Math.PI);
        ring(middle, target, -Math.PI / 2, Math.PI);
      } else {
        ring(middle, [...regulator, ...target], -Math.PI / 2, 2 * Math.PI);
      }
    }
  }

  /** Sets nodes on rings around a point, or on parts of rings. */
  function ring(middle, nodes, from, angle) {
    let rest = nodes;
    for (let radius = RING; rest.length; radius += RING) {
      const here = rest.slice(0, Math.max(Math.floor((angle * radius) / SPACE), 1));
      here.forEach((node, index) => {
        const at = from + (angle * (index + 0.5)) / here.length;
        node.position({
          x: middle.x + radius * Math.cos(at),
          y: middle.y + radius * Math.sin(at),
        });
      });
      rest = rest.slice(here.length);
    }
  }

  /** Has fcose arrange all proteins from where they are, and moves them there. */
  function arrange(animated) {
    const before = new Map(cy.nodes().map(node => [node.id(), {...node.position()}]));
    if (cy.nodes().length > 1) {
      cy.layout({
        name: "fcose",
        // The better quality takes four times as long: half a second for 150 proteins.
        quality: cy.nodes().length > MANY ? "default" : "proof",
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
    if (!isMixed(left.length, right.length)) {
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
    document.getElementById("sides").hidden = !sides();
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
    cy.style(page.look.styles(cy.edges().length));
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
      style: page.look.styles(0),
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
    const repaint = () => cy.style(page.look.styles(cy.edges().length));
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
  };
})();
