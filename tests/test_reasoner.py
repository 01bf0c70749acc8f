"""A reasoner for all of OWL 2 DL on ontology, methods and data: HermiT, which owlready2 ships.

owlrl, which the converter uses, knows the rules of OWL 2 RL only, and of datatypes little. HermiT
decides whether all is consistent, whether a class can have no instance, and whether the properties'
axioms are regular, as OWL 2 DL demands.

It gets N-Triples: the ontology, the tree of methods, and the 46 pages of the sample as they are
converted, with what is entailed and with the pages as documents: 58,000 triples in 5 to 10 s. The
two tables are left out: they have the same kinds of record, twelve times as many, and with them
HermiT takes over half a minute.
"""

from __future__ import annotations

import subprocess
from importlib.util import find_spec
from pathlib import Path

import pyoxigraph
import pytest

from rdfconv.building import convert
from rdfconv.vocabulary import PREFIXES, ontology_folder

SECONDS = 300
JAVA = ("java", "-Xmx1000M", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""It runs for a second or two: a compiler that optimizes takes longer than it saves."""
INCONSISTENT = "InconsistentOntologyException"
HEADING = "Classes equivalent to 'owl:Nothing':"


class Inconsistent(Exception):
    """What was given to the reasoner contradicts itself."""


def unsatisfiable(path: Path) -> set[str]:
    """The classes of an N-Triples file that can have no instance, by HermiT.

    Raises:
        Inconsistent: the file contradicts itself.
    """
    found = find_spec("owlready2")
    assert found is not None
    assert found.origin is not None
    hermit = Path(found.origin).parent / "hermit"
    command = [*JAVA, "-cp", f"{hermit}:{hermit / 'HermiT.jar'}"]
    command += ["org.semanticweb.HermiT.cli.CommandLine", "-U", path.as_uri()]
    run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    if INCONSISTENT in run.stderr:
        raise Inconsistent
    assert run.returncode == 0, run.stderr
    heading, *classes = run.stdout.split("\n")
    assert heading == HEADING, run.stdout
    return {name.strip() for name in classes} - {"", "owl:Nothing"}


def lines(turtle: str) -> bytes:
    """Turtle with the prefixes of the program as N-Triples."""
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    return n_triples(pyoxigraph.parse(prefixes + turtle, pyoxigraph.RdfFormat.TURTLE))


def n_triples(quads: pyoxigraph.QuadParser) -> bytes:
    """The triples of all graphs as N-Triples."""
    triples = (quad.triple for quad in quads)
    text = pyoxigraph.serialize(triples, format=pyoxigraph.RdfFormat.N_TRIPLES)
    assert text is not None
    return text


def given(folder: Path, pages: Path) -> Path:
    """A file with the ontology, the tree of methods, and pages as the converter writes them."""
    path, converted = folder / "all.nt", folder / "pages.nq"
    convert([pages], str(converted))
    with path.open("wb") as stream:
        for name in ("tflink.ttl", "methods.ttl"):
            stream.write(n_triples(pyoxigraph.parse(path=str(ontology_folder() / name))))
        stream.write(n_triples(pyoxigraph.parse(path=str(converted))))
    return path


@pytest.fixture(scope="module")
def seed(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Ontology, methods and the page of Q06945, into which mistakes are sown."""
    page = sample / "pages" / "q06945.md"
    return given(tmp_path_factory.mktemp("seed"), page).read_bytes()


def test_ontology_methods_and_sample_are_consistent(sample: Path, tmp_path: Path) -> None:
    assert unsatisfiable(given(tmp_path, sample / "pages")) == set()


def test_a_class_without_instances_is_found(seed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "class.nt"
    sown = "tfl:Both a owl:Class ; rdfs:subClassOf tfl:Gene , tfl:TargetProtein ."
    path.write_bytes(seed + lines(sown))
    assert unsatisfiable(path) == {f"<{PREFIXES['tfl']}Both>"}


EVIDENCE = "tfle:xpikidlzaonangf3ukd7cgi6t2"
MISTAKES = {
    "a protein that is an evidence, too": "uniprotkb:Q06945 a tfl:Evidence .",
    "text for a truth value": f'{EVIDENCE} tfl:smallScale "Yes" .',
    "a decimal for a count": f"{EVIDENCE} tfl:databaseCount 1.5 .",
    "an interaction as target": "tfli:Q06945_X tfl:target tfli:Q06945_Q08211 .",
    "the evidence of a page as paper": f"tfldb:GTRD tfl:databaseCitation {EVIDENCE} .",
    "a paper as method": f"{EVIDENCE} tfl:detectionMethod pubmed:27924024 .",
    "a gene as binding site": "ncbigene:6659 a obo:SO_0000235 .",
    "a taxon as gene": "uniprotkb:Q06945 tfl:encodedBy taxon:9606 .",
    "an upper method as database": f"{EVIDENCE} tfl:sourceDatabase obo:MI_0401 .",
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_the_data_is_found(mistake: str, seed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "mistake.nt"
    path.write_bytes(seed + lines(mistake))
    with pytest.raises(Inconsistent):
        unsatisfiable(path)


def test_what_resembles_a_mistake_is_none(seed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "right.nt"
    right = f"uniprotkb:Q06945 a tfl:TargetProtein . {EVIDENCE} tfl:smallScale false ."
    right += " tfli:Q06945_Q06945 tfl:target uniprotkb:Q06945 ; tfl:transcriptionFactor"
    path.write_bytes(seed + lines(f"{right} uniprotkb:Q06945 ."))
    assert unsatisfiable(path) == set()
