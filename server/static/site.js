// What every page does with a script: the switch of colour schemes, and buttons that copy.
"use strict";
(() => {
  const root = document.documentElement;
  const themes = ["system", "light", "dark"];

  function chosenTheme() {
    return root.dataset.theme || "system";
  }

  function choose(theme) {
    if (theme === "system") {
      delete root.dataset.theme;
    } else {
      root.dataset.theme = theme;
    }
    try {
      if (theme === "system") {
        localStorage.removeItem("theme");
      } else {
        localStorage.setItem("theme", theme);
      }
    } catch {
      // No storage: the choice holds for this page.
    }
  }

  function addThemeSwitch(button) {
    const show = () => {
      const theme = chosenTheme();
      const next = themes[(themes.indexOf(theme) + 1) % themes.length];
      button.textContent = `Theme: ${theme}`;
      button.title = `Change the colour scheme to ${next}`;
      // Pages that draw with colours of their own draw again.
      document.dispatchEvent(new CustomEvent("themechange", { detail: theme }));
    };
    button.addEventListener("click", () => {
      choose(themes[(themes.indexOf(chosenTheme()) + 1) % themes.length]);
      show();
    });
    // Another tab of the same site has changed it.
    addEventListener("storage", (event) => {
      if (event.key === "theme") {
        choose(themes.includes(event.newValue) ? event.newValue : "system");
        show();
      }
    });
    button.hidden = false;
    show();
  }

  async function copy(pre) {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(pre.textContent);
      return;
    }
    // Without https there is no clipboard: the text is selected, and copied as the user would.
    const selection = getSelection();
    selection.selectAllChildren(pre);
    if (!document.execCommand("copy")) {
      throw new Error("the browser does not copy");
    }
    selection.removeAllRanges();
  }

  function addCopyButton(pre, status) {
    const frame = document.createElement("div");
    const button = document.createElement("button");
    const named = pre.getAttribute("aria-label") || "the text";
    frame.className = "copy";
    button.type = "button";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy: ${named}`);
    button.addEventListener("click", async () => {
      let said = "Copied";
      try {
        await copy(pre);
      } catch {
        said = "Press Ctrl+C";
      }
      button.textContent = said;
      status.textContent = said;
      setTimeout(() => {
        button.textContent = "Copy";
        status.textContent = "";
      }, 2000);
    });
    pre.replaceWith(frame);
    frame.append(pre, button);
  }

  const button = document.getElementById("theme");
  if (button) {
    addThemeSwitch(button);
  }
  const copyable = document.querySelectorAll("pre.copyable");
  if (copyable.length) {
    const status = document.createElement("p");
    status.className = "unseen";
    status.setAttribute("role", "status");
    document.body.append(status);
    copyable.forEach((pre) => addCopyButton(pre, status));
  }
})();
