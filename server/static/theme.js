// Sets the chosen colour scheme before the page is painted. Loaded in the head, so kept tiny.
(() => {
  try {
    const chosen = localStorage.getItem("theme");
    if (chosen === "light" || chosen === "dark") {
      document.documentElement.dataset.theme = chosen;
    }
  } catch {
    // No storage: the system's scheme.
  }
})();
