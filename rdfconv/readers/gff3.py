"""Binding sites as GFF3: nine tab-separated columns, lines of comments and directives.

Source: TFLink's FAQ (source ``TFLink_from_<databases>``, type ``TF_binding_site``, attributes
``ID=<TFLinkID>;Name=<TF name>;Note=<UniProt accession>``) and the GFF3 specification
(https://github.com/The-Sequence-Ontology/Specifications). The file names no assembly: it is the
organism's, which the file's name tells.
"""

from __future__ import annotations

from urllib.parse import unquote

from rdfconv.identifiers import ACCESSION
from rdfconv.model import BindingSite, Evidence
from rdfconv.problems import Doubt, Kind
from rdfconv.readers.cells import MISSING, OnProblem, RowError
from rdfconv.readers.lines import RowReader
from rdfconv.readers.site_cells import place_of, site_id, site_of, without_doubtful_strand
from rdfconv.vocabulary import assemblies, databases, organisms

COLUMNS = (
    "seqid", "source", "type", "start", "end", "score", "strand", "phase", "attributes",
)  # fmt: skip
SOURCE = "TFLink_from_"
TYPE = "TF_binding_site"
_UNKNOWN_STRANDS = frozenset(".?")


def is_gff3(head: bytes) -> bool:
    """Whether a file that begins so is GFF3."""
    return head.startswith((b"##gff-version", b"##sequence-region"))


def organism_in(source: str) -> str:
    """The organism that a file's name has; "" if it has none.

    >>> organism_in("TFLink_Homo_sapiens_bindingSites_All_annotation_v1.0.gff3")
    'Homo sapiens'
    """
    name = source.rpartition("/")[2].replace("_", " ")
    return next((one for one in organisms() if one in name), "")


class Gff3Reader(RowReader[BindingSite]):
    """Reads blocks of whole lines of GFF3.

    Args:
        dataset: the reporting data set.
        on_problem: called for each problem.
    """

    columns = COLUMNS

    def __init__(self, dataset: str, on_problem: OnProblem) -> None:
        super().__init__(on_problem)
        self._dataset = dataset
        self._organism = self._assembly = ""
        self._evidence: dict[str, tuple[Evidence, tuple[Doubt, ...]]] = {}

    def start(self, header: tuple[str, ...], source: str) -> None:
        """Takes the assembly from the file's name."""
        self._organism = organism_in(source)
        found = [one.name for one in assemblies().values() if one.organism == self._organism]
        self._assembly = found[0] if found else MISSING

    def holds_row(self, line: str) -> bool:
        """Whether a line is neither empty nor a comment or directive."""
        return bool(line) and not line.startswith("#")

    def row(self, cells: list[str]) -> BindingSite:
        """The site of a line."""
        chromosome, source, type_, start, end, _, strand, _, attributes = cells
        if type_ != TYPE:
            raise RowError(Kind.NOT_A_SITE, "type", type_)
        if not self._organism:
            raise RowError(Kind.NO_ORGANISM, "seqid", chromosome)
        told = {
            key: unquote(value)
            for key, is_pair, value in (one.partition("=") for one in attributes.split(";"))
            if is_pair
        }
        site = site_id(told.get("ID", ""))
        accession = told.get("Note", "")
        if not ACCESSION.fullmatch(accession):
            raise RowError(Kind.MALFORMED_ACCESSION, "Note", accession)
        known = strand not in _UNKNOWN_STRANDS
        place = place_of(
            self._assembly, unquote(chromosome), start, end, strand if known else "+",
            self._organism, self.doubt,
        )  # fmt: skip
        if not known:
            place = (*place[:4], "")
        evidence = self._evidence_of(source)
        place = without_doubtful_strand(place, ";".join(evidence.databases), self.doubt)
        return site_of(site, accession, place, evidence)

    def _evidence_of(self, source: str) -> Evidence:
        """The evidence that the source column states: databases and nothing else."""
        if source not in self._evidence:
            if not source.startswith(SOURCE):
                raise RowError(Kind.NOT_A_SITE, "source", source)
            names = [name for name in unquote(source.removeprefix(SOURCE)).split(";") if name]
            doubts = tuple(
                Doubt(Kind.UNKNOWN_DATABASE, "source", name)
                for name in names
                if name not in databases()
            )
            self._evidence[source] = Evidence.of(self._dataset, names, [], [], None), doubts
        evidence, doubts = self._evidence[source]
        self.doubt(*doubts)
        return evidence
