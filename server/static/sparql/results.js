// Shows what the endpoint answers, in the place of the editor's own views: those write HTML, and
// put the values of other variables into literals that have {{...}} in them.
"use strict";

(() => {
  const page = window.SparqlPage;
  const {element, counted, data} = page;
  const ROWS = 100; // how many rows of a table are in the document at a time
  const LINES = 2000; // how many lines of triples are added at a time

  /** A table of any length: pages of rows, sorted and filtered here. */
  class Table {
    constructor(document_) {
      this.columns = document_.head.vars;
      this.rows = document_.results.bindings;
      this.order = this.rows.map((_, index) => index);
      this.column = undefined;
      this.descending = false;
      this.filter = "";
      this.first = 0;
      this.body = element("tbody");
      this.place = element("span", {role: "status"});
      this.buttons = {};
      this.headers = this.columns.map((name, index) => this.header(name, index));
    }

    header(name, index) {
      const button = element("button", {type: "button", title: "Sort", text: name});
      button.addEventListener("click", () => this.sort(index));
      return element("th", {scope: "col", "aria-sort": "none"}, button);
    }

    element() {
      const filter = element("input", {type: "search", autocomplete: "off"});
      filter.addEventListener("input", () => {
        this.filter = filter.value.toLowerCase();
        this.arrange();
      });
      const step = (name, text, target) => {
        this.buttons[name] = element("button", {type: "button", text});
        this.buttons[name].addEventListener("click", () => {
          this.first = target();
          this.draw();
        });
        return this.buttons[name];
      };
      const last = () => Math.max(Math.ceil(this.order.length / ROWS) - 1, 0) * ROWS;
      const bar = element(
        "div",
        {class: "actions"},
        element("label", {class: "inline", text: "Filter rows "}, filter),
        this.place,
      );
      if (this.rows.length > ROWS) {
        bar.append(
          step("start", "First", () => 0),
          step("back", "Previous", () => Math.max(this.first - ROWS, 0)),
          step("next", "Next", () => Math.min(this.first + ROWS, last())),
          step("end", "Last", last),
        );
      }
      const head = element("tr", {}, element("th", {scope: "col", text: "Row"}), ...this.headers);
      const table = element("table", {class: "result"}, element("thead", {}, head), this.body);
      this.frame = element(
        "div",
        {class: "scroll", role: "region", "aria-label": "Rows of the result", tabindex: "0"},
        table,
      );
      this.draw();
      return element("div", {}, bar, this.frame);
    }

    sort(column) {
      this.descending = this.column === column && !this.descending;
      this.column = column;
      this.headers.forEach((header, index) => {
        const direction = this.descending ? "descending" : "ascending";
        header.setAttribute("aria-sort", index === column ? direction : "none");
      });
      this.arrange();
    }

    /** Filters and sorts: numbers before texts, the result's own order among equals. */
    arrange() {
      const order = this.rows.map((_, index) => index);
      const has = index =>
        this.columns.some(name =>
          page.text(this.rows[index][name]).toLowerCase().includes(this.filter),
        );
      this.order = this.filter ? order.filter(has) : order;
      if (this.column !== undefined) {
        const name = this.columns[this.column];
        const keys = this.rows.map(row => page.number(row[name]) ?? page.text(row[name]));
        const sign = this.descending ? -1 : 1;
        this.order.sort((one, other) => sign * compare(keys[one], keys[other]) || one - other);
      }
      this.first = 0;
      this.draw();
    }

    draw() {
      const shown = this.order.slice(this.first, this.first + ROWS);
      this.body.replaceChildren(
        ...shown.map(index => {
          const cells = this.columns.map(name => {
            const term = this.rows[index][name];
            const kind = page.number(term) === undefined ? undefined : "number";
            return element("td", {class: kind}, ...(term ? page.nodes(term) : []));
          });
          const number = element("td", {class: "number", text: (index + 1).toLocaleString("en")});
          return element("tr", {}, number, ...cells);
        }),
      );
      const of = this.order.length === this.rows.length ? "" : " that have this text";
      const [start, end, all] = [
        this.first + 1,
        this.first + shown.length,
        this.order.length,
      ].map(number => number.toLocaleString("en"));
      this.place.textContent = this.order.length
        ? `Rows ${start}-${end} of ${all}${of}`
        : "No row has this text";
      const atEnd = this.first + ROWS >= this.order.length;
      for (const [name, button] of Object.entries(this.buttons)) {
        button.disabled = name === "next" || name === "end" ? atEnd : this.first === 0;
      }
      this.frame.scrollTop = 0;
    }
  }

  function compare(one, other) {
    if (typeof one !== typeof other) {
      return typeof one === "number" ? -1 : 1;
    }
    return one < other ? -1 : Number(one > other);
  }

  /** Triples as text, some thousand lines at a time. */
  function triples(text) {
    const lines = text.split("\n");
    const shown = element("pre", {tabindex: "0", "aria-label": "Result"});
    const more = element("button", {type: "button"});
    let next = 0;
    const add = () => {
      const end = Math.min(next + LINES, lines.length);
      shown.append(lines.slice(next, end).join("\n") + (end < lines.length ? "\n" : ""));
      next = end;
      more.hidden = next >= lines.length;
      more.textContent = `Show more: ${counted(lines.length - next, "line is", "lines are")} left`;
    };
    more.addEventListener("click", add);
    add();
    return element("div", {}, shown, more);
  }

  /** The problem details of an answer that is none (RFC 9457); undefined for anything else. */
  function problemOf(text) {
    try {
      const found = JSON.parse(text);
      return found && typeof found.title === "string" ? found : undefined;
    } catch {
      return undefined;
    }
  }

  function showProblem(problem, goTo) {
    const made = element("section", {class: "problem", role: "alert"});
    made.append(element("h2", {text: problem.title}));
    if (problem.line) {
      const place = `line ${problem.line}, column ${problem.column}`;
      const button = element("button", {type: "button", text: `Go to ${place}`});
      button.addEventListener("click", () => goTo(problem.line, problem.column));
      made.append(element("p", {class: "actions"}, button));
    }
    if (problem.detail) {
      made.append(element("p", {class: "detail", text: problem.detail}));
    }
    if (problem.excerpt) {
      const label = "The place in the query";
      made.append(element("pre", {tabindex: "0", "aria-label": label, text: problem.excerpt}));
    }
    if (problem.hint) {
      made.append(element("p", {class: "notice", text: `What to do: ${problem.hint}`}));
    }
    if (problem.status) {
      made.append(element("p", {class: "status", text: `HTTP status ${problem.status}`}));
    }
    return made;
  }

  /** Links to the whole result; a query that is too long for an address is sent by POST. */
  function downloads(text, formats, cut) {
    const label = `Download ${cut ? "all " : ""}as`;
    const made = element("p", {class: "actions downloads", text: label});
    for (const format of formats) {
      const href = page.addressOf(text, format.name);
      if (href.length <= data.longest) {
        const download = `result${format.suffix}`;
        made.append(element("a", {class: "button", href, download, text: format.label}));
      } else {
        const button = element("button", {type: "button", text: format.label});
        button.addEventListener("click", () => page.post(text, format.name));
        made.append(button);
      }
    }
    return made;
  }

  /** What a response says, as elements; `seconds` is how long it took. */
  function showAnswer(response, text, seconds) {
    const made = element("div");
    const hint = response.headers.get(data.hintHeader);
    const cut = (response.headers.get(data.truncatedHeader) || "").replace("rows=", "");
    const isGraph = (response.headers.get("Content-Type") || "").startsWith("text/turtle");
    const answer = isGraph ? undefined : JSON.parse(response.content);
    const took = `in ${seconds.toLocaleString("en", {maximumFractionDigits: 2})} s`;
    if (hint) {
      made.append(element("p", {class: "notice", text: hint}));
    }
    if (cut) {
      const many = counted(Number(cut), isGraph ? "triple" : "row", isGraph ? "triples" : "rows");
      const why = "This page asks for no more, but there are more.";
      made.append(element("p", {class: "warning", text: `Cut behind ${many}. ${why}`}));
    }
    made.append(downloads(text, isGraph ? data.rdfFormats : data.resultFormats, cut));
    if (isGraph) {
      made.append(triples(response.content));
      page.tell(`Triples ${took}.`);
    } else if ("boolean" in answer) {
      const said = answer.boolean
        ? "Yes: there is at least one solution."
        : "No: there is no solution.";
      made.append(element("p", {class: "boolean", text: said}));
      page.tell(`Answered ${took}.`);
    } else {
      const {length} = answer.results.bindings;
      page.tell(`${counted(length, "row", "rows")} ${took}.`);
      if (length) {
        made.append(new Table(answer).element());
      } else {
        made.append(element("p", {text: "No rows: nothing in the data fits the query."}));
      }
    }
    return made;
  }

  /** The only view of the editor's results. */
  page.View = class {
    constructor(yasr) {
      this.yasr = yasr;
      this.priority = 100;
      this.hideFromSelection = true;
      this.label = "Result";
    }

    canHandleResults() {
      return true;
    }

    draw() {
      const answer = page.answerOf(this.yasr);
      if (answer) {
        this.yasr.resultsEl.replaceChildren(this.shown(answer));
      }
    }

    shown({response, text, milliseconds, goTo}) {
      if (!(response instanceof Error)) {
        try {
          return showAnswer(response, text, milliseconds / 1000);
        } catch (error) {
          return this.failed(error, goTo);
        }
      }
      return this.failed(response, goTo);
    }

    failed(error, goTo) {
      if (error.name === "AbortError") {
        page.tell("The query was stopped.");
        return element("p", {text: "The query was stopped."});
      }
      const problem = problemOf(error.message) || {
        title: "There is no answer",
        detail: "The server could not be reached, or the answer is broken off.",
        hint: "try again; ask for less if it happens again",
      };
      page.tell(problem.title);
      if (problem.line) {
        page.mark(this.yasr, problem.line, problem.column);
      }
      return showProblem(problem, goTo);
    }
  };
})();
