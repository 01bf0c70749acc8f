// The panel beside the picture: the evidence behind an edge, or what a protein is.
"use strict";

(() => {
  const page = window.NetworkPage;
  const {element, named, link, counted} = page;
  const title = document.getElementById("panel-title");
  const body = document.getElementById("panel-body");
  const close = document.getElementById("panel-close");
  const help = body.firstElementChild;

  function show(heading, ...content) {
    title.replaceChildren(...heading);
    body.replaceChildren(...content);
    body.scrollTop = 0;
    close.hidden = false;
  }

  function clear() {
    title.textContent = "Nothing selected";
    body.replaceChildren(help);
    close.hidden = true;
  }

  /** A list of links, all of them. */
  function linked(data, iris) {
    return element(
      "ul",
      {},
      ...iris.map(iri => element("li", {}, link(data.terms[iri].name, data.terms[iri].href))),
    );
  }

  function fact(name, ...content) {
    return [element("dt", {text: name}), element("dd", {}, ...content)];
  }

  function reportParts(data, iri, number, total) {
    const report = data.reports[iri];
    const source = report.datasets.map(one => data.terms[one].name).join(", ") || "unnamed data set";
    const heading = total > 1 ? `Report ${number} of ${total}: ${source}` : `Reported by ${source}`;
    const facts = [
      ...fact("Scale", page.SCALES[report.scale]),
      ...(report.modes.length ? fact("Mode", report.modes.join(", ")) : []),
      ...fact(
        "Primary papers",
        report.papers.length ? linked(data, report.papers) : "none is reported",
      ),
      ...(report.databases.length ? fact("Databases", linked(data, report.databases)) : []),
      ...(report.methods.length ? fact("Methods", linked(data, report.methods)) : []),
      ...(report.databasePapers.length
        ? fact(
            "Papers on the databases themselves, no evidence for this edge",
            linked(data, report.databasePapers),
          )
        : []),
      ...(report.otherPapers.length ? fact("Other papers", linked(data, report.otherPapers)) : []),
      ...(report.unparsed.length
        ? fact("References that are no PubMed ids", named(report.unparsed.join(", ")))
        : []),
    ];
    return [element("h4", {text: heading}), element("dl", {class: "report"}, ...facts)];
  }

  /** Shows an edge; `chooseNode` is called with the id of an end that is asked for. */
  function edge(data, found, nodeOf, chooseNode) {
    const [source, target] = [nodeOf(found.source), nodeOf(found.target)];
    const sentence = [
      counted(found.papers, "primary paper"),
      counted(found.databases.length, "database"),
      page.SCALES[found.scale],
      page.MODES[found.mode],
    ].join("; ");
    const ends = found.source === found.target ? [source] : [source, target];
    const buttons = ends.map(end => {
      const button = element("button", {type: "button"}, "Show ", named(end.name));
      button.addEventListener("click", () => chooseNode(end.id));
      return button;
    });
    show(
      [named(source.name), " regulates ", named(target.name)],
      element("p", {text: `${sentence}.`}),
      element(
        "p",
        {class: "actions"},
        ...(found.href
          ? [element("a", {class: "button", href: found.href, text: "Page of this edge"})]
          : []),
        ...buttons,
      ),
      ...found.reports.flatMap((iri, index) =>
        reportParts(data, iri, index + 1, found.reports.length),
      ),
    );
  }

  /** Shows a protein; `ways` has the addresses `expand` and `middle`, if there are such. */
  function node(data, found, ways, expand) {
    const edges = data.elements.edges.map(one => one.data);
    const targets = edges.filter(one => one.source === found.id).length;
    const regulators = edges.filter(one => one.target === found.id).length;
    const hub = data.hubs.find(one => one.id === found.id);
    const all = hub ? "" : " in this picture";
    const actions = [];
    if (found.href) {
      actions.push(element("a", {class: "button", href: found.href, text: "Page of this protein"}));
    }
    if (ways.expand) {
      const button = element("button", {
        type: "button",
        id: "panel-expand",
        class: "primary",
        text: hub ? `Expand: up to ${data.limits.added} more` : "Expand",
      });
      button.addEventListener("click", () => expand(found.id));
      actions.unshift(button);
    }
    if (ways.middle) {
      actions.push(element("a", {class: "button", href: ways.middle, text: "Put in the middle"}));
    }
    show(
      [named(found.name)],
      element(
        "dl",
        {class: "report"},
        ...(found.accession ? fact("Accession", found.accession) : fact("IRI", named(found.iri))),
        ...(found.organism ? fact("Organism", element("i", {}, named(found.organism))) : []),
        ...(found.genes.length ? fact("NCBI gene", found.genes.join(", ")) : []),
        ...fact("Transcription factor", found.regulates ? "yes" : "not in this release"),
        ...fact(
          "Shown",
          hub
            ? `${regulators} of ${counted(hub.regulators.all, "regulator")}, ` +
                `${targets} of ${counted(hub.targets.all, "target")}`
            : `${counted(regulators, "regulator")}, ${counted(targets, "target")}${all}`,
        ),
      ),
      element("p", {class: "actions"}, ...actions),
      ...(ways.expand || !found.accession
        ? []
        : [element("p", {class: "hint", text: "It cannot be expanded: the picture is full."})]),
    );
  }

  page.panel = {edge, node, clear, focus: () => title.focus({preventScroll: true})};
})();
