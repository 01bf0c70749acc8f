"""TFLink's protein pages, written back from a release: from the graph alone.

Which proteins a page lists, and its own cells, stand on the page's node; what its rows say of an
edge is the edge's evidence, and how a partner is spelled is what the partner's own page says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from urllib.parse import unquote

import yaml
from pyoxigraph import DefaultGraph, Literal, NamedNode, Store

from rdfconv.errors import ReleaseError, UsageError
from rdfconv.identifiers import (
    ACCESSION,
    DATASET,
    GENE_ID,
    NCBI_GENE,
    PAGE,
    PAGES_GRAPH,
    TERM,
    UNIPROT,
    interaction_iri,
)
from rdfconv.page_format import wrapped, written_references
from rdfconv.release import Release
from rdfconv.vocabulary import PREFIXES

UNFOLDED = 1 << 30
WIDTH = 80
"""Where TFLink's pages fold their lines, all but the orthologs."""
FRONT_END, BODY_END = "\r\n", "\r"
"""How TFLink's own files end the lines of the front matter and of the body."""

_DEFAULT = DefaultGraph()
_PAGES = NamedNode(PAGES_GRAPH)
_TYPE = NamedNode(PREFIXES["rdf"] + "type")
_LABEL = NamedNode(PREFIXES["rdfs"] + "label")
_IS_PART_OF = PREFIXES["dcterms"] + "isPartOf"
_PAGE_CLASS = NamedNode(TERM + "ProteinPage")
_LISTED_ON = NamedNode(TERM + "listedOn")
_EVIDENCE = NamedNode(TERM + "evidence")
_ENCODED_BY = NamedNode(TERM + "encodedBy")
_UNPARSED_GENE = NamedNode(TERM + "unparsedGeneId")

_SITE_CELLS = (
    "statedName", "statedOrganism", "statedAssembly", "statedChromosome", "statedStart",
    "statedEnd", "statedStrand", "statedBrowser", "statedMethods", "statedReferences",
    "statedDatabases", "statedScale", "statedOverlaps",
)  # fmt: skip
"""The cells of a binding-site row behind its id and accession, in order."""

LISTS = ("Databases", "Methods", "References")
"""The cells of a row that are lists, in order."""

Cells = Mapping[str, list[str]]


class PageWriter:
    """Writes the pages of one release.

    Args:
        release: the release; it must have been built with its pages.

    Raises:
        ReleaseError: its store cannot be opened.
    """

    def __init__(self, release: Release) -> None:
        try:
            self._store = Store.read_only(str(release.store))
        except OSError as error:
            raise ReleaseError(f"the store of {release.path} cannot be opened: {error}") from error
        self._evidence: dict[str, tuple[str, str]] = {}
        self._labels: dict[str, str] = {}
        self._spelled: dict[str, tuple[str, str]] = {}

    @cached_property
    def accessions(self) -> list[str]:
        """The accessions of all pages, sorted."""
        quads = self._store.quads_for_pattern(None, _TYPE, _PAGE_CLASS, _PAGES)
        return sorted(_value(quad.subject).removeprefix(PAGE) for quad in quads)

    def page(self, accession: str) -> str:
        """A page as TFLink writes it.

        Raises:
            UsageError: the release has no page of that accession.
            ReleaseError: the release tells an edge in two ways, so that a row is ambiguous.
        """
        own = self._cells(accession)
        listed = self._listed(accession)
        [dataset] = own[_IS_PART_OF]
        rows = {
            key: self._rows(accession, key, _one(own, cell).split(), listed, dataset)
            for key, cell in (("tfs", "listedTranscriptionFactors"), ("targets", "listedTargets"))
        }
        front = "".join(_front(accession, own, rows, listed))
        body = "".join(
            _sequence(accession, site, listed[site])
            for site in _one(own, "listedSequences").split()
        )
        text = f"---\n{front}\n---\n".replace("\n", FRONT_END)
        return text + body.replace("\n", BODY_END)

    def _cells(self, accession: str) -> Cells:
        node = NamedNode(PAGE + accession) if ACCESSION.fullmatch(accession) else None
        cells = self._described(node) if node else {}
        if not cells:
            raise UsageError(
                f"the release has no page of {accession}",
                hint="give a UniProtKB accession in capitals; a release built with --no-pages has "
                "no pages",
            )
        return cells

    def _described(self, node: NamedNode) -> dict[str, list[str]]:
        """The values of a node in the graph of pages, by the local names of their properties."""
        cells: dict[str, list[str]] = {}
        for quad in self._store.quads_for_pattern(node, None, None, _PAGES):
            name = quad.predicate.value.removeprefix(TERM)
            cells.setdefault(name, []).append(_value(quad.object))
        return cells

    def _listed(self, accession: str) -> dict[str, Cells]:
        """The page's own nodes (rows, fields, binding sites) by their fragments."""
        page = NamedNode(PAGE + accession)
        subjects = [
            quad.subject
            for quad in self._store.quads_for_pattern(None, _LISTED_ON, page, _PAGES)
            if isinstance(quad.subject, NamedNode)
        ]
        return {node.value.partition("#")[2]: self._described(node) for node in subjects}

    def _rows(
        self,
        accession: str,
        key: str,
        partners: Iterable[str],
        listed: Mapping[str, Cells],
        dataset: str,
    ) -> str:
        rows = []
        for place, partner in enumerate(partners):
            pair = (partner, accession) if key == "tfs" else (accession, partner)
            special = listed.get(f"{key}-{place}")
            name, genes = self._spelling(partner)
            report = self._report(*pair, dataset)
            if special:
                name = _one(special, "statedName") or name
                genes = _one(special, "statedGeneIds") or genes
                if "statedDatabases" in special:
                    lists = [_one(special, f"stated{what}") for what in LISTS]
                    report = ",".join((*lists, report.rpartition(",")[2]))
            rows.append(f"{name},{partner},{genes},{report}")
        return "\n".join(rows)

    def _report(self, factor: str, target: str, dataset: str) -> str:
        """The last four cells of a row: databases, methods, PubMed ids, flag."""
        edge = NamedNode(interaction_iri(factor, target))
        found = set()
        for quad in self._store.quads_for_pattern(edge, _EVIDENCE, None, _DEFAULT):
            node = _value(quad.object)
            told = self._evidence.get(node)
            if told is None:
                told = self._evidence[node] = self._evidence_cells(node)
            if told[0] == dataset:
                found.add(told[1])
        if len(found) != 1:
            name = dataset.removeprefix(DATASET)
            raise ReleaseError(
                f"the edge from {factor} to {target} has {len(found)} reports of {name}, so its "
                "row cannot be written back",
                hint="build a release from the pages alone",
            )
        return found.pop()

    def _evidence_cells(self, node: str) -> tuple[str, str]:
        """A report's data set, and its cells as a row has them."""
        told: dict[str, list[str]] = {}
        for quad in self._store.quads_for_pattern(NamedNode(node), None, None, _DEFAULT):
            told.setdefault(quad.predicate.value.removeprefix(TERM), []).append(_value(quad.object))
        names = sorted(map(self._label, told.get("sourceDatabase", ())))
        methods = sorted(map(self._label, told.get("detectionMethod", ())))
        papers = written_references(map(unquote, _one(told, "referenceOrder").split()))
        flag = {"true": "Yes", "false": "No", "": "-"}[_one(told, "smallScale")]
        cells = (";".join(names) or "-", ";".join(methods) or "-", papers or "-", flag)
        return _one(told, "reportedBy"), ",".join(cells)

    def _label(self, node: str) -> str:
        if node not in self._labels:
            quads = self._store.quads_for_pattern(NamedNode(node), _LABEL, None, _DEFAULT)
            self._labels[node] = min(_value(quad.object) for quad in quads)
        return self._labels[node]

    def _spelling(self, accession: str) -> tuple[str, str]:
        """The cells of a protein's name and gene ids where a page names it as a partner."""
        found = self._spelled.get(accession)
        if found is None:
            found = self._spelled[accession] = self._spelling_of(accession)
        return found

    def _spelling_of(self, accession: str) -> tuple[str, str]:
        own = self._described(NamedNode(PAGE + accession))
        if own:
            return _one(own, "statedName"), _one(own, "statedGeneIds")
        protein = NamedNode(UNIPROT + accession)

        def values(predicate: NamedNode) -> list[str]:
            quads = self._store.quads_for_pattern(protein, predicate, None, _DEFAULT)
            return [_value(quad.object).removeprefix(NCBI_GENE) for quad in quads]

        genes = sorted(filter(GENE_ID.fullmatch, values(_ENCODED_BY)), key=int)
        genes += sorted(values(_UNPARSED_GENE))
        return "".join(values(_LABEL)) or "-", ";".join(genes) or "-"


def _front(
    accession: str, own: Cells, rows: Mapping[str, str], listed: Mapping[str, Cells]
) -> Iterator[str]:
    """The lines of the front matter, in TFLink's order."""
    yield _yaml(
        {
            "type": _one(own, "statedType") or "protein",
            "layout": _one(own, "statedLayout") or "protein",
            "title": _one(own, "statedTitle") or accession,
            "protein_name": _one(own, "statedName"),
            "uniprot_accession": accession,
            "ncbi_gene_id": _one(own, "statedGeneIds"),
            "organism": _one(own, "statedOrganism"),
            "function": _one(own, "statedFunction"),
            "number_of_interactions": _one(own, "statedNumberOfInteractions"),
        }
    )
    yield _yaml({"orthologs": _one(own, "statedOrthologs")}, UNFOLDED)
    matrices = _one(own, "statedJasparMatrices") or "''"
    yield f"jaspar_matrices: {'' if matrices == 'null' else matrices}\n"
    lists = dict(rows)
    if "listedBindingSites" in own:
        sites = _one(own, "listedBindingSites").split()
        lists["binding_sites"] = "\n".join(
            ",".join((site, accession, *(_one(listed[site], cell) for cell in _SITE_CELLS)))
            for site in sites
        )
    yield _yaml(lists)
    downloads = {
        "tfs_download": _one(own, "transcriptionFactorsDownload"),
        "targets_download": _one(own, "targetsDownload"),
        "bindingSites_download": _one(own, "bindingSitesDownload"),
    }
    if "bindingSitesGff3Download" in own:
        downloads["bindingSites_download_gff3"] = _one(own, "bindingSitesGff3Download")
    downloads["binding_sites_ls"] = _one(own, "sequencesDownload")
    yield _yaml(downloads)
    fields = {
        _one(cells, "fieldName"): _one(cells, "fieldValue")
        for _, cells in sorted(listed.items())
        if "fieldName" in cells
    }
    for name, value in fields.items():
        try:
            loaded = json.loads(value) if value.startswith("[") else value
        except ValueError:
            loaded = value
        yield _yaml({name: loaded})


def _sequence(accession: str, site: str, cells: Cells) -> str:
    header = [site, accession]
    header += [_one(cells, f"sequence{part}") for part in ("Name", "Assembly", "Location")]
    lines = wrapped(_one(cells, "sequence")).replace("\\", "\\\n")
    return f"\\>{';'.join(header)}\\\n{lines}"


def _yaml(values: Mapping[str, object], width: int = WIDTH) -> str:
    return str(
        yaml.dump(
            dict(values),
            Dumper=yaml.CSafeDumper,
            sort_keys=False,
            allow_unicode=True,
            width=width,
        )
    )


def _one(cells: Cells, name: str) -> str:
    """The value of a cell, or "" if it is not there."""
    values = cells.get(name)
    return values[0] if values else ""


def _value(term: object) -> str:
    if isinstance(term, NamedNode | Literal):
        return term.value
    raise TypeError(f"a page has no value such as {term}")
