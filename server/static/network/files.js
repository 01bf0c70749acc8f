// Saves what the picture shows: as PNG, for Cytoscape (cyjs), and as SIF.
"use strict";

(() => {
  const page = window.NetworkPage;
  function save(blob, name) {
    const address = URL.createObjectURL(blob);
    const anchor = page.element("a", {href: address, download: name, hidden: true});
    document.body.append(anchor);
    anchor.click();
    anchor.remove();
    // The browser reads the file after the click; a minute is plenty.
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }

  /** A name for a file, of nothing but letters, digits and hyphens. */
  const fileName = (data, suffix) =>
    `network-${data.protein.replace(/[^A-Za-z0-9]+/g, "-").slice(0, 40)}.${suffix}`;

  /** The values of a field of an edge's reports, each once, by their names. */
  function namesOf(data, edge, field) {
    const iris = edge.reports.flatMap(iri => data.reports[iri][field]);
    return [...new Set(iris)].map(iri => data.terms[iri].name);
  }

  const FLAGS = {small: true, large: false};

  /** The fields have the names that they have in the files of whole lists (`/interactions.cyjs`). */
  function cyjs(data) {
    const cy = page.drawing.graph();
    const nameOf = new Map(data.elements.nodes.map(({data: node}) => [node.id, node.name]));
    const nodes = data.elements.nodes.map(({data: node}) => ({
      data: {
        id: node.id,
        name: node.name,
        accession: node.accession,
        ncbi_genes: node.genes,
        organism: node.organism,
        transcription_factor: node.regulates,
        iri: node.iri,
      },
      position: {...cy.getElementById(node.id).position()},
    }));
    const edges = data.elements.edges.map(({data: edge}) => ({
      data: {
        id: edge.id,
        source: edge.source,
        target: edge.target,
        name: `${nameOf.get(edge.source)} regulates ${nameOf.get(edge.target)}`,
        interaction: "regulates",
        primary_papers: namesOf(data, edge, "papers").map(name => name.replace(/^PubMed /, "")),
        weight: 1 + edge.papers,
        databases: namesOf(data, edge, "databases"),
        methods: namesOf(data, edge, "methods"),
        // What is not known is left out: Cytoscape's tables have no null.
        ...(edge.scale ? {small_scale: FLAGS[edge.scale]} : {}),
        modes: [...new Set(edge.reports.flatMap(iri => data.reports[iri].modes))].sort(),
        iri: edge.iri,
      },
    }));
    const name = `Network of ${data.elements.nodes[0].data.name} (${data.protein})`;
    return JSON.stringify(
      {
        format_version: "1.0",
        generated_by: "rdfconv",
        target_cytoscapejs_version: "~3.0",
        data: {name, address: location.href},
        elements: {nodes, edges},
      },
      null,
      1,
    );
  }

  /** Source, "regulates" and target, by accession: two proteins may have one name. */
  function sif(data) {
    const edges = data.elements.edges.map(one => one.data);
    const linked = new Set(edges.flatMap(edge => [edge.source, edge.target]));
    const lines = [
      ...edges.map(edge => [edge.source, "regulates", edge.target]),
      ...data.elements.nodes.filter(one => !linked.has(one.data.id)).map(one => [one.data.id]),
    ];
    const cell = text => text.replace(/\s+/g, " ");
    return lines.map(line => `${line.map(cell).join("\t")}\n`).join("");
  }

  async function png() {
    return page.drawing.graph().png({
      output: "blob-promise",
      full: true,
      scale: 2,
      maxWidth: 8000,
      maxHeight: 8000,
      bg: page.look.ground(),
    });
  }

  page.files = {
    cyjs: data => save(new Blob([cyjs(data)], {type: "application/json"}), fileName(data, "cyjs")),
    sif: data => save(new Blob([sif(data)], {type: "text/plain"}), fileName(data, "sif")),
    png: async data => save(await png(), fileName(data, "png")),
  };
})();
