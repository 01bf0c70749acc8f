// What the scripts of the query page share: the page's data, and terms as text and safe links.
// Nothing that comes from a result or a query becomes HTML: textContent and attributes only.
"use strict";

window.SparqlPage = (() => {
  const data = JSON.parse(document.getElementById("sparql-data").textContent);
  const XSD = data.prefixes.xsd;
  const types = names => new Set(names.split(" ").map(name => XSD + name));
  const PLAIN = types("string integer decimal double boolean");
  const NUMBERS = types("integer decimal double float int long short nonNegativeInteger");
  const local = data.local.map(one => ({...one, name: new RegExp(`^(?:${one.name})$`)}));

  const element = window.makeElement;

  /** The short name of an IRI; the IRI itself if no well-known prefix fits. */
  function short(iri) {
    for (const prefix of data.short) {
      const namespace = data.prefixes[prefix];
      if (iri.startsWith(namespace) && iri.length > namespace.length) {
        const name = iri.slice(namespace.length);
        if (!/[/#]/.test(name)) {
          return `${prefix}:${name}`;
        }
      }
    }
    return iri;
  }

  /** Where a link to an IRI leads: to its page here, else into the web; undefined if nowhere. */
  function address(iri) {
    if (!/^https?:\/\//.test(iri)) {
      return undefined;
    }
    const [whole] = iri.split("#", 1);
    for (const {start, name, path} of local) {
      if (whole.startsWith(start) && name.test(whole.slice(start.length))) {
        return path + iri.slice(start.length);
      }
    }
    return iri;
  }

  /** The text that a table shows for a term of a result, and sorts and filters by. */
  function text(term) {
    if (!term) {
      return "";
    }
    if (term.type === "uri") {
      return short(term.value);
    }
    if (term.type === "bnode") {
      return `_:${term.value}`;
    }
    if (term.type === "triple") {
      const {subject, predicate, object} = term.value;
      return `<< ${text(subject)} ${text(predicate)} ${text(object)} >>`;
    }
    return term.value;
  }

  /** The value of a literal that is a number; undefined for everything else. */
  function number(term) {
    if (!term || term.type !== "literal" || !NUMBERS.has(term.datatype)) {
      return undefined;
    }
    const value = Number(term.value);
    return Number.isNaN(value) ? undefined : value;
  }

  /** The nodes that show a term of a result. */
  function nodes(term) {
    const shown = text(term);
    if (term.type === "uri") {
      const title = shown === term.value ? undefined : term.value;
      const href = address(term.value);
      const name = element("bdi", {text: shown, title: href ? undefined : title});
      return href ? [element("a", {href, title, rel: "noopener"}, name)] : [name];
    }
    const language = term["xml:lang"];
    const found = [element("bdi", {text: shown, lang: language})];
    if (language) {
      found.push(" ", element("small", {text: `@${language}`}));
    } else if (term.datatype && !PLAIN.has(term.datatype)) {
      found.push(" ", element("small", {text: short(term.datatype)}));
    }
    return found;
  }

  const counted = (count, one, many) =>
    `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

  return {data, element, short, text, number, nodes, counted};
})();
