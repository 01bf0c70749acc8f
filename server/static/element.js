// Makes elements, for the pages that draw with scripts. Nothing given becomes HTML.
"use strict";

/** Makes an element; `properties` may have `text`, everything else is an attribute. */
window.makeElement = (name, properties = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "text") {
      made.textContent = value;
    } else if (value !== undefined && value !== null && value !== false) {
      made.setAttribute(key, value === true ? "" : value);
    }
  }
  made.append(...children);
  return made;
};
