// Suggestions under the search box: the combobox pattern of WAI-ARIA, with a list that opens below.
// The form works without it. Names are only ever set as text.
"use strict";
(() => {
  const WAIT = 120; // milliseconds without a key, before the server is asked
  const LONGEST = 200; // characters that it takes

  class Combobox {
    constructor(input) {
      this.input = input;
      this.options = [];
      this.active = -1;
      this.timer = 0;
      this.request = null;
      this.asked = "";
      this.list = document.createElement("ul");
      this.list.className = "suggestions";
      this.list.id = `${input.id}-suggestions`;
      this.list.setAttribute("role", "listbox");
      this.list.setAttribute("aria-label", "Suggestions");
      this.list.hidden = true;
      this.status = document.createElement("p");
      this.status.className = "unseen";
      this.status.setAttribute("role", "status");
      this.status.setAttribute("aria-live", "polite");
      document.body.append(this.list, this.status);
      input.setAttribute("role", "combobox");
      input.setAttribute("aria-autocomplete", "list");
      input.setAttribute("aria-expanded", "false");
      input.setAttribute("aria-controls", this.list.id);
      input.setAttribute("autocomplete", "off");
      input.addEventListener("input", () => this.later());
      input.addEventListener("keydown", (event) => this.key(event));
      input.addEventListener("blur", () => this.close());
      addEventListener("resize", () => this.place());
      addEventListener("pagehide", () => this.close());
      // The box must keep the focus, or it would close the list before the click.
      this.list.addEventListener("mousedown", (event) => event.preventDefault());
      this.list.addEventListener("click", (event) => {
        const option = event.target.closest("[role=option]");
        if (option) {
          this.go(this.options.findIndex((one) => one.element === option));
        }
      });
    }

    later() {
      clearTimeout(this.timer);
      this.stop();
      const text = this.input.value.trim();
      if (!text || text.length > LONGEST) {
        this.close();
        return;
      }
      this.timer = setTimeout(() => this.ask(text), WAIT);
    }

    stop() {
      if (this.request) {
        this.request.abort();
        this.request = null;
      }
    }

    async ask(text) {
      this.stop();
      const request = new AbortController();
      this.request = request;
      let answer;
      try {
        const reply = await fetch(`/suggest?q=${encodeURIComponent(text)}`, {
          headers: { Accept: "application/json" },
          signal: request.signal,
        });
        if (!reply.ok) {
          this.close();
          return;
        }
        answer = await reply.json();
      } catch {
        if (this.request === request) {
          this.close(); // not reached: the form still works
        }
        return;
      }
      if (this.request === request && document.activeElement === this.input) {
        this.request = null;
        this.show(answer.suggestions.filter((one) => one.address));
      }
    }

    show(found) {
      this.active = -1;
      this.options = found.map((one, place) => ({ ...one, element: this.element(one, place) }));
      this.list.replaceChildren(...this.options.map((one) => one.element));
      this.input.removeAttribute("aria-activedescendant");
      this.expand(found.length > 0);
      this.say(
        found.length === 0
          ? "No suggestions"
          : `${found.length} suggestion${found.length === 1 ? "" : "s"}, use the arrow keys`,
      );
    }

    element(one, place) {
      const option = document.createElement("li");
      option.id = `${this.list.id}-${place}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      const name = document.createElement("bdi");
      name.className = "name";
      name.textContent = one.label;
      const detail = document.createElement("bdi");
      detail.className = "quiet";
      detail.textContent = one.kind === "protein" ? one.detail : `${one.kind} ${one.detail}`.trim();
      option.append(name, " ", detail);
      return option;
    }

    expand(open) {
      this.list.hidden = !open;
      this.input.setAttribute("aria-expanded", String(open));
      this.place();
    }

    // Under the box, wherever that is. Properties set by a script are no inline style to the policy.
    place() {
      if (this.list.hidden) {
        return;
      }
      const box = this.input.getBoundingClientRect();
      const room = document.documentElement.clientWidth;
      const width = Math.min(Math.max(box.width, 480), room - 16);
      const left = Math.max(8, Math.min(box.left, room - width - 8));
      this.list.style.width = `${width}px`;
      this.list.style.left = `${left + scrollX}px`;
      this.list.style.top = `${box.bottom + scrollY}px`;
    }

    close() {
      clearTimeout(this.timer);
      this.stop();
      this.options = [];
      this.active = -1;
      this.list.replaceChildren();
      this.input.removeAttribute("aria-activedescendant");
      this.expand(false);
      this.say("");
    }

    say(text) {
      this.status.textContent = text;
    }

    select(place) {
      this.options[this.active]?.element.setAttribute("aria-selected", "false");
      this.active = place;
      const option = this.options[place];
      if (!option) {
        this.input.removeAttribute("aria-activedescendant");
        return;
      }
      option.element.setAttribute("aria-selected", "true");
      option.element.scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", option.element.id);
    }

    go(place) {
      const option = this.options[place];
      if (option) {
        this.close();
        location.assign(option.address);
      }
    }

    key(event) {
      const open = !this.list.hidden;
      if (event.isComposing || event.ctrlKey || event.metaKey) {
        return;
      }
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (!open) {
          this.later();
          return;
        }
        // One place more than options: there, none is chosen and what was typed counts.
        const places = this.options.length + 1;
        const step = event.key === "ArrowDown" ? 1 : -1;
        this.select(((this.active + 1 + step + places) % places) - 1);
      } else if (event.key === "Enter") {
        if (open && this.active >= 0) {
          event.preventDefault();
          this.go(this.active);
        } else {
          clearTimeout(this.timer);
          this.stop();
        }
      } else if (event.key === "Escape") {
        if (open) {
          event.preventDefault(); // otherwise the browser would empty the box
          this.close();
        }
      } else if (event.key === "Tab") {
        this.close();
      }
    }
  }

  function isTyping(element) {
    return (
      element instanceof HTMLElement &&
      (element.isContentEditable || /^(?:input|textarea|select)$/i.test(element.tagName))
    );
  }

  const inputs = document.querySelectorAll("#search, input[data-suggest]");
  for (const input of inputs) {
    new Combobox(input);
  }
  document.addEventListener("keydown", (event) => {
    const other = event.ctrlKey || event.metaKey || event.altKey;
    if (event.key === "/" && !other && !isTyping(event.target) && inputs.length > 0) {
      event.preventDefault();
      inputs[0].focus();
      inputs[0].select();
    }
  });
})();
