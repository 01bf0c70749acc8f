"""The tree of detection methods: true to PSI-MI, without cycles, one label whatever is used."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pyoxigraph
import pytest
from rdflib import RDF, RDFS, SKOS, Graph, Literal, Namespace, URIRef

from rdfconv import method_tree
from rdfconv.errors import OntologyError
from rdfconv.identifiers import BASE, TERM
from rdfconv.mapping_values import UNSPECIFIED_METHOD
from rdfconv.vocabulary import PREFIXES, methods, ontology_folder

TFL = Namespace(TERM)
OBO = Namespace(PREFIXES["obo"])
ROOTS = {"MI_0001", "MI_0002", "MI_0003"}
"""The kinds of detection method: of interactions, of participants, of features."""
HEADER = "format-version: 1.2\ndate: 15:04:2021 22:57\nremark: CVversion: 2.5.5\n"


@cache
def tree() -> Graph:
    return Graph().parse(ontology_folder() / "methods.ttl")


def local(node: object) -> str:
    return str(node).removeprefix(PREFIXES["obo"])


@cache
def parents() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {
        local(term): set() for term in tree().subjects(RDF.type, TFL.DetectionMethod)
    }
    for term, parent in tree().subject_objects(TFL.broaderMethod):
        found[local(term)].add(local(parent))
    return found


def above(name: str, below: tuple[str, ...] = ()) -> set[str]:
    """A method and all methods above it; fails if it stands above itself."""
    assert name not in below, f"{name} stands above itself: {below}"
    return {name}.union(*(above(parent, (*below, name)) for parent in parents()[name]))


def obo(*terms: str) -> method_tree.PsiMi:
    return method_tree.read_psi_mi(HEADER + "".join(f"\n[Term]\n{term}\n" for term in terms))


def test_the_file_is_what_psi_mi_and_the_table_give(
    data: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert method_tree.main([str(data / "vocab" / "psi-mi.obo")]) == 0
    assert capfdbinary.readouterr() == ((ontology_folder() / "methods.ttl").read_bytes(), b"")


def test_pyoxigraph_and_rdflib_read_the_same() -> None:
    path = str(ontology_folder() / "methods.ttl")
    parsed = pyoxigraph.parse(path=path, format=pyoxigraph.RdfFormat.TURTLE)
    lines = pyoxigraph.serialize(parsed, format=pyoxigraph.RdfFormat.N_TRIPLES)
    assert set(Graph().parse(data=lines, format="nt")) == set(tree())
    assert len(tree()) > 250


def test_every_term_named_in_the_table_is_in_the_tree() -> None:
    named = {term for method in methods().values() for term in (method.term, *method.broader)}
    assert (named | {UNSPECIFIED_METHOD}) - {""} <= parents().keys(), "run: make methods"
    reached = set().union(*map(above, method_tree.wanted_terms()))
    assert reached == parents().keys(), "a method that no other leads to"


def test_the_tree_has_no_cycle_and_every_method_reaches_a_root() -> None:
    assert {name for name, direct in parents().items() if not direct} == ROOTS
    assert method_tree.ROOT not in parents()
    for method in methods().values():
        for term in (method.term,) if method.term else method.broader:
            assert above(term) & ROOTS, method
    assert {"MI_0019", "MI_0004", "MI_0400", "MI_0401", "MI_0045", "MI_0001"} < above("MI_0402")


def test_parents_are_direct_ones() -> None:
    for name, direct in parents().items():
        for parent in direct:
            others = direct - {parent}
            assert not any(parent in above(other) for other in others), (name, parent)


def test_every_method_has_one_label_the_one_that_a_build_writes() -> None:
    names = {method.term: method.name for method in methods().values()}
    for term in tree().subjects(RDF.type, TFL.DetectionMethod):
        (label,) = tree().objects(term, RDFS.label)
        assert isinstance(label, Literal)
        assert label.language is None
        assert label.datatype is None or local(label.datatype).endswith("#string")
        assert names.get(local(term), str(label)) == str(label)
        others = list(tree().objects(term, SKOS.altLabel))
        assert label not in others
        assert (term, RDFS.isDefinedBy, URIRef(method_tree.PSI_MI)) in tree()
    assert (OBO.MI_0047, RDFS.label, Literal("affinity blotting")) in tree()
    assert (OBO.MI_0047, SKOS.altLabel, Literal("far western blotting")) in tree()


def test_it_says_whose_it_is_and_under_which_terms() -> None:
    text = (ontology_folder() / "methods.ttl").read_text(encoding="utf-8")
    assert "CC BY 4.0" in text.split("@prefix")[0]
    licence = URIRef("https://creativecommons.org/licenses/by/4.0/")
    source = URIRef(method_tree.PSI_MI)
    assert (source, URIRef(PREFIXES["dcterms"] + "license"), licence) in tree()


def test_it_adds_nothing_to_nodes_of_ours() -> None:
    assert not [s for s in tree().subjects() if str(s).startswith(BASE)]


def test_psi_mi_is_read_term_by_term() -> None:
    psi_mi = obo(
        'id: MI:0002\nname: a\\, b\nis_a: MI:0001 ! upper\nis_a: MI:0000 {x="y"} ! root',
        "id: MI:0001\nname: upper\nis_a: MI:0000 ! root",
        "id: MI:0003\nname: gone\nis_obsolete: true",
    )
    assert psi_mi.terms["MI_0002"] == ("a, b", ("MI_0000", "MI_0001"), False)
    assert psi_mi.terms["MI_0003"].obsolete
    assert method_tree.tree(psi_mi, ["MI_0002"]) == {
        "MI_0001": ("upper", (), False),
        "MI_0002": ("a, b", ("MI_0001",), False),
    }


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: obo("id: MI:0002\nname: a\nis_obsolete: true"), "MI_0002 is obsolete"),
        (lambda: obo("id: MI:0002\nname: a\nis_a: MI:0009"), r"MI_0009 is unknown \(MI_0002\)"),
        (lambda: obo("id: MI:0001\nname: a"), "MI_0002 is unknown .named in methods.tsv"),
        (
            lambda: obo(
                "id: MI:0002\nname: a\nis_a: MI:0003", "id: MI:0003\nname: b\nis_a: MI:0002"
            ),
            "MI_0002 stands above itself: MI_0002 MI_0003",
        ),
        (lambda: method_tree.read_psi_mi("[Term]\nid: MI:0002\nname: a\n"), "not PSI-MI"),
    ],
    ids=["obsolete", "unknown parent", "unknown", "cycle", "no header"],
)
def test_what_is_no_tree_is_refused(make: Callable[[], method_tree.PsiMi], message: str) -> None:
    with pytest.raises(OntologyError, match=message):
        method_tree.tree(make(), ["MI_0002"])


def test_the_script_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert method_tree.main([]) == 2
    assert "usage: " in capsys.readouterr().err
    assert method_tree.main([str(tmp_path / "absent.obo")]) == 1
    (tmp_path / "other.obo").write_text("format-version: 1.2\n")
    assert method_tree.main([str(tmp_path / "other.obo")]) == 1
    out, err = capsys.readouterr()
    assert not out
    assert "absent.obo" in err
    assert "not PSI-MI" in err
