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

  /** How many of a protein's regulators or targets are shown. */
  function shownOf(shown, all, one) {
    if (!all) {
      return `no ${one}`;
    }
    return shown === all ? `${all > 1 ? "all " : ""}${counted(all, one)}`
      : `${shown} of ${counted(all, one)}`;
  }

  function shownWords(data, found, hub) {
    if (hub) {
      const {regulators, targets} = hub;
      return `${shownOf(regulators.shown, regulators.all, "regulator")}, ` +
        shownOf(targets.shown, targets.all, "target");
    }
    const edges = data.elements.edges.map(one => one.data);
    const targets = edges.filter(one => one.source === found.id).length;
    const regulators = edges.filter(one => one.target === found.id).length;
    return `${counted(regulators, "regulator")}, ${counted(targets, "target")} in this picture`;
  }

  function actionsOf(data, found, hub, ways, expand) {
    const actions = [];
    if (ways.expand) {
      const button = element("button", {
        type: "button",
        id: "panel-expand",
        class: "primary",
        text: hub ? `Expand: up to ${data.limits.added} more` : "Expand",
      });
      button.addEventListener("click", () => expand(found.id));
      actions.push(button);
    }
    if (found.href) {
      actions.push(element("a", {class: "button", href: found.href, text: "Page of this protein"}));
    }
    if (ways.middle) {
      actions.push(element("a", {class: "button", href: ways.middle, text: "Put in the middle"}));
    }
    return actions;
  }

  /** Why a protein cannot be expanded; "" if there is nothing to say. */
  function whyNot(data, hub) {
    const isComplete = hub && ["regulators", "targets"].every(side => hub[side].shown === hub[side].all);
    if (isComplete) {
      return "All its partners are shown.";
    }
    return data.counts.nodes >= data.limits.nodes
      ? "It cannot be expanded: the picture is full."
      : "It cannot be expanded: too many proteins are.";
  }

  /** Shows a protein; `ways` has the addresses `expand` and `middle`, if there are such. */
  function node(data, found, ways, expand) {
    const hub = data.hubs.find(one => one.id === found.id);
    show(
      [named(found.name)],
      element(
        "dl",
        {class: "report"},
        ...(found.accession ? fact("Accession", found.accession) : fact("IRI", named(found.iri))),
        ...(found.organism ? fact("Organism", element("i", {}, named(found.organism))) : []),
        ...(found.genes.length ? fact("NCBI gene", found.genes.join(", ")) : []),
        ...fact("Transcription factor", found.regulates ? "yes" : "not in this release"),
        ...fact("Shown", shownWords(data, found, hub)),
      ),
      element("p", {class: "actions"}, ...actionsOf(data, found, hub, ways, expand)),
      ...(ways.expand || !found.accession
        ? []
        : [element("p", {class: "hint", text: whyNot(data, hub)})]),
    );
  }

  page.panel = {edge, node, clear, focus: () => title.focus({preventScroll: true})};
})();
