// Saves what the picture shows: as PNG, for Cytoscape (cyjs), and as SIF.
"use strict";

(() => {
  const page = window.NetworkPage;
  const RELATIONS = {activation: "activates", repression: "represses"};

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

  const relation = edge => RELATIONS[edge.mode] || "regulates";

  /** The values of a field of an edge's reports, each once, by their names. */
  function namesOf(data, edge, field) {
    const iris = edge.reports.flatMap(iri => data.reports[iri][field]);
    return [...new Set(iris)].map(iri => data.terms[iri].name);
  }

  function cyjs(data) {
    const cy = page.drawing.graph();
    const nodes = data.elements.nodes.map(({data: node}) => ({
      data: {
        id: node.id,
        name: node.name,
        shared_name: node.name,
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
        name: `${edge.source} (${relation(edge)}) ${edge.target}`,
        shared_name: `${edge.source} (${relation(edge)}) ${edge.target}`,
        interaction: relation(edge),
        shared_interaction: relation(edge),
        primary_papers: edge.papers,
        pubmed: namesOf(data, edge, "papers").map(name => name.replace(/^PubMed /, "")),
        databases: namesOf(data, edge, "databases"),
        methods: namesOf(data, edge, "methods"),
        scale: edge.scale,
        mode: edge.mode,
        iri: edge.iri,
      },
    }));
    const name = `Network of ${data.elements.nodes[0].data.name} (${data.protein})`;
    return JSON.stringify(
      {
        format_version: "1.0",
        generated_by: "rdfconv",
        target_cytoscapejs_version: "~3.34",
        data: {name, shared_name: name, address: location.href},
        elements: {nodes, edges},
      },
      null,
      1,
    );
  }

  function sif(data) {
    const lines = data.elements.edges.map(({data: edge}) => [edge.source, relation(edge), edge.target]);
    const linked = new Set(data.elements.edges.flatMap(({data: edge}) => [edge.source, edge.target]));
    for (const {data: node} of data.elements.nodes) {
      if (!linked.has(node.id)) {
        lines.push([node.id]);
      }
    }
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
      bg: page.drawing.ground(),
    });
  }

  page.files = {
    cyjs: data => save(new Blob([cyjs(data)], {type: "application/json"}), fileName(data, "cyjs")),
    sif: data => save(new Blob([sif(data)], {type: "text/plain"}), fileName(data, "sif")),
    png: async data => save(await png(), fileName(data, "png")),
  };
})();
