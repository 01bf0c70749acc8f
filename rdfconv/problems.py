"""What can be wrong with the input: one table of kinds, and the log that counts them.

A *rejected* row or page is left out and counted; a *warning* is kept and said. Every problem has
a place, the value and a way out.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from rdfconv.errors import InputError

KEPT = 1000
"""How many different problems of one kind are listed with their place; all are counted."""


class Unit(Enum):
    """What a problem costs: a rejected row, page, file or listed
    binding site, or nothing but a warning."""

    ROW = "row"
    PAGE = "page"
    FILE = "file"
    SITE = "binding site"
    WARNING = "warning"


class Kind(Enum):
    """The kinds of problems: what is lost, what is wrong, what to do."""

    unit: Unit
    message: str
    hint: str

    def __new__(cls, name: str, unit: Unit, message: str, hint: str) -> Kind:
        member = object.__new__(cls)
        member._value_ = name
        member.unit, member.message, member.hint = unit, message, hint
        return member

    COLUMN_COUNT = (
        "column-count",
        Unit.ROW,
        "the row has the wrong number of columns",
        "give the columns of TFLink's own files; use - for a missing value",
    )
    MALFORMED_ACCESSION = (
        "malformed-accession",
        Unit.ROW,
        "this is not a UniProtKB accession",
        "use the accession without isoform suffix, e.g. Q06945",
    )
    MALFORMED_FLAG = (
        "malformed-flag",
        Unit.ROW,
        "the small-scale flag must be Yes, No or -",
        "check that no column is missing or shifted",
    )
    MALFORMED_CELL = (
        "malformed-cell",
        Unit.ROW,
        "the cell is not written as this format has it",
        "see TFLink's FAQ for MITAB's cells, or TRRUST's for its modes",
    )
    NEGATIVE_ROW = (
        "negative-row",
        Unit.ROW,
        "the row states that there is no interaction",
        "it was left out: only what is reported to exist is written",
    )
    NO_PROTEIN = (
        "no-protein",
        Unit.ROW,
        "the table does not say whose edges it lists",
        "name the file as TFLink does, e.g. targets_of_Q06945.tsv",
    )
    NO_ORGANISM = (
        "no-organism",
        Unit.ROW,
        "the file does not say which organism it is about",
        "name the file as its source does: TFLink_Homo_sapiens_....gff3, trrust_rawdata.human.tsv",
    )
    UNKNOWN_SYMBOL = (
        "unknown-symbol",
        Unit.ROW,
        "no protein of this organism has this gene symbol",
        "give TFLink's pages or tables of the organism, too; UniProt may have renamed the gene",
    )
    AMBIGUOUS_SYMBOL = (
        "ambiguous-symbol",
        Unit.ROW,
        "several proteins have this gene symbol",
        "it was not guessed which of them is meant",
    )
    FORBIDDEN_CHARACTER = (
        "forbidden-character",
        Unit.ROW,
        "the row holds a character that XML 1.0 cannot carry",
        "remove the control character",
    )
    ROW_NOT_UTF8 = ("row-not-utf8", Unit.ROW, "the row is not UTF-8", "convert the file to UTF-8")
    PAGE_FORBIDDEN_CHARACTER = (
        "page-forbidden-character",
        Unit.PAGE,
        "the page holds a character that XML 1.0 cannot carry",
        "remove the control character",
    )
    PAGE_NOT_UTF8 = (
        "page-not-utf8",
        Unit.PAGE,
        "the page is not UTF-8",
        "convert the file to UTF-8",
    )
    NO_FRONT_MATTER = (
        "no-front-matter",
        Unit.PAGE,
        "the page does not begin with front matter",
        "the first line must be ---",
    )
    NOT_CLOSED = (
        "not-closed",
        Unit.PAGE,
        "the front matter is not closed",
        "end it with a line that holds --- alone",
    )
    NOT_YAML = ("not-yaml", Unit.PAGE, "the front matter is not YAML", "mend the line named")
    MISSING_KEY = ("missing-key", Unit.PAGE, "the front matter lacks a key", "add the key")
    REPEATED_KEY = (
        "repeated-key",
        Unit.PAGE,
        "the front matter has a key twice",
        "keep one of the two",
    )
    NOT_TEXT = (
        "not-text",
        Unit.PAGE,
        "the value must be text or a list of texts",
        "write it as TFLink does; anchors and nested values are not used",
    )
    PAGE_ACCESSION = (
        "page-accession",
        Unit.PAGE,
        "this is not a UniProtKB accession",
        "use the accession without isoform suffix, e.g. Q06945",
    )
    MALFORMED_COUNT = (
        "malformed-count",
        Unit.PAGE,
        "the number of interactions is not a whole number",
        "write digits only",
    )
    MALFORMED_ORTHOLOGS = (
        "malformed-orthologs",
        Unit.PAGE,
        "the orthologs are not the JSON list that TFLink writes",
        'write [{"species": "Mus musculus", "id": ["Q06831"]}]',
    )
    SECOND_PAGE = (
        "second-page",
        Unit.PAGE,
        "another page of this protein with different content was read before",
        "keep one of them",
    )
    MALFORMED_SITE = (
        "malformed-site",
        Unit.SITE,
        "this is not a binding-site row of this page",
        "a row has TFLink's id, the page's accession and 13 more columns",
    )
    MALFORMED_SEQUENCE = (
        "malformed-sequence",
        Unit.SITE,
        "this is not a binding sequence of this page",
        "write the header's five fields and lines of 80 letters as TFLink does",
    )
    REPEATED_SITE = (
        "repeated-site",
        Unit.SITE,
        "a binding site with this id but other content was read before",
        "keep one of the two",
    )
    MALFORMED_SITE_ID = (
        "malformed-site-id",
        Unit.SITE,
        "this is not TFLink's id of a binding site",
        "an id is TFLink, two letters and digits, e.g. TFLinkSS09281087",
    )
    NOT_A_SITE = (
        "not-a-site",
        Unit.SITE,
        "this line does not tell one of TFLink's binding sites",
        "the type is TF_binding_site, the source begins with TFLink_from_",
    )
    INCOMPLETE_LOCATION = (
        "incomplete-location",
        Unit.SITE,
        "the location is not complete",
        "give assembly, chromosome, start and end, or - for all of them",
    )
    STRAND_WITHOUT_LOCATION = (
        "strand-without-location",
        Unit.SITE,
        "the row has a strand but no location",
        "give the location, or - for the strand",
    )
    MALFORMED_STRAND = ("malformed-strand", Unit.SITE, "the strand must be + or -", "mend it")
    NOT_A_COORDINATE = (
        "not-a-coordinate",
        Unit.SITE,
        "a coordinate is not a whole number",
        "write digits only",
    )
    START_AFTER_END = (
        "start-after-end",
        Unit.SITE,
        "the start lies behind the end",
        "give the smaller coordinate first, on both strands",
    )
    NOT_A_COUNT = (
        "not-a-count",
        Unit.SITE,
        "the number of overlapping sites is not a whole number",
        "write digits, or - if it is not known",
    )
    UNKNOWN_KIND = (
        "unknown-kind",
        Unit.FILE,
        "this is no kind of file that can be read",
        "see 'rdfconv convert --help' for what can be read, or force it with --kind",
    )
    UNKNOWN_HEADER = (
        "unknown-header",
        Unit.FILE,
        "the table has other columns than it should",
        "give TFLink's own columns in their order",
    )
    PACKED_KIND = (
        "packed-kind",
        Unit.FILE,
        "a file of this kind cannot be read inside an archive",
        "unpack it and name it by itself: when it is read depends on the other files",
    )
    NO_ACCESSIONS = (
        "no-accessions",
        Unit.FILE,
        "the list holds no accession",
        "give UniProt's own file, sec_ac.txt or delac_sp.txt",
    )
    EMPTY_FILE = ("empty-file", Unit.FILE, "the file is empty", "leave it out")
    UNSAFE_MEMBER = (
        "unsafe-member",
        Unit.FILE,
        "the archive's member is a link, a device or lies outside the archive",
        "pack plain files with relative names",
    )

    TITLE_DIFFERS = (
        "title-differs",
        Unit.WARNING,
        "the title is not the accession",
        "the accession was used",
    )
    COMMA_IN_NAME = (
        "comma-in-name",
        Unit.WARNING,
        "the row has more than seven columns",
        "the columns left over were read as a comma in the name",
    )
    EMPTY_ITEM = ("empty-item", Unit.WARNING, "the list has an empty item", "it was left out")
    UNSORTED_LIST = (
        "unsorted-list",
        Unit.WARNING,
        "the lists of this row are not sorted, repeat an item or are written in an unusual way",
        "they were read as sets; a page's own node keeps them as they are",
    )
    UNKNOWN_DATABASE = (
        "unknown-database",
        Unit.WARNING,
        "this source database is not known",
        "it got a term of its own; add it to ontology/databases.tsv",
    )
    UNKNOWN_METHOD = (
        "unknown-method",
        Unit.WARNING,
        "this detection method is not known",
        "it got a term of its own; add it to ontology/methods.tsv",
    )
    UNKNOWN_ORGANISM = (
        "unknown-organism",
        Unit.WARNING,
        "this organism is not known",
        "it got a term of its own; add it to ontology/organisms.tsv",
    )
    UNKNOWN_KEY = (
        "unknown-key",
        Unit.WARNING,
        "this key of the front matter is not known",
        "it was kept on the page's own node",
    )
    NOT_A_PUBMED_ID = (
        "not-a-pubmed-id",
        Unit.WARNING,
        "this is not a PubMed id",
        "it was kept as tfl:unparsedReference",
    )
    UNLISTED_DATABASE = (
        "unlisted-database",
        Unit.WARNING,
        "this is the paper of a source database that the row does not list",
        "it was kept as a plain tfl:reference",
    )
    NOT_A_GENE_ID = (
        "not-a-gene-id",
        Unit.WARNING,
        "this is not an NCBI gene id",
        "it was kept as tfl:unparsedGeneId",
    )
    NOT_AN_ORTHOLOG = (
        "not-an-ortholog",
        Unit.WARNING,
        "this ortholog is not an accession of a known organism",
        "no ortholog was written for it",
    )
    UNKNOWN_MODE = (
        "unknown-mode",
        Unit.WARNING,
        "this is not a mode of regulation",
        'known are function:"activator", "repressor" and "unknown"; it was left out',
    )
    REPORTS_DIFFER = (
        "reports-differ",
        Unit.WARNING,
        "a MITAB row with the mode of regulation reports this edge otherwise",
        "the MITAB row was kept, this one was left out",
    )
    DOUBTFUL_STRAND = (
        "doubtful-strand",
        Unit.WARNING,
        "this database gives every site the strand -, TFLink's sign for a missing value",
        "no strand was written for it",
    )
    UNKNOWN_ASSEMBLY = (
        "unknown-assembly",
        Unit.WARNING,
        "this genome assembly is not known",
        "it got a term of its own; add it to ontology/assemblies.tsv",
    )
    NO_ASSEMBLY = (
        "no-assembly",
        Unit.WARNING,
        "the site has a location but its assembly is not named",
        "its chromosome is one of an unstated assembly of the organism",
    )
    OVERLAPS_DIFFER = (
        "overlaps-differ",
        Unit.WARNING,
        "the number of overlapping sites is not that of the ids beside it",
        "both were written as they are",
    )
    BROWSER_DIFFERS = (
        "browser-differs",
        Unit.WARNING,
        "the genome browser's address is that of another place",
        "the coordinates were used, the address was left out",
    )
    SEQUENCE_WITHOUT_SITE = (
        "sequence-without-site",
        Unit.WARNING,
        "no table or page that was given has this site",
        "it was written with what its header says",
    )
    NOT_AN_ACCESSION = (
        "not-an-accession",
        Unit.WARNING,
        "this line holds no accession",
        "it was left out",
    )
    NOT_A_MATRIX = (
        "not-a-matrix",
        Unit.WARNING,
        "this is not a JASPAR matrix id with a version",
        "no matrix was written for it",
    )
    ORGANISMS_DIFFER = (
        "organisms-differ",
        Unit.WARNING,
        "the input gives this protein more than one organism",
        "all were written",
    )
    NAMES_DIFFER = (
        "names-differ", Unit.WARNING, "rows spell this protein's name in more than one way",
        "the other spellings were written as skos:altLabel")  # fmt: skip

    @property
    def rejects(self) -> bool:
        """Whether something is left out because of it."""
        return self.unit is not Unit.WARNING


class Doubt(NamedTuple):
    """A problem of a value, before its place is known."""

    kind: Kind
    column: str
    value: str


class Problem(NamedTuple):
    """A problem at a place.

    Attributes:
        kind: what is wrong.
        source: the file, or ``archive:member``.
        line: the 1-based line; None where the place is told by the column alone.
        column: the column or key; ``tfs[3]`` is the fourth row of the list ``tfs``.
        value: the value found.
        detail: what the parser adds.
    """

    kind: Kind
    source: str
    line: int | None
    column: str
    value: str | None
    detail: str = ""

    def error(self) -> InputError:
        """The problem as the error that reports it, with its place and way out."""
        message = f"{self.kind.message}: {self.detail}" if self.detail else self.kind.message
        return InputError(
            message,
            source=self.source,
            line=self.line,
            column=self.column,
            value=self.value,
            hint=self.kind.hint,
        )


class ProblemLog:
    """Counts problems by kind and keeps the first place of each different value.

    Logs of blocks are merged in the order of the blocks, so the outcome does not depend on how
    many processes read them.
    """

    def __init__(self) -> None:
        self.counts: dict[Kind, int] = {}
        self._first: dict[Kind, dict[tuple[str, str | None], tuple[Problem, int]]] = {}

    def add(self, problem: Problem, count: int = 1) -> None:
        """Counts a problem; a warning is listed once per value, a rejection once per place."""
        kind = problem.kind
        self.counts[kind] = self.counts.get(kind, 0) + count
        listed = self._first.setdefault(kind, {})
        if kind.rejects:
            key: tuple[str, str | None] = (f"{problem.source}:{problem.line}", problem.column)
        else:
            key = (problem.column.partition("[")[0], problem.value)
        if key in listed:
            first, seen = listed[key]
            listed[key] = (first, seen + count)
        elif len(listed) < KEPT:
            listed[key] = (problem, count)

    def merge(self, other: ProblemLog) -> None:
        """Adds the problems of a later block."""
        listed = dict.fromkeys(other.counts, 0)
        for problem, count in other:
            self.add(problem, count)
            listed[problem.kind] += count
        for kind, count in other.counts.items():
            self.counts[kind] += count - listed[kind]

    def __iter__(self) -> Iterator[tuple[Problem, int]]:
        for kind in Kind:
            yield from self._first.get(kind, {}).values()

    def count(self, unit: Unit) -> int:
        """How many problems cost a unit."""
        return sum(count for kind, count in self.counts.items() if kind.unit is unit)

    @property
    def rejections(self) -> int:
        """How many rows, pages and files were rejected."""
        return sum(count for kind, count in self.counts.items() if kind.rejects)
