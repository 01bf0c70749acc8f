"""The example queries: their headers, their style, and what they answer on the sample."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pyoxigraph
import pytest
import rdflib.plugins.sparql
import yaml

from rdfconv.building import build
from rdfconv.config import Settings
from rdfconv.errors import OntologyError
from rdfconv.examples import Example, Form, Level, examples, read
from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS
from rdfconv.vocabulary import databases
from server.engine import Limits, Query
from server.engine.embedded import EmbeddedEngine
from server.query_text import inspect
from tests.conftest import SAMPLE, MakeRelease

ALL = {example.name: example for example in examples()}
LOCAL = sorted(name for name, example in ALL.items() if not example.federates_with)
OF_TWO_DATA_SETS = ("activators-of-gene", "data-sets-of-edges")
"""The examples that ask for what TFLink alone does not tell."""
FEDERATED = sorted(set(ALL) - set(LOCAL))
LIMITS = Limits(20.0, 60.0)
"""What the engine gives a query; one that takes longer is ended and has no answer."""

QUESTIONS = {
    "Which genes does a transcription factor regulate?": ("targets", "is-listed"),
    "Which transcription factors regulate a gene, by symbol, NCBI gene id or UniProt accession?": (
        "regulators",
        "regulators-of-gene",
        "regulators-of-symbol",
    ),
    "What is the evidence for one pair?": ("evidence", "evidence-graph", "cited-papers"),
    "Which edges are small-scale and have a primary paper?": (
        "small-scale-targets",
        "small-scale-literature",
    ),
    "Which edges do at least two databases support?": ("well-supported", "ranked-regulators"),
    "Which edges were found by a method or a narrower one?": (
        "method-or-narrower",
        "gel-shift-or-footprint",
    ),
    "Which papers are cited most, and for which edges?": ("most-cited-papers", "edges-of-paper"),
    "How many edges has each database, method, organism, and what do two databases share?": (
        "edges-per-database",
        "edges-per-method",
        "edges-per-organism",
        "database-overlap",
    ),
    "Which factors share targets, form feed-forward loops, regulate themselves?": (
        "shared-targets",
        "feed-forward-loops",
        "self-regulators",
    ),
    "Is the regulation conserved?": ("conserved-edges", "oma-orthologs"),
    "Which factors regulate genes of a disease?": ("disease-targets",),
    "Which targets are expressed in a tissue?": ("expressed-targets",),
    "Which processes have the targets?": ("target-processes",),
    "Which factors regulate the enzymes of a class of metabolites?": ("lipid-enzymes",),
    "Which pathways hold the targets?": ("target-pathways",),
    "Which drugs act on the targets?": ("drugs",),
    "Which binding sites are in a region?": ("binding-sites",),
    "Which factors activate a gene?": ("activators-of-gene",),
    "What do two data sets report of the same edges?": ("data-sets-of-edges",),
    "What are the papers behind an edge about?": ("paper-topics", "paper-titles"),
    "Which gene ids have more than one protein?": ("proteins-of-one-gene",),
    "Which release, licence, graphs, links and examples are there?": (
        "data-sets",
        "named-graphs",
        "linksets",
        "example-queries",
    ),
}

Row = dict[str, str]
Ask = Callable[[str], list[Row]]


@pytest.fixture(scope="module")
def engine(sample_release: Path) -> Iterator[EmbeddedEngine]:
    made = EmbeddedEngine(Settings(release=str(sample_release), workers=1))
    yield made
    made.close()


def answer(engine: EmbeddedEngine, name: str) -> bytes:
    """An example's answer, as JSON or N-Triples."""
    example = ALL[name]
    graph = example.form is Form.CONSTRUCT
    fmt = RDF_FORMATS["nt"] if graph else RESULT_FORMATS["json"]
    return b"".join(engine.run(Query(example.text, fmt), LIMITS).chunks)


def rows_of(engine: EmbeddedEngine, name: str) -> list[Row]:
    """A SELECT example's rows; of an IRI, only what stands behind the last slash or hash."""
    found = json.loads(answer(engine, name))["results"]["bindings"]
    return [
        {
            variable: re.split("[/#]", term["value"])[-1]
            if term["type"] == "uri"
            else term["value"]
            for variable, term in row.items()
        }
        for row in found
    ]


@pytest.fixture
def ask(engine: EmbeddedEngine) -> Ask:
    """Asks an example by its name."""
    return lambda name: rows_of(engine, name)


# The sample, read without any code of rdfconv's readers --------------------------------------


class Edge:
    """A row of the sample."""

    def __init__(self, factor: str, target: str, cells: tuple[str, str, str, str]) -> None:
        self.factor, self.target = factor, target
        self.databases = cells[0].split(";")
        self.methods = cells[1].split(";")
        self.papers = re.findall(r"\d+", cells[2].replace("%5B", " ").replace("%5D", " "))
        self.small_scale = cells[3] == "Yes"

    @property
    def primary(self) -> set[str]:
        return set(self.papers) - {databases()[name].citation for name in self.databases}


def front_matters() -> list[dict[str, str]]:
    return [
        yaml.load(path.read_text("utf-8").split("\n---\n")[0], Loader=yaml.BaseLoader)
        for path in sorted((SAMPLE / "pages").glob("*.md"))
    ]


def table_rows() -> Iterator[Row]:
    for path in sorted((SAMPLE / "tables").iterdir()):
        packed = path.read_bytes()
        text = (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode("utf-8")
        yield from csv.DictReader(text.split("\n"), delimiter="\t", quoting=csv.QUOTE_NONE)


@cache
def edges() -> dict[tuple[str, str], Edge]:
    """All edges of the sample."""
    found = []
    for page in front_matters():
        own = page["uniprot_accession"]
        for key in ("tfs", "targets"):
            for line in filter(None, page.get(key, "").split("\n")):
                # The name may hold commas, the other six cells hold none.
                accession, _, dbs, methods, papers, scale = line.rsplit(",", 6)[1:]
                pair = (accession, own) if key == "tfs" else (own, accession)
                found.append(Edge(*pair, (dbs, methods, papers, scale)))
    for row in table_rows():
        pair = row["UniprotID.TF"], row["UniprotID.Target"]
        columns = ("Source.database", "Detection.method", "PubmedID", "Small-scale.evidence")
        found.append(
            Edge(*pair, (row[columns[0]], row[columns[1]], row[columns[2]], row[columns[3]]))
        )
    return {(edge.factor, edge.target): edge for edge in found}


def pairs(rows: list[Row], factor: str = "factor", target: str = "target") -> set[tuple[str, str]]:
    return {(row[factor], row[target]) for row in rows}


# Headers and style ------------------------------------------------------------------------


def test_there_are_enough_for_every_level() -> None:
    assert len(ALL) >= 30
    assert len(FEDERATED) >= 7
    assert {example.level for example in ALL.values()} == set(Level)


def test_every_question_has_its_queries() -> None:
    named = [name for group in QUESTIONS.values() for name in group]
    assert sorted(named) == sorted(ALL)


def test_titles_and_texts_are_unique() -> None:
    for field in ("name", "title", "description", "text"):
        values = [getattr(example, field) for example in ALL.values()]
        assert len(set(values)) == len(values), field


def test_the_simplest_is_first() -> None:
    assert examples()[0].name == "targets"
    levels = [list(Level).index(example.level) for example in examples()]
    assert levels == sorted(levels)


@pytest.mark.parametrize("name", sorted(ALL))
def test_header(name: str) -> None:
    example = ALL[name]
    assert len(example.title) <= 80
    assert not re.search("[\"&<>']|[.]$", example.title)
    assert example.description.endswith(".")
    assert len(example.description) > 60
    assert example.source.endswith("\n" + example.text)
    assert not example.text.startswith("#")
    assert max(map(len, example.source.splitlines())) <= 100
    assert inspect(example.text).form.value == example.form.value
    assert bool(inspect(example.text).service) is bool(example.federates_with)


@pytest.mark.parametrize("name", sorted(ALL))
def test_parses(name: str) -> None:
    text = ALL[name].text
    rdflib.plugins.sparql.prepareQuery(text)
    # On an empty store, what is left to do after parsing is nothing, but for SERVICE.
    pyoxigraph.Store().query(re.sub(r"SERVICE <[^>]*>", "", text))


def bare(text: str) -> str:
    """A query without strings, IRIs and comments."""
    return re.sub(r"#.*", "", re.sub(r'"[^"\n]*"|<[^<>\s]*>', "", text))


@pytest.mark.parametrize("name", sorted(ALL))
def test_declares_what_it_uses(name: str) -> None:
    text = ALL[name].text
    declared = re.findall(r"^PREFIX (\w+): <[^>]+>$", text, re.MULTILINE)
    body = re.sub(r"^PREFIX .*", "", text, flags=re.MULTILINE)
    used = set(re.findall(r"(?<![\w?])(\w+):", bare(body)))
    assert set(declared) == used
    assert declared == sorted(declared)


@pytest.mark.parametrize("name", sorted(ALL))
def test_says_constants_where_they_are_used(name: str) -> None:
    text = re.sub(r"\s+", " ", ALL[name].text)
    # FILTER(?x = <iri>) is a thousand times slower than the IRI in the pattern or VALUES.
    assert not re.search(r"\?\w+ = (<|\w+:)|(<[^<>]*>|\w+:\w+) = \?", text)
    if ALL[name].federates_with:
        # A join by string functions is slow everywhere; and the local part goes first.
        assert not re.search(r"\b(IRI|URI|CONCAT|STR|REPLACE|STRAFTER|SUBSTR)\(", text, re.I)
        assert "uniprotkb:Q06945" in text.partition("SERVICE")[0]


HEADER = {
    "title": "# title: A title",
    "description": "# description: What it answers,",
    "more": "#   in two lines.",
    "level": "# level: beginner",
    "keywords": "# keywords: one, two words",
    "federates-with": "# federates-with: https://a.example/sparql https://b.example/sparql",
}
BODY = """ASK {
  SERVICE <https://b.example/sparql> { ?s ?p ?o }
  SERVICE SILENT <https://a.example/sparql> { ?s ?p ?o }
}
"""


def write(folder: Path, changes: dict[str, str], body: str = BODY, name: str = "x-1") -> Path:
    path = folder / f"{name}.rq"
    lines = [line for line in (HEADER | changes).values() if line]
    path.write_text("".join(line + "\n" for line in lines) + body, "utf-8")
    return path


def test_reads_a_header(tmp_path: Path) -> None:
    path = write(tmp_path, {})
    assert read(path) == Example(
        name="x-1",
        title="A title",
        description="What it answers, in two lines.",
        level=Level.BEGINNER,
        keywords=("one", "two words"),
        federates_with=("https://a.example/sparql", "https://b.example/sparql"),
        text=BODY,
        form=Form.ASK,
        source=path.read_text("utf-8"),
    )


@pytest.mark.parametrize(
    ("changes", "line", "message"),
    [
        ({"title": ""}, 6, "the header ends without 'title'"),
        ({"level": ""}, 6, "the header ends without 'level'"),
        ({"description": "", "more": ""}, 5, "the header ends without 'description'"),
        ({"keywords": ""}, 6, "the header ends without 'keywords'"),
        ({"title": "# title:"}, 1, "'title' has no value"),
        ({"description": "# description: ", "more": ""}, 2, "'description' has no value"),
        ({"level": "# level: easy"}, 4, "no level: 'easy'"),
        ({"keywords": "# keywords: one,, two"}, 5, "an empty or repeated keyword"),
        ({"keywords": "# keywords: one, one"}, 5, "an empty or repeated keyword"),
        ({"more": "# author: me"}, 3, "no field of the header"),
        ({"more": "# in two lines."}, 3, "no field of the header"),
        ({"more": "# title: Another"}, 3, "'title' for the second time"),
        ({"title": "#   more", "more": "# title: A"}, 1, "no field of the header"),
        ({"federates-with": ""}, 5, "'federates-with' must name the endpoints"),
        ({"federates-with": "# federates-with: https://a.example/sparql"}, 6, "must name"),
        ({"federates-with": "# federates-with:"}, 6, "'federates-with' has no value"),
    ],
)
def test_bad_headers(tmp_path: Path, changes: dict[str, str], line: int, message: str) -> None:
    path = write(tmp_path, changes)
    with pytest.raises(OntologyError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert message in str(caught.value)


def test_bad_files(tmp_path: Path) -> None:
    with pytest.raises(OntologyError, match=r"x-1\.rq:7: no query under the header"):
        read(write(tmp_path, {}, "PREFIX a: <x:>\n"))
    with pytest.raises(OntologyError, match=r"Bad_Name\.rq: a bad name"):
        read(write(tmp_path, {}, name="Bad_Name"))
    with pytest.raises(OntologyError, match=r"none\.rq: cannot be read"):
        read(tmp_path / "none.rq")
    (tmp_path / "latin.rq").write_bytes(b"# title: \xe9\n")
    with pytest.raises(OntologyError, match=r"latin\.rq: cannot be read"):
        read(tmp_path / "latin.rq")


# Answers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(set(LOCAL) - set(OF_TWO_DATA_SETS)))
def test_answers_in_time(engine: EmbeddedEngine, name: str) -> None:
    found = answer(engine, name)
    if ALL[name].form is Form.ASK:
        assert json.loads(found)["boolean"] is True
    elif ALL[name].form is Form.CONSTRUCT:
        assert found.strip()
    else:
        assert json.loads(found)["results"]["bindings"]


@pytest.mark.parametrize("name", FEDERATED)
def test_the_local_part_of_federated_ones_answers(engine: EmbeddedEngine, name: str) -> None:
    text = ALL[name].text
    prologue, pattern = text.split("SELECT", 1)[0], text.partition("WHERE {")[2]
    local = f"{prologue}SELECT * WHERE {{{pattern.partition('SERVICE')[0]}}}"
    chunks = engine.run(Query(local, RESULT_FORMATS["json"]), LIMITS).chunks
    assert json.loads(b"".join(chunks))["results"]["bindings"]


def test_targets(ask: Ask) -> None:
    rows = ask("targets")
    assert {row["target"] for row in rows} == {b for a, b in edges() if a == "Q06945"}
    assert len(rows) == len({row["target"] for row in rows})


@pytest.mark.parametrize("name", ["regulators", "regulators-of-gene", "regulators-of-symbol"])
def test_regulators(ask: Ask, name: str) -> None:
    rows = ask(name)
    assert sorted(row["regulator"] for row in rows) == sorted(
        a for a, b in edges() if b == "Q06945"
    )
    assert all(row["name"] for row in rows)


def test_ranked_regulators(ask: Ask) -> None:
    rows = ask("ranked-regulators")
    told = [(int(row["databases"]), int(row["papers"])) for row in rows]
    assert told == sorted(told, reverse=True)
    assert {row["regulator"]: number for row, number in zip(rows, told, strict=True)} == {
        a: (len(edge.databases), len(edge.primary))
        for (a, b), edge in edges().items()
        if b == "Q06945"
    }


def test_evidence(ask: Ask) -> None:
    (row,) = ask("evidence")
    edge = edges()["Q06945", "Q08211"]
    assert len(edge.primary) > 1
    assert len(edge.databases) > 1
    assert row["dataset"] == "tflink-1.0"
    assert row["smallScale"] == str(edge.small_scale).lower()
    assert set(row["databases"].split(", ")) == set(edge.databases)
    assert set(row["methods"].split(", ")) == set(edge.methods)
    cited = {key: set(re.findall(r"\d+", row[key])) for key in ("primaryPapers", "databasePapers")}
    assert cited == {
        "primaryPapers": edge.primary,
        "databasePapers": set(edge.papers) - edge.primary,
    }


def test_cited_papers(ask: Ask) -> None:
    edge = edges()["Q06945", "Q08211"]
    rows = ask("cited-papers")
    assert {row["paper"] for row in rows} == set(edge.papers)
    for row in rows:
        assert row["isPrimary"] == str(row["paper"] in edge.primary).lower()
        assert row["isDatabasePaper"] == str(row["paper"] not in edge.primary).lower()


def test_evidence_graph(engine: EmbeddedEngine) -> None:
    edge = edges()["Q06945", "Q08211"]
    store = pyoxigraph.Store()
    store.load(answer(engine, "evidence-graph"), pyoxigraph.RdfFormat.N_TRIPLES)
    text = "SELECT ?name { ?i tfl:evidence/tfl:sourceDatabase/rdfs:label ?name }"
    prefixes = {
        "tfl": "https://w3id.org/tflink-rdf/ontology#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    }
    found = store.query(text, prefixes=prefixes)
    assert isinstance(found, pyoxigraph.QuerySolutions)
    assert {row["name"].value for row in found} == set(edge.databases)


def test_small_scale_targets(ask: Ask) -> None:
    rows = ask("small-scale-targets")
    assert {(row["target"], row["paper"]) for row in rows} == {
        (b, paper)
        for (a, b), edge in edges().items()
        if a == "Q06945" and edge.small_scale
        for paper in edge.primary
    }


def test_small_scale_literature(ask: Ask) -> None:
    rows = ask("small-scale-literature")
    assert len(rows) == 1000
    counts = [int(row["papers"]) for row in rows]
    assert counts == sorted(counts, reverse=True)
    known = [len(edge.primary) for edge in edges().values() if edge.small_scale]
    assert counts == sorted(known, reverse=True)[:1000]
    assert all(edges()[pair].small_scale for pair in pairs(rows))


def test_well_supported(ask: Ask) -> None:
    known = {pair for pair, edge in edges().items() if len(edge.databases) >= 2}
    assert pairs(ask("well-supported"), "regulator") == known


def test_method_or_narrower(ask: Ask) -> None:
    rows = ask("method-or-narrower")
    known = {
        a: edge.methods
        for (a, b), edge in edges().items()
        if b == "Q06945" and "chromatin immunoprecipitation" in " ".join(edge.methods)
    }
    assert {row["regulator"] for row in rows} == set(known)
    # AR's report names only the array form, which is narrower.
    assert known["P10275"] == ["chromatin immunoprecipitation array", "inferred by curator"]


def test_gel_shift_or_footprint(ask: Ask) -> None:
    names = {
        "electrophoretic mobility shift assay",
        "footprinting",
        "DNase I footprinting",
        "ultraviolet (uv) footprinting",
    }
    known = {pair for pair, edge in edges().items() if names & set(edge.methods)}
    rows = ask("gel-shift-or-footprint")
    assert len(rows) == min(1000, len(known))
    assert pairs(rows) <= known


def test_edges_of_paper(ask: Ask) -> None:
    known = {pair for pair, edge in edges().items() if "24435928" in edge.primary}
    assert len(known) > 1
    assert pairs(ask("edges-of-paper")) == known


def test_most_cited_papers(ask: Ask) -> None:
    known = Counter(paper for edge in edges().values() for paper in edge.primary)
    rows = ask("most-cited-papers")
    assert [int(row["edges"]) for row in rows] == [n for _, n in known.most_common(50)]
    assert all(int(row["edges"]) == known[row["paper"]] for row in rows)


def test_edges_per_database(ask: Ask) -> None:
    known = Counter(name for edge in edges().values() for name in edge.databases)
    assert {row["name"]: int(row["edges"]) for row in ask("edges-per-database")} == known


def test_edges_per_method(ask: Ask) -> None:
    known = Counter(name for edge in edges().values() for name in edge.methods)
    assert {row["name"]: int(row["edges"]) for row in ask("edges-per-method")} == known


def test_only_edges_and_sites_have_evidence(engine: EmbeddedEngine) -> None:
    # The examples that ask for edges by their evidence tell them from sites by the target.
    text = (
        "ASK { ?x tfl:evidence ?e FILTER NOT EXISTS { ?x tfl:target ?t } "
        "FILTER NOT EXISTS { ?x a obo:SO_0000235 } }"
    )
    chunks = engine.run(Query(text, RESULT_FORMATS["json"]), LIMITS).chunks
    assert json.loads(b"".join(chunks))["boolean"] is False


def test_edges_per_organism(ask: Ask) -> None:
    rows = ask("edges-per-organism")
    assert sum(int(row["edges"]) for row in rows) == len(edges())
    assert sum(int(row["factors"]) for row in rows) == len({a for a, _ in edges()})
    names = {page["organism"] for page in front_matters()}
    assert {row["name"] for row in rows} == names | {row["Organism"] for row in table_rows()}


def test_database_overlap(ask: Ask) -> None:
    known = Counter(
        (one, other)
        for edge in edges().values()
        for one in edge.databases
        for other in edge.databases
        if one < other
    )
    rows = ask("database-overlap")
    assert {(row["oneName"], row["otherName"]): int(row["edges"]) for row in rows} == known


def test_shared_targets(ask: Ask) -> None:
    own = {b for a, b in edges() if a == "P03069"}
    known = Counter(a for a, b in edges() if b in own and a != "P03069")
    rows = ask("shared-targets")
    assert [int(row["shared"]) for row in rows] == [n for _, n in known.most_common(50)]
    assert all(int(row["shared"]) == known[row["factor"]] for row in rows)


def test_feed_forward_loops(ask: Ask) -> None:
    own = {b for a, b in edges() if a == "P03069" and b != "P03069"}
    known = {(a, b) for a, b in edges() if a in own and b in own and a != b}
    assert pairs(ask("feed-forward-loops"), "middle") == known


def test_self_regulators(ask: Ask) -> None:
    rows = ask("self-regulators")
    assert {row["factor"] for row in rows} == {a for a, b in edges() if a == b}
    assert all(row["organism"] for row in rows)


def test_proteins_of_one_gene(ask: Ask) -> None:
    rows = ask("proteins-of-one-gene")
    assert all(len(row["accessions"].split()) == int(row["proteins"]) > 1 for row in rows)
    known: dict[str, set[str]] = {}
    for row in table_rows():
        for side in ("TF", "Target"):
            for gene in re.findall(r"\d+", row[f"NCBI.GeneID.{side}"]):
                known.setdefault(gene, set()).add(row[f"UniprotID.{side}"])
    many = {gene: proteins for gene, proteins in known.items() if len(proteins) > 1}
    told = {row["gene"]: set(row["accessions"].split()) for row in rows}
    assert all(told[gene] >= proteins for gene, proteins in many.items())


def test_binding_sites(ask: Ask) -> None:
    rows = ask("binding-sites")
    assert {row["factor"] for row in rows} == {"P08047", "P10242"}
    assert all(int(row["start"]) <= 25_000_000 for row in rows)
    assert all(int(row["end"]) >= 22_000_000 for row in rows)
    # TFLink has sequences for some of these sites, and counts from 0 there.
    assert {row["countsFrom"] for row in rows} == {"0", "not proven"}
    known = set()
    for path in (SAMPLE / "pages").glob("*.md"):
        for start, end in re.findall(r"hg38&position=chr14:(\d+)-(\d+)", path.read_text("utf-8")):
            if int(start) <= 25_000_000 and int(end) >= 22_000_000:
                known.add((start, end))
    assert {(row["start"], row["end"]) for row in rows} == known


def test_binding_sites_whose_base_is_proven(tmp_path: Path, make_release: MakeRelease) -> None:
    tfl, integer = (
        "https://w3id.org/tflink-rdf/ontology#",
        "http://www.w3.org/2001/XMLSchema#integer",
    )
    chromosome = "https://w3id.org/tflink-rdf/assembly/hg38/chr14"
    sequences = {"zero": "ACGT", "one": "ACGTA", "odd": "ACGTACG"}
    lines = [
        f"<x:{name}> <{tfl}chromosome> <{chromosome}> .\n"
        f"<x:{name}> <{tfl}boundBy> <x:factor> .\n"
        f'<x:{name}> <{tfl}reportedStart> "23000000"^^<{integer}> .\n'
        f'<x:{name}> <{tfl}reportedEnd> "23000004"^^<{integer}> .\n'
        f'<x:{name}> <{tfl}bindingSequence> "{sequence}" .\n'
        for name, sequence in sequences.items()
    ]
    make_release(tmp_path, "".join(lines))
    engine = EmbeddedEngine(Settings(release=str(tmp_path), workers=1))
    found = {row["site"]: row["countsFrom"] for row in rows_of(engine, "binding-sites")}
    engine.close()
    assert found == {"x:zero": "0", "x:one": "1", "x:odd": "unknown"}


@pytest.fixture(scope="module")
def two_data_sets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedEngine]:
    """TFLink's page of SOX4, and what TRRUST says of three of its regulators."""
    root = tmp_path_factory.mktemp("two")
    (root / "trrust_rawdata.human.tsv").write_text(TRRUST, "utf-8")
    pages = root / "pages"
    pages.mkdir()
    (pages / "q06945.md").write_bytes((SAMPLE / "pages" / "q06945.md").read_bytes())
    build([pages, root / "trrust_rawdata.human.tsv"], root / "releases")
    made = EmbeddedEngine(Settings(release=str(root / "releases"), workers=1))
    yield made
    made.close()


TRRUST = """\
ERG\tSOX4\tUnknown\t24435928
JUND\tSOX4\tActivation\t23482931
STAT1\tSOX4\tActivation\t11111111;22222222
STAT1\tSOX4\tRepression\t33333333
"""


def test_activators(two_data_sets: EmbeddedEngine) -> None:
    rows = rows_of(two_data_sets, "activators-of-gene")
    told = [line.split("\t") for line in TRRUST.splitlines()]
    activators = {name for name, _, mode, _ in told if mode == "Activation"}
    assert {row["name"] for row in rows} == activators
    papers = {
        (name, paper)
        for name, _, mode, cited in told
        if mode == "Activation"
        for paper in cited.split(";")
    }
    assert {(row["name"], row["paper"]) for row in rows} >= papers
    represses = {name for name, _, mode, _ in told if mode == "Repression"}
    assert {row["name"] for row in rows if row["alsoRepresses"] == "true"} == (
        activators & represses
    )


def test_two_data_sets(two_data_sets: EmbeddedEngine) -> None:
    rows = rows_of(two_data_sets, "data-sets-of-edges")
    told = {line.split("\t")[0] for line in TRRUST.splitlines()}
    by_data_set: dict[str, set[str]] = {}
    for row in rows:
        by_data_set.setdefault(row["dataset"], set()).add(row["name"])
    assert by_data_set == {"tflink-1.0": told, "trrust-2": told}
    assert {row["dataset"] for row in rows if "mode" in row} == {"trrust-2"}


def test_named_graphs(ask: Ask) -> None:
    assert "pages" in {row["graph"] for row in ask("named-graphs")}


def test_data_sets(ask: Ask) -> None:
    (row,) = [row for row in ask("data-sets") if row["dataset"] == "tflink-1.0"]
    assert row["title"] == "TFLink 1.0"
    assert "non-commercial" in row["rights"]


def test_example_queries_are_these(ask: Ask) -> None:
    assert len({row["query"] for row in ask("example-queries")}) == len(ALL)


def test_conserved_edges_of_the_sample(ask: Ask) -> None:
    rows = ask("conserved-edges")
    assert {row["target"] for row in rows} <= {b for a, b in edges() if a == "Q06945"}
    assert all(
        row["listed"] == str((row["otherFactor"], row["otherTarget"]) in edges()).lower()
        for row in rows
    )


def test_conserved_edges(tmp_path: Path, make_release: MakeRelease) -> None:
    prefixes = {
        "u": "http://purl.uniprot.org/uniprot/",
        "t": "http://purl.uniprot.org/taxonomy/",
        "regulates": "https://w3id.org/tflink-rdf/ontology#regulates",
        "ortholog": "http://purl.org/net/orth#hasOrtholog",
        "taxon": "http://purl.obolibrary.org/obo/RO_0002162",
    }
    u, t = prefixes["u"], prefixes["t"]
    facts = [
        # SOX4 and its two targets in man; SOX4 in mouse and zebrafish.
        *((u + "Q06945", "regulates", u + target) for target in ("KEPT", "LOST")),
        *((u + "Q06945", "ortholog", u + other) for other in ("MOUSE", "FISH")),
        (u + "MOUSE", "taxon", t + "10090"),
        (u + "FISH", "taxon", t + "7955"),
        # Only one target keeps its edge in mouse; in zebrafish its edge comes from mouse's SOX4.
        *((u + "KEPT", "ortholog", u + other) for other in ("KEPTM", "KEPTF")),
        (u + "LOST", "ortholog", u + "LOSTM"),
        *((u + other, "taxon", t + "10090") for other in ("KEPTM", "LOSTM")),
        (u + "KEPTF", "taxon", t + "7955"),
        *((u + "MOUSE", "regulates", u + target) for target in ("KEPTM", "KEPTF")),
    ]
    make_release(tmp_path, "".join(f"<{s}> <{prefixes[p]}> <{o}> .\n" for s, p, o in facts))
    engine = EmbeddedEngine(Settings(release=str(tmp_path), workers=1))
    try:
        rows = rows_of(engine, "conserved-edges")
    finally:
        engine.close()
    told = [(row["target"], row["otherFactor"], row["otherTarget"], row["listed"]) for row in rows]
    assert told[0] == ("KEPT", "MOUSE", "KEPTM", "true")
    assert sorted(told[1:]) == [
        ("KEPT", "FISH", "KEPTF", "false"),
        ("LOST", "MOUSE", "LOSTM", "false"),
    ]
