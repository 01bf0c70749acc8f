// Puts the editor (YASGUI) in the place of the form's text field. Without it, the form works.
"use strict";

(() => {
  const page = window.SparqlPage;
  const {data} = page;
  const form = document.getElementById("query-form");
  const field = document.getElementById("query");
  const format = document.getElementById("format");
  const told = document.getElementById("told");
  const share = document.getElementById("share");
  const copy = document.getElementById("copy-link");
  const stop = document.getElementById("stop");
  const newTab = document.getElementById("new-tab");
  const endpoint = new URL(form.getAttribute("action"), location.href).href;
  const answers = new WeakMap();
  const editors = new WeakMap();
  const prepared = new WeakSet();
  const running = new WeakSet();
  const waiting = new WeakSet();
  const LOADED = "Loaded query";

  page.tell = text => {
    told.textContent = text;
  };
  page.answerOf = yasr => answers.get(yasr);

  /** The address that answers a query; without a format, the page with its result. */
  page.addressOf = (text, name) => {
    const pairs = new URLSearchParams([["query", text], ...graphs()]);
    if (name) {
      pairs.set("format", name);
    }
    return `${form.getAttribute("action")}?${pairs}`;
  };

  /** Sends a query that is too long for an address, as a form does. */
  page.post = (text, name) => {
    field.value = text;
    const before = format.value;
    format.value = name;
    form.method = "post";
    form.submit();
    form.method = "get";
    format.value = before;
  };

  function graphs() {
    return [...form.querySelectorAll("input[type=hidden]")].map(input => [input.name, input.value]);
  }

  const isLong = text => page.addressOf(text, "jsonld").length > data.longest;

  /** Marks a place of the query, which the server counts in characters from 1. */
  page.mark = (yasr, line, column) => {
    const yasqe = editors.get(yasr);
    const doc = yasqe.getDoc();
    const content = doc.getLine(line - 1);
    if (content === undefined) {
      return;
    }
    const ch = [...content].slice(0, column - 1).join("").length;
    doc.addLineClass(line - 1, "background", "fault");
    const from = {line: line - 1, ch: Math.min(ch, Math.max(content.length - 1, 0))};
    doc.markText(from, {line: line - 1, ch: from.ch + 1}, {className: "fault-place"});
  };

  function unmark(yasqe) {
    const doc = yasqe.getDoc();
    const ours = doc.getAllMarks().filter(mark => mark.className === "fault-place");
    ours.forEach(mark => mark.clear());
    doc.eachLine(line => {
      doc.removeLineClass(line, "background", "fault");
    });
  }

  function run(yasgui) {
    const tab = yasgui.getTab();
    const yasqe = tab.getYasqe();
    if (running.has(tab)) {
      // One after the other: the editor takes the end of the old query for that of the new one.
      waiting.add(tab);
      yasqe.abortQuery();
      return;
    }
    unmark(yasqe);
    document.getElementById(tab.getId()).querySelector("#result")?.remove();
    const text = yasqe.getValue();
    // The address is the link to what is shown; asked for again, the server makes the same page.
    const address = isLong(text) ? form.getAttribute("action") : page.addressOf(text);
    history.replaceState(null, "", address);
    // What goes wrong comes with the event queryResponse, too.
    tab.query().catch(() => {});
  }

  /** The settings of every request, also of a tab that an earlier visit left. */
  function request() {
    return {
      endpoint,
      queryArgument: "query",
      acceptHeaderSelect: "application/sparql-results+json, text/turtle;q=0.9",
      acceptHeaderGraph: "application/sparql-results+json, text/turtle;q=0.9",
      acceptHeaderUpdate: "application/problem+json",
      args: [
        {name: "truncate", value: String(data.rows)},
        ...graphs().map(([name, value]) => ({name, value})),
      ],
      headers: {},
      namedGraphs: [],
      defaultGraphs: [],
      withCredentials: false,
    };
  }

  function makeEditor(parent, text) {
    const {Yasgui} = window;
    const {Yasqe, Yasr} = Yasgui;
    page.replaceCompleters(Yasqe);
    for (const name of Object.keys(Yasr.plugins)) {
      delete Yasr.plugins[name];
    }
    Yasqe.defaults.editorHeight = "15rem"; // a tab's own settings hide the configured one
    Yasr.defaults.plugins = {};
    Yasr.defaults.pluginOrder = ["result"];
    Yasr.defaults.defaultPlugin = "result";
    Yasr.defaults.maxPersistentResponseSize = 0;
    Yasr.registerPlugin("result", page.View);
    // It would read the answer a second time for the head of the results, which is not shown; and
    // what it cannot read it takes for XML, whose error document breaks the page's policy.
    Yasr.prototype.updateResponseInfo = () => {};
    const yasgui = new Yasgui(parent, {
      autofocus: false,
      persistenceId: "sparql-page",
      populateFromUrl: false,
      endpointCatalogueOptions: {getData: () => []},
      contextMenuContainer: parent,
      requestConfig: {
        ...request(),
        method: () => (isLong(yasgui.getTab().getYasqe().getValue()) ? "POST" : "GET"),
      },
      yasqe: {
        value: text,
        // Long lines would make the editor scroll sideways, which keys alone cannot do.
        lineWrapping: true,
        showQueryButton: false,
        createShareableLink: null,
        extraKeys: {"Ctrl-Enter": () => run(yasgui), "Cmd-Enter": () => run(yasgui)},
      },
    });
    return yasgui;
  }

  /** What the editor's parser makes of a line: undefined if it goes on from there. */
  function faultOf(yasqe, line) {
    const {state} = yasqe.getTokenAt({line, ch: yasqe.getDoc().getLine(line).length}, true);
    if (state.OK !== false) {
      return undefined;
    }
    const possible = state.possibleCurrent.join(", ");
    return state.errorMsg || `This line is wrong. Expected: ${possible}`;
  }

  /**
   * Has the sign at a line that the editor takes for wrong say why. Its own tooltip writes HTML
   * with styles; and it does not know that the well-known prefixes need no declaration here.
   */
  function explainFault(yasqe) {
    const icon = yasqe.getWrapperElement().querySelector(".parseErrorIcon");
    if (!icon) {
      return;
    }
    icon.onmouseover = null;
    icon.onmouseout = null;
    const lines = Array.from({length: yasqe.getDoc().lineCount()}, (_, line) => line);
    const fault = lines.map(line => faultOf(yasqe, line)).find(Boolean) || "";
    const prefix = /^Prefix '(.*)' is not defined$/.exec(fault);
    if (prefix && data.short.includes(prefix[1])) {
      yasqe.clearGutter("gutterErrorBar");
    } else {
      icon.title = fault;
      icon.setAttribute("role", "img");
      icon.setAttribute("aria-label", fault);
    }
  }

  function prepare(tab, yasgui) {
    const yasqe = tab.getYasqe();
    const yasr = tab.getYasr();
    editors.set(yasr, yasqe);
    tab.setRequestConfig(request());
    const input = yasqe.getInputField();
    input.setAttribute("aria-label", "SPARQL query");
    input.setAttribute("aria-describedby", "keys");
    if (input.localName !== "textarea") {
      input.setAttribute("role", "textbox");
      input.setAttribute("aria-multiline", "true");
    }
    const goTo = (line, column) => {
      yasqe.focus();
      const content = yasqe.getDoc().getLine(line - 1) || "";
      const ch = [...content].slice(0, column - 1).join("").length;
      yasqe.getDoc().setCursor({line: line - 1, ch});
    };
    let sent = "";
    yasqe.on("query", () => {
      sent = yasqe.getValue();
      running.add(tab);
      page.tell("The query runs ...");
      showState(yasgui);
    });
    // Before the view draws: that is put off until all listeners are through.
    yasqe.on("queryResponse", (_yasqe, response, milliseconds) => {
      answers.set(yasr, {response, text: sent, milliseconds, goTo});
      running.delete(tab);
      showState(yasgui);
      if (waiting.delete(tab)) {
        queueMicrotask(() => run(yasgui));
      }
    });
    yasqe.on("changes", (_yasqe, changes) => {
      if (tab.getName() === LOADED && changes.some(change => change.origin !== "setValue")) {
        tab.setName(yasgui.createTabName());
      }
      unmark(yasqe);
      explainFault(yasqe);
      showState(yasgui);
    });
    explainFault(yasqe);
    page.completeTyping(yasqe);
  }

  /** Brings what stands around the editor in line with the tab that is shown. */
  function showState(yasgui) {
    const tab = yasgui.getTab();
    if (!tab?.getYasqe()) {
      return;
    }
    const text = tab.getYasqe().getValue();
    const long = isLong(text);
    share.href = long ? form.getAttribute("action") : page.addressOf(text);
    share.hidden = long;
    copy.hidden = long || !navigator.clipboard;
    stop.hidden = !running.has(tab);
    field.value = text;
  }

  /** Shows the tab that was chosen: the buttons move to it. */
  function place(yasgui) {
    if (!yasgui.getTab()) {
      yasgui.addTab(true);
    }
    const tab = yasgui.getTab();
    const panel = document.getElementById(tab.getId());
    if (!prepared.has(tab)) {
      prepared.add(tab);
      prepare(tab, yasgui);
    }
    panel.querySelector(".editorwrapper").append(form);
    for (const input of yasgui.rootEl.querySelectorAll(".tab input")) {
      input.setAttribute("aria-label", "Name of the tab");
    }
    showState(yasgui);
  }

  /**
   * Loads a query: into the tab that has it, else into one that nothing was typed in, else into a
   * new one. The name of a tab tells whether its query came from a link or an example.
   */
  function load(yasgui, text) {
    const {persistentConfig} = yasgui;
    const tabs = persistentConfig.getTabs().map(id => persistentConfig.getTab(id));
    const known = tabs.find(tab => tab.yasqe.value === text);
    const loaded = tabs.find(tab => tab.name === LOADED);
    if (known || loaded) {
      yasgui.selectTabId((known || loaded).id);
      if (!known) {
        yasgui.getTab().setQuery(text);
      }
    } else {
      yasgui.addTab(true, {name: LOADED, yasqe: {value: text}});
    }
    place(yasgui);
  }

  /** What the editor's tabs lack: a key to rename them, and a menu that is a list. */
  function mendTabs(parent) {
    parent.addEventListener("keydown", event => {
      if (event.key === "F2" && event.target.getAttribute("role") === "tab") {
        event.target.parentElement.dispatchEvent(new MouseEvent("dblclick"));
      }
    });
    new MutationObserver(() => {
      for (const line of parent.querySelectorAll(".context-menu-list > hr")) {
        const item = page.element("li", {"aria-hidden": "true"});
        line.replaceWith(item);
        item.append(line);
      }
    }).observe(parent, {childList: true});
  }

  /** Takes the query of the address, and the result that the server made, into the editor. */
  function takeOver(yasgui, asked) {
    load(yasgui, asked);
    const result = document.getElementById("result");
    if (!result) {
      return;
    }
    const tab = yasgui.getTab();
    document.getElementById(tab.getId()).append(result);
    const {line, column} = result.dataset;
    if (line) {
      page.mark(tab.getYasr(), Number(line), Number(column));
    }
  }

  function listenToEditor(yasgui) {
    yasgui.on("autocompletionShown", (_yasgui, _tab, widget) => {
      widget.hints.setAttribute("aria-label", "Completions");
    });
    for (const event of ["tabSelect", "tabAdd", "tabClose"]) {
      // Afterwards: the event comes before the tab is drawn, or gone.
      yasgui.on(event, () =>
        queueMicrotask(() => {
          page.tell("");
          place(yasgui);
        }),
      );
    }
    // The editor keeps a query when it loses the focus, which it does not when the page is left.
    window.addEventListener("pagehide", () => {
      const tab = yasgui.getTab();
      const kept = tab.getPersistedJson();
      kept.yasqe.value = tab.getYasqe().getValue();
      tab.emit("change", tab, kept);
    });
  }

  function listenToButtons(yasgui) {
    form.addEventListener("submit", event => {
      const text = yasgui.getTab().getYasqe().getValue();
      field.value = text;
      form.method = isLong(text) ? "post" : "get";
      if (!format.value) {
        event.preventDefault();
        run(yasgui);
      }
    });
    stop.addEventListener("click", () => yasgui.getTab().getYasqe().abortQuery());
    newTab.addEventListener("click", () => {
      yasgui.addTab(true);
      yasgui.getTab().getYasqe().focus();
    });
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(share.href);
      page.tell("The link was copied.");
    });
  }

  function listenToExamples(yasgui) {
    document.querySelectorAll("a.run").forEach(link => {
      link.addEventListener("click", event => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) {
          return;
        }
        event.preventDefault();
        load(yasgui, new URL(link.href).searchParams.get("query"));
        run(yasgui);
        yasgui.rootEl.scrollIntoView();
      });
    });
  }

  function mount() {
    const parent = document.getElementById("editor");
    const asked = field.value;
    let yasgui;
    try {
      yasgui = makeEditor(parent, asked);
    } catch (error) {
      // The form stays.
      parent.replaceChildren();
      console.warn(error);
      return;
    }
    page.yasgui = yasgui;
    document.getElementById("query-field").hidden = true;
    field.required = false;
    document.getElementById("keys").hidden = false;
    newTab.hidden = false;
    place(yasgui);
    if (data.asked) {
      takeOver(yasgui, asked);
    }
    mendTabs(parent);
    listenToEditor(yasgui);
    listenToButtons(yasgui);
    listenToExamples(yasgui);
  }

  mount();
})();
