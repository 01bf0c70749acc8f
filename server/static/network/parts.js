// What the scripts of the network's page share: its data, elements made of text, and safe links.
// Nothing that comes from the data becomes HTML: textContent and attributes only.
"use strict";

window.NetworkPage = (() => {
  const SAFE = /^(?:\/(?!\/)|https?:\/\/)/;

  /** The data of the picture, as the page at hand has it. */
  function readData(from = document) {
    return JSON.parse(from.getElementById("network-data").textContent);
  }

  const element = window.makeElement;

  /** A name that may be written from right to left, apart from what stands around it. */
  const named = text => element("bdi", {text});

  /** A link to a page here or on the web; text if the address is neither. */
  function link(name, href) {
    if (!href || !SAFE.test(href)) {
      return named(name);
    }
    const outside = href.startsWith("/") ? null : "noopener";
    return element("a", {href, rel: outside}, named(name));
  }

  /** A number with its noun: "1 paper", "2 papers". */
  const counted = (count, one, many = `${one}s`) =>
    `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

  const MODES = {
    activation: "activation",
    repression: "repression",
    both: "activation and repression",
    "": "mode of regulation unknown",
  };
  const SCALES = {small: "small-scale", large: "large-scale", "": "scale not stated"};

  return {readData, element, named, link, counted, MODES, SCALES};
})();
