"""Ten analytical questions: each in the best way for a release, and counting all edges (``plain``).

Where the graph of numbers answers a question, the first text asks that graph. Elsewhere the first
text is the quickest of those tried, and ``plain`` the one that comes to mind first. Both have the
same answer, in a total order.

Oxigraph joins step by step, looking up each solution so far, in an order that it takes from shapes
and not from numbers. A subselect is a unit: two of them are each made once and joined by a table in
memory. So the most selective pattern stands first, and where both sides of a join are large, each
is a subselect. To sort by an IRI, the engine looks its text up at each comparison, but strings of
fifteen bytes need none: so equals are sorted by their accessions, which gives the same order. For
the same reason ``!sameTerm(?a, ?b)`` is ten times as fast as ``?a != ?b``. Binding sites have
evidence, too: who counts by evidence must ask for interactions.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Template

from rdfconv.identifiers import COUNTS_GRAPH
from rdfconv.vocabulary import declared

_COUNTED = f"GRAPH <{COUNTS_GRAPH}> {{ ?c tfl:countedEvidence ?evidence ; tfl:edgeCount ?count }}"


@dataclass(frozen=True, slots=True)
class Analytical:
    """A question.

    Attributes:
        name: as the table calls it.
        draws: what its placeholders stand for: "", ``factor``, ``two factors`` (``$one``,
            ``$other``) or ``two databases``; each is an IRI.
        best: the text for this store.
        plain: the same question, counting all edges.
    """

    name: str
    draws: str
    best: str
    plain: str

    def texts(self, values: dict[str, str]) -> dict[str, str]:
        """Both texts with entities in them, by the names of the variants ("" and ``plain``)."""
        filled = {"": self.best, "plain": self.plain}
        return {name: HEAD + Template(text).substitute(values) for name, text in filled.items()}


HEAD = declared("obo", "orth", "taxon", "tfl")

_PER_DATABASE = Analytical(
    "edges per database",
    "",
    f"""SELECT ?database (SUM(?count) AS ?edges) {{
  GRAPH <{COUNTS_GRAPH}> {{ ?c tfl:countedDatabase ?database ; tfl:edgeCount ?count }}
}} GROUP BY ?database ORDER BY DESC(?edges) ?database""",
    """SELECT ?database (COUNT(?interaction) AS ?edges) {
  ?evidence tfl:sourceDatabase ?database .
  ?interaction tfl:evidence ?evidence .
  ?interaction a tfl:RegulatoryInteraction
} GROUP BY ?database ORDER BY DESC(?edges) ?database""",
)

_PER_METHOD = Analytical(
    "edges per method and organism",
    "",
    f"""SELECT ?method ?organism (SUM(?count) AS ?edges) {{
  GRAPH <{COUNTS_GRAPH}> {{
    ?c tfl:countedMethod ?method ; tfl:countedOrganism ?organism ; tfl:edgeCount ?count
  }}
}} GROUP BY ?method ?organism ORDER BY DESC(?edges) ?method ?organism""",
    # Methods come last: an edge has several, but there is one count for each evidence.
    """SELECT ?method ?organism (SUM(?count) AS ?edges) {
  {
    SELECT ?evidence ?organism (COUNT(?interaction) AS ?count) {
      ?factor a tfl:TranscriptionFactor ; obo:RO_0002162 ?organism .
      ?interaction tfl:transcriptionFactor ?factor .
      ?interaction tfl:evidence ?evidence
    } GROUP BY ?evidence ?organism
  }
  ?evidence tfl:detectionMethod ?method
} GROUP BY ?method ?organism ORDER BY DESC(?edges) ?method ?organism""",
)

_TWO_DATABASES = Analytical(
    "edges with two or more databases",
    "",
    f"""SELECT ?databases (SUM(?count) AS ?edges) {{
  ?evidence tfl:databaseCount ?databases .
  FILTER(?databases >= 2)
  {_COUNTED}
}} GROUP BY ?databases ORDER BY ?databases""",
    """SELECT ?databases (COUNT(?interaction) AS ?edges) {
  ?evidence tfl:databaseCount ?databases .
  FILTER(?databases >= 2)
  ?interaction tfl:evidence ?evidence .
  ?interaction a tfl:RegulatoryInteraction
} GROUP BY ?databases ORDER BY ?databases""",
)

_TOP_FACTORS = Analytical(
    "top transcription factors",
    "",
    f"""SELECT ?factor ?edges {{
  GRAPH <{COUNTS_GRAPH}> {{
    ?c tfl:countedTranscriptionFactor ?factor ; tfl:edgeCount ?edges
  }}
  BIND(STRAFTER(STR(?factor), "uniprot/") AS ?id)
}} ORDER BY DESC(?edges) ?id LIMIT 100""",
    """SELECT ?factor (COUNT(?target) AS ?edges) {
  ?factor tfl:regulates ?target
} GROUP BY ?factor ORDER BY DESC(?edges) ?factor LIMIT 100""",
)

_TOP_TARGETS = Analytical(
    "most regulated targets",
    "",
    f"""SELECT ?target ?edges {{
  GRAPH <{COUNTS_GRAPH}> {{ ?c tfl:countedTarget ?target ; tfl:edgeCount ?edges }}
  BIND(STRAFTER(STR(?target), "uniprot/") AS ?id)
}} ORDER BY DESC(?edges) ?id LIMIT 100""",
    """SELECT ?target (COUNT(?factor) AS ?edges) {
  ?factor tfl:regulates ?target
} GROUP BY ?target ORDER BY DESC(?edges) ?target LIMIT 100""",
)

_SHARED = Analytical(
    "shared targets of two factors",
    "two factors",
    """SELECT ?target {
  { SELECT ?target { <$one> tfl:regulates ?target } }
  { SELECT ?target { <$other> tfl:regulates ?target } }
  BIND(STRAFTER(STR(?target), "uniprot/") AS ?id)
} ORDER BY ?id""",
    """SELECT ?target {
  <$one> tfl:regulates ?target .
  <$other> tfl:regulates ?target
} ORDER BY ?target""",
)

_LOOPS = Analytical(
    "feed-forward loops of a factor",
    "factor",
    # Who else regulates its targets is the same walk as for shared targets; few of them are left
    # when it is asked which of those it regulates itself.
    """SELECT ?middle ?loops {
  {
    SELECT ?middle (COUNT(?target) AS ?loops) {
      <$factor> tfl:regulates ?target .
      ?middle tfl:regulates ?target .
      FILTER(!sameTerm(?target, <$factor>) && !sameTerm(?middle, ?target))
    } GROUP BY ?middle
  }
  <$factor> tfl:regulates ?middle .
  FILTER(?middle != <$factor>)
  BIND(STRAFTER(STR(?middle), "uniprot/") AS ?id)
} ORDER BY DESC(?loops) ?id""",
    """SELECT ?middle (COUNT(?target) AS ?loops) {
  <$factor> tfl:regulates ?middle .
  ?middle a tfl:TranscriptionFactor .
  ?middle tfl:regulates ?target .
  <$factor> tfl:regulates ?target .
  FILTER(?middle != <$factor> && ?target != <$factor> && ?middle != ?target)
} GROUP BY ?middle ORDER BY DESC(?loops) ?middle""",
)

_CONSERVED = Analytical(
    "conserved edges, man and mouse",
    "",
    # Counted by edges of man: an edge counts once, however many orthologs its ends have.
    f"""SELECT (SUM(?count) AS ?edges) {{
  GRAPH <{COUNTS_GRAPH}> {{
    ?c tfl:conservedIn taxon:10090 ;
      tfl:oneTranscriptionFactor ?factor ;
      tfl:conservedEdgeCount ?count
  }}
  ?factor obo:RO_0002162 taxon:9606
}}""",
    """SELECT (COUNT(*) AS ?edges) {
  SELECT DISTINCT ?factor ?target {
    ?factor a tfl:TranscriptionFactor ; obo:RO_0002162 taxon:9606 .
    ?factor orth:hasOrtholog ?otherFactor .
    ?otherFactor obo:RO_0002162 taxon:10090 .
    ?otherFactor tfl:regulates ?otherTarget .
    ?otherTarget obo:RO_0002162 taxon:10090 .
    ?target orth:hasOrtholog ?otherTarget .
    ?factor tfl:regulates ?target
  }
}""",
)

_PAPERS = Analytical(
    "papers with most edges",
    "",
    f"""SELECT ?paper ?edges {{
  {{
    SELECT ?paper (SUM(?count) AS ?edges) {{
      GRAPH <{COUNTS_GRAPH}> {{ ?c tfl:countedPaper ?paper ; tfl:edgeCount ?count }}
    }} GROUP BY ?paper
  }}
  BIND(STRAFTER(STR(?paper), "pubmed/") AS ?id)
}} ORDER BY DESC(?edges) ?id LIMIT 100""",
    """SELECT ?paper (COUNT(?interaction) AS ?edges) {
  ?evidence tfl:primaryReference ?paper .
  ?interaction tfl:evidence ?evidence .
  ?interaction a tfl:RegulatoryInteraction
} GROUP BY ?paper ORDER BY DESC(?edges) ?paper LIMIT 100""",
)

_OVERLAP = Analytical(
    "overlap of two databases",
    "two databases",
    # By their number of databases: without a group, engines disagree on the sum of nothing.
    f"""SELECT ?databases (SUM(?count) AS ?edges) {{
  ?evidence tfl:sourceDatabase <$one> , <$other> ; tfl:databaseCount ?databases .
  {_COUNTED}
}} GROUP BY ?databases ORDER BY ?databases""",
    """SELECT ?databases (COUNT(?interaction) AS ?edges) {
  ?evidence tfl:sourceDatabase <$one> , <$other> ; tfl:databaseCount ?databases .
  ?interaction tfl:evidence ?evidence .
  ?interaction a tfl:RegulatoryInteraction
} GROUP BY ?databases ORDER BY ?databases""",
)

ANALYTICAL = (
    *(_PER_DATABASE, _PER_METHOD, _TWO_DATABASES, _TOP_FACTORS, _TOP_TARGETS),
    *(_SHARED, _LOOPS, _CONSERVED, _PAPERS, _OVERLAP),
)
