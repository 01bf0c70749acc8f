// Brings the network's page to life. Every picture has an address: whatever changes it, the page of
// the new address is fetched, and its table, its words and its picture's data are taken over. So
// the picture and the table always come from one answer.
"use strict";

(() => {
  const page = window.NetworkPage;
  const {drawing, panel, files} = page;
  const form = document.getElementById("network-form");
  const frame = document.getElementById("drawing");
  const status = document.getElementById("status");
  const trouble = document.getElementById("trouble");
  const at = id => document.getElementById(id);
  const DEFAULTS = {nodes: String(form.dataset.nodes)};

  let data = page.readData();
  let nodes = new Map();
  let edges = new Map();
  let running = null;
  let opener = null;

  const wayOf = (kind, id) =>
    document.querySelector(`#proteins a[data-${kind}="${CSS.escape(id)}"]`)?.href;

  function index() {
    nodes = new Map(data.elements.nodes.map(one => [one.data.id, one.data]));
    edges = new Map(data.elements.edges.map(one => [one.data.id, one.data]));
    for (const cell of document.querySelectorAll(".in-picture")) {
      cell.hidden = false;
    }
  }

  function chooseEdge(id) {
    drawing.pick(id);
    panel.edge(data, edges.get(id), end => nodes.get(end), chosen => {
      chooseNode(chosen);
      panel.focus();
    });
  }

  function chooseNode(id) {
    drawing.pick(id);
    const ways = {expand: wayOf("expand", id), middle: wayOf("middle", id)};
    panel.node(data, nodes.get(id), ways, expand);
  }

  function chooseNothing() {
    drawing.pick(null);
    panel.clear();
  }

  async function expand(id) {
    const address = wayOf("expand", id);
    if (address) {
      const before = data.counts;
      const isInside = at("panel").contains(document.activeElement);
      if (await load(address, true)) {
        chooseNode(id);
        if (isInside) {
          panel.focus();
        }
        const added = data.counts.nodes - before.nodes;
        tell(added ? `${page.counted(added, "protein")} added` : "No protein to add");
      }
    } else {
      // The panel says why.
      tell("It cannot be expanded");
    }
  }

  function tell(text) {
    const {nodes: proteins, edges: lines} = data.counts;
    const now = `${page.counted(proteins, "protein")}, ${page.counted(lines, "edge")}`;
    status.textContent = text ? `${text}. Now ${now}.` : `${now}.`;
  }

  /** Takes over the parts of another page; what has the focus keeps it if it is still there. */
  function takeOver(other) {
    const open = at("proteins")?.open;
    const focused = document.activeElement?.closest("[data-part]") && keyOf(document.activeElement);
    for (const part of document.querySelectorAll("[data-part]")) {
      part.replaceWith(document.adoptNode(other.querySelector(`[data-part="${part.dataset.part}"]`)));
    }
    if (at("proteins")) {
      at("proteins").open = Boolean(open);
    }
    // The fields themselves stay: one of them may have the focus.
    for (const field of form.querySelectorAll("select, input[type=checkbox]")) {
      const fresh = other.getElementById(field.id);
      if (field.type === "checkbox") {
        field.checked = fresh.checked;
      } else {
        // Copies: a list that loses its chosen option chooses another.
        const {value} = fresh;
        field.replaceChildren(...[...fresh.options].map(one => new Option(one.text, one.value)));
        field.value = value;
      }
    }
    if (focused) {
      (document.querySelector(focused) || at("edges-title")).focus();
    }
  }

  /** A selector that finds a link or button again after its table was replaced. */
  function keyOf(one) {
    for (const name of ["data-expand", "data-middle"]) {
      if (one.hasAttribute(name)) {
        return `[${name}="${CSS.escape(one.getAttribute(name))}"]`;
      }
    }
    return "#edges-title";
  }

  /** Shows the picture of an address; whether that was possible. */
  async function load(address, isNew) {
    running?.abort();
    const mine = new AbortController();
    running = mine;
    frame.setAttribute("aria-busy", "true");
    trouble.hidden = true;
    try {
      const response = await fetch(address, {headers: {Accept: "text/html"}, signal: mine.signal});
      if (!response.ok) {
        // The server says what is wrong on a page of its own.
        location.assign(address);
        return false;
      }
      const other = new DOMParser().parseFromString(await response.text(), "text/html");
      if (isNew && address !== location.href) {
        history.pushState(null, "", address);
      }
      data = page.readData(other);
      takeOver(other);
      index();
      panel.clear();
      drawing.update(data);
      tell("");
      return true;
    } catch (error) {
      if (error.name !== "AbortError") {
        trouble.textContent = "The server could not be reached. The picture is as it was; try again.";
        trouble.hidden = false;
      }
      return false;
    } finally {
      if (running === mine) {
        running = null;
        frame.removeAttribute("aria-busy");
      }
    }
  }

  /** The address that the form asks for, without what is so anyway. */
  function asked() {
    const pairs = [...new FormData(form)].filter(([name, value]) => value && DEFAULTS[name] !== value);
    return new URL(`?${new URLSearchParams(pairs)}`, new URL(form.action)).href;
  }

  /** Whether a click on a link shows another state of this very picture. */
  function isOurs(anchor) {
    const here = new URL(location.href);
    const there = new URL(anchor.href);
    return (
      there.origin === here.origin &&
      there.pathname === here.pathname &&
      there.searchParams.get("protein") === data.protein
    );
  }

  function fromTable(button) {
    const {edge, node} = button.closest("tr").dataset;
    if (edge === undefined) {
      opener = `[data-node="${CSS.escape(node)}"] button`;
      chooseNode(node);
    } else {
      opener = `[data-edge="${CSS.escape(edge)}"] button`;
      chooseEdge(edge);
    }
    at("picture-title").scrollIntoView({block: "start"});
    panel.focus();
  }

  form.addEventListener("submit", event => {
    event.preventDefault();
    load(asked(), true);
  });
  form.addEventListener("change", () => form.requestSubmit());
  document.addEventListener("click", event => {
    const plain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    const anchor = event.target.closest?.("a[href]");
    if (anchor && plain && anchor.closest("[data-part], #panel") && isOurs(anchor)) {
      event.preventDefault();
      if (anchor.dataset.expand) {
        expand(anchor.dataset.expand);
      } else {
        load(anchor.href, true);
      }
    }
    const button = event.target.closest?.(".in-picture button");
    if (button) {
      fromTable(button);
    }
  });
  addEventListener("popstate", () => load(location.href, false));
  at("panel-close").addEventListener("click", () => {
    chooseNothing();
    if (opener) {
      document.querySelector(opener)?.focus();
      opener = null;
    }
  });
  at("fit").addEventListener("click", drawing.fit);
  at("closer").addEventListener("click", () => drawing.zoom(1.35));
  at("farther").addEventListener("click", () => drawing.zoom(1 / 1.35));
  at("arrange").addEventListener("click", drawing.restart);
  for (const name of ["png", "cyjs", "sif"]) {
    at(`save-${name}`).addEventListener("click", () => files[name](data));
  }

  at("waiting").hidden = true;
  frame.hidden = false;
  index();
  drawing.start({
    edge: chooseEdge,
    node: chooseNode,
    nothing: chooseNothing,
    expand,
  });
  drawing.update(data);
})();
