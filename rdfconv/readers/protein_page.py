"""TFLink's protein pages: Markdown with YAML front matter.

The front matter holds the protein and two lists of rows (``tfs``: its regulators, ``targets``);
the body holds sequences of binding sites. TFLink's own files have CRLF in the front matter and a
lone CR in the body; a copy with all CRs dropped reads the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import yaml

from rdfconv.identifiers import ACCESSION, JASPAR_ID, NOT_XML, not_xml
from rdfconv.model import (
    Evidence,
    Interaction,
    ListedField,
    ListedRow,
    ListedSite,
    Mention,
    Ortholog,
    PageDocument,
    ProteinPage,
)
from rdfconv.page_format import read_references, written_references
from rdfconv.problems import Doubt, Kind, Problem
from rdfconv.readers.cells import MISSING, Cells, Columns, Doubts, OnProblem, RowError
from rdfconv.readers.front_matter import LISTS, ROWS_KEPT, FrontMatter, FrontMatterReader
from rdfconv.readers.page_sites import SiteList
from rdfconv.vocabulary import organisms

REQUIRED = (
    "type", "layout", "title", "protein_name", "uniprot_accession", "ncbi_gene_id", "organism",
    "function", "number_of_interactions", "orthologs", "jaspar_matrices", "tfs", "targets",
    "tfs_download", "targets_download", "bindingSites_download", "binding_sites_ls",
)  # fmt: skip
"""The keys every page has."""
OPTIONAL = ("binding_sites", "bindingSites_download_gff3")
"""The keys that only pages with binding sites have."""
CELLS = {
    "protein_name": "pageName",
    "ncbi_gene_id": "pageGeneIds",
    "organism": "pageOrganism",
    "function": "pageFunction",
    "number_of_interactions": "pageInteractions",
    "orthologs": "pageOrthologs",
    "tfs_download": "factorsDownload",
    "targets_download": "targetsDownload",
    "bindingSites_download": "sitesDownload",
    "bindingSites_download_gff3": "sitesGff3Download",
    "binding_sites_ls": "sequencesDownload",
}
"""The keys whose text is kept as it is, with the names of the mapping's variables."""
USUAL = {"title": "pageTitle", "type": "pageType", "layout": "pageLayout"}
"""The keys whose text is kept only if it is not what every page has."""

COLUMNS = Columns(
    accession="accession",
    gene_ids="gene ids",
    methods="methods",
    references="PubMed ids",
    databases="databases",
    flag="small-scale flag",
    organism="organism",
    orthologs="orthologs",
)
ROW_COLUMNS = 7
# Each begins with a line end, which is found faster than the start of a line.
_STATED = re.compile(rb"\nuniprot_accession:[ \t]*['\"]?([A-Za-z0-9]+)['\"]?[ \t]*\r?\n")
_TOP_KEY = re.compile(rb"\n([A-Za-z_][^:\s]*)[ \t]*:")
_NULL_MATRICES = re.compile(rb"\njaspar_matrices:[ \t]*\r?\n")
_REST_OF_LINE = re.compile(rb"[ \t]*(?:\r\n|\n|\r|\Z)")
_ESCAPE = re.compile(rb"\\[0abtvefxuU]")
_LINK = re.compile(r'<a href="/protein/[^"/]*">([^<]*)</a>')

_Row = tuple[Mention, Evidence]
"""The other protein of a row, and the row's evidence."""


def is_page(head: bytes) -> bool:
    """Whether a file that begins so is a page with front matter."""
    return re.match(rb"---[ \t]*[\r\n]", head.removeprefix(b"\xef\xbb\xbf")) is not None


def stated_accession(content: bytes) -> str:
    """The accession that a page states, found without parsing it; "" if that is not possible.

    >>> stated_accession(b"---\\ntitle: Q06945\\nuniprot_accession: Q06945\\n")
    'Q06945'
    """
    found = _STATED.search(content)
    return found[1].decode() if found else ""


class PageError(Exception):
    """A page that must be rejected."""

    def __init__(
        self,
        kind: Kind,
        column: str = "",
        value: str | None = None,
        line: int | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(kind, column, value, line, detail)
        self.kind, self.column, self.value = kind, column, value
        self.line, self.detail = line, detail


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the page being read comes from, for messages."""

    source: str
    on_problem: OnProblem

    def report(self, doubt: Doubt, column: str = "") -> None:
        self.on_problem(Problem(doubt.kind, self.source, None, column or doubt.column, doubt.value))


class PageReader:
    """Reads protein pages.

    Args:
        dataset: the reporting data set.
        on_problem: called for each problem.
    """

    def __init__(self, dataset: str, on_problem: OnProblem) -> None:
        self._cells = Cells(dataset, COLUMNS, read_references, written_references)
        self._on_problem = on_problem
        self._front_matters = FrontMatterReader()
        # What rows without anything to report say, by their page's organism and their text.
        self._known_rows: dict[str, dict[str, _Row]] = {}
        self.rows_read = 0
        self.sites_read = 0

    def read(self, content: bytes, source: str) -> ProteinPage | None:
        """The page, or None if it had to be rejected (which was reported).

        Args:
            content: the page's bytes.
            source: the file's name, for messages.
        """
        try:
            front, body = _parts(content)
            matter = self._front_matters.read(front) or parsed_front_matter(front)
            return self._page(matter, front, body, _Place(source, self._on_problem))
        except PageError as error:
            self._on_problem(
                Problem(
                    error.kind, source, error.line, error.column, error.value, detail=error.detail
                )
            )
            return None

    def _page(self, matter: FrontMatter, front: bytes, body: str, place: _Place) -> ProteinPage:
        values = matter.values
        text = {key: value for key, value in values.items() if isinstance(value, str)}
        count = text["number_of_interactions"]
        if not re.fullmatch("0|[1-9][0-9]*", count, re.ASCII):
            raise PageError(Kind.MALFORMED_COUNT, "number_of_interactions", count)
        own, doubts = self._own(text, place)
        matrices: tuple[str, ...] | None = _matrices(values["jaspar_matrices"], place)
        if not matrices and _NULL_MATRICES.search(front):
            matrices = None
        for doubt in doubts:
            place.report(doubt)
        odd: list[ListedRow] = []
        regulators = self._rows(matter.tfs, "tfs", own, odd, place)
        regulated = self._rows(matter.targets, "targets", own, odd, place)
        # Interaction(...) would take twice the time.
        new = tuple.__new__
        factors = tuple([new(Interaction, (other, own, told)) for other, told in regulators])
        targets = tuple([new(Interaction, (own, other, told)) for other, told in regulated])
        cells = {name: text[key] for key, name in CELLS.items() if text.get(key)}
        if matrices != ():
            cells["pageMatrices"] = json.dumps(matrices)
        for key, name in USUAL.items():
            if text[key] != (own.accession if key == "title" else "protein"):
                cells[name] = text[key]
        if factors:
            cells["pageFactors"] = " ".join([other[0] for other, _ in regulators])
        if targets:
            cells["pageTargets"] = " ".join([other[0] for other, _ in regulated])
        sites = self._sites(text, own.accession, body, cells, place)
        for key in text.keys() & set(OPTIONAL) - {"binding_sites"}:
            cells.setdefault(CELLS[key], "")
        fields = tuple(_unknown(values, own.accession, place))
        document = PageDocument(
            own.accession, self._cells.dataset, cells, sites, fields, tuple(odd)
        )
        return ProteinPage(own, matrices, factors, targets, document)

    def _sites(
        self, text: dict[str, str], accession: str, body: str, cells: dict[str, str], place: _Place
    ) -> tuple[ListedSite, ...]:
        if "binding_sites" not in text and not body.strip():
            return ()
        listed = SiteList(accession, place.report)
        if "binding_sites" in text:
            cells["pageSites"] = listed.add_rows(text["binding_sites"])
        sequences = listed.add_body(body)
        if sequences:
            cells["pageSequences"] = sequences
        self.sites_read += listed.count
        return listed.sites()

    def _own(self, text: dict[str, str], place: _Place) -> tuple[Mention, Doubts]:
        accession = text["uniprot_accession"]
        try:
            cells = (text["protein_name"], text["ncbi_gene_id"], text["organism"], MISSING, MISSING)
            mention, doubts, _ = self._cells.mention(accession, cells)
        except RowError as error:
            raise PageError(Kind.PAGE_ACCESSION, "uniprot_accession", accession) from error
        if text["title"] != accession:
            place.report(Doubt(Kind.TITLE_DIFFERS, "title", text["title"]))
        return mention._replace(orthologs=tuple(_orthologs(text["orthologs"], place))), doubts

    def _rows(
        self, rows: list[str], key: str, own: Mention, odd: list[ListedRow], place: _Place
    ) -> list[_Row]:
        """What the rows of a list say; what is wrong or doubtful in them is reported."""
        self.rows_read += len(rows)
        known = self._known_rows.setdefault(own.organism, {})
        found = list(map(known.get, rows))
        if all(found):
            return cast("list[_Row]", found)
        kept: list[_Row] = []
        for index, (row, pair) in enumerate(zip(rows, found, strict=True)):
            try:
                read, doubts = (pair, ()) if pair else self._row(row, own.organism or MISSING)
            except RowError as error:
                place.report(error.doubt, f"{key}[{index}] {error.doubt.column}".rstrip())
                continue
            for doubt in doubts:
                place.report(doubt, f"{key}[{index}] {doubt.column}")
                if doubt.kind is Kind.UNSORTED_LIST:
                    names, how, papers, _ = row.split(",")[-4:]
                    lists = {"databases": names, "methods": how, "references": papers}
                    odd.append(ListedRow(own.accession, key, len(kept), **lists))
            if not doubts and len(known) < ROWS_KEPT:
                known[row] = read
            kept.append(read)
        return kept

    def _row(self, row: str, organism: str) -> tuple[_Row, Doubts]:
        """The other protein of a row and its evidence, and what is doubtful in it.

        Raises:
            RowError: the row must be left out.
        """
        cells = row.rsplit(",", ROW_COLUMNS - 1)
        if len(cells) < ROW_COLUMNS:
            raise RowError(Kind.COLUMN_COUNT, "", row)
        name, accession, genes, names, how, papers, flag = cells
        other, doubts, _ = self._cells.mention(accession, (name, genes, organism, MISSING, MISSING))
        told, more, _ = self._cells.report(papers, (names, how, flag))
        comma = (Doubt(Kind.COMMA_IN_NAME, "name", name),) if "," in name else ()
        return (other, told), (*doubts, *more, *comma)


def _parts(content: bytes) -> tuple[bytes, str]:
    """The front matter's bytes and the body's text."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PageError(Kind.PAGE_NOT_UTF8, line=line) from error
    forbidden = NOT_XML.search(text) if not_xml(content) else None
    if forbidden:
        line = text.count("\n", 0, forbidden.start()) + 1
        raise PageError(Kind.PAGE_FORBIDDEN_CHARACTER, "", forbidden.group(), line)
    if not is_page(content):
        raise PageError(Kind.NO_FRONT_MATTER, "", text[:40], 1)
    start = at = 3
    while (at := content.find(b"\n---", at)) >= 0:
        end = _REST_OF_LINE.match(content, at + 4)
        if end:
            return content[start : at + 1], content[end.end() :].decode()
        at += 4
    raise PageError(Kind.NOT_CLOSED)


def parsed_front_matter(front: bytes) -> FrontMatter:
    """The front matter as PyYAML reads it.

    Raises:
        PageError: it is no YAML, or not that of a page.
    """
    values = _values(front)
    for key in (*REQUIRED, *OPTIONAL):
        if key in values and not isinstance(values[key], str) and key != "jaspar_matrices":
            raise PageError(Kind.NOT_TEXT, key, str(values[key]))
    lists = (str(values.pop(key)) for key in LISTS)
    tfs, targets = (cell.split("\n") if cell else [] for cell in lists)
    return FrontMatter(values, tfs, targets)


def _values(front: bytes) -> dict[str, str | list[str]]:
    """The front matter's keys and values; all scalars are text, as they are written.

    YAML 1.1 would read a gene named ``NO`` or ``1e5`` as something else than its name, so no
    scalar is resolved to another type.
    """
    try:
        loaded: object = yaml.load(front, Loader=yaml.CBaseLoader)  # noqa: S506
    except yaml.YAMLError as error:
        # An unclosed quote is found only at the end; the line where it opens helps more.
        opened = "quoted scalar" in str(getattr(error, "context", None))
        mark = getattr(error, "context_mark" if opened else "problem_mark", None)
        raise PageError(
            Kind.NOT_YAML,
            line=mark.line + 1 if mark else None,
            detail=str(getattr(error, "problem", None) or error),
        ) from error
    except RecursionError as error:
        raise PageError(Kind.NOT_YAML, detail="it nests too deeply") from error
    if not isinstance(loaded, dict):
        raise PageError(Kind.NOT_YAML, detail="it must hold lines of the form 'key: value'")
    values: dict[str, str | list[str]] = {}
    for key, value in loaded.items():
        flat = isinstance(value, list) and all(isinstance(item, str) for item in value)
        if not isinstance(key, str) or not (flat or isinstance(value, str)):
            raise PageError(Kind.NOT_TEXT, key if isinstance(key, str) else "")
        values[key] = value
    texts = [
        (key, text)
        for key, value in values.items()
        for text in ((value,) if isinstance(value, str) else value)
    ]
    if sum(len(text) for _, text in texts) > len(front):
        raise PageError(Kind.NOT_TEXT, detail="aliases repeat its values")
    if _ESCAPE.search(front):
        for key, text in texts:
            if NOT_XML.search(text):
                raise PageError(Kind.PAGE_FORBIDDEN_CHARACTER, key, text)
    for key in REQUIRED:
        if key not in values:
            raise PageError(Kind.MISSING_KEY, key)
    keys = _TOP_KEY.findall(front)
    if len(keys) > len(values):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise PageError(Kind.REPEATED_KEY, twice.decode())
    return values


def _unknown(
    values: dict[str, str | list[str]], accession: str, place: _Place
) -> Iterator[ListedField]:
    """The keys that are not known, in the order of their names."""
    for index, key in enumerate(sorted(values.keys() - {*REQUIRED, *OPTIONAL})):
        value = values[key]
        place.report(Doubt(Kind.UNKNOWN_KEY, key, str(value)))
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield ListedField(accession, index, key, text)


def _matrices(value: str | list[str], place: _Place) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) and value else list(value)
    for item in items:
        if not JASPAR_ID.fullmatch(item):
            place.report(Doubt(Kind.NOT_A_MATRIX, "jaspar_matrices", item))
    return tuple(items)


def _orthologs(cell: str, place: _Place) -> Iterator[Ortholog]:
    """The orthologs of TFLink's JSON list: links to its pages, or plain accessions."""
    if not cell:
        return
    try:
        groups = cast("list[dict[str, object]]", json.loads(cell))
        if not isinstance(groups, list):
            raise TypeError("must be a list")
        found = [
            (str(group["species"]), str(item))
            for group in groups
            for item in cast("list[object]", group["id"])
        ]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise PageError(Kind.MALFORMED_ORTHOLOGS, "orthologs", cell) from error
    known = organisms()
    for species, item in found:
        link = _LINK.fullmatch(item)
        accession = link.group(1) if link else item
        if species in known and ACCESSION.fullmatch(accession):
            yield Ortholog(species, accession)
        else:
            place.report(Doubt(Kind.NOT_AN_ORTHOLOG, "orthologs", f"{species}: {accession}"))
