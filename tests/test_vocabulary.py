"""The term tables: complete, sorted, and true to PSI-MI and to the counted vocabularies."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from rdfconv import vocabulary
from rdfconv.errors import OntologyError
from rdfconv.identifiers import DATASET_NAME, PUBMED_ID, local_name
from rdfconv.readers import DATASET, KINDS

TABLES: Mapping[str, tuple[Callable[[], Mapping[str, object]], int]] = {
    "organisms.tsv": (vocabulary.organisms, 7),
    "databases.tsv": (vocabulary.databases, 17),
    "methods.tsv": (vocabulary.methods, 52),
    "datasets.tsv": (vocabulary.datasets, 2),
}
CORRUPT_METHOD = "surface plasmon reso-ce"


@pytest.fixture(scope="module")
def vocab() -> Path:
    """The folder of the counted vocabularies and of PSI-MI."""
    folder = os.environ.get("RDFCONV_TEST_DATA")
    if not folder:
        pytest.skip("RDFCONV_TEST_DATA is not set")
    return Path(folder) / "data" / "vocab"


@pytest.fixture(scope="module")
def psi_mi(vocab: Path) -> dict[str, set[str]]:
    """The names and synonyms, in lower case, of each PSI-MI term that is not obsolete."""
    terms = {}
    for stanza in (vocab / "psi-mi.obo").read_text(encoding="utf-8").split("\n\n"):
        identifier = re.search(r"^id: (MI:\d{4})$", stanza, re.MULTILINE)
        if stanza.startswith("[Term]") and identifier and "\nis_obsolete: true" not in stanza:
            names = re.findall(r"^name: (.*)$", stanza, re.MULTILINE)
            names += re.findall(r'^synonym: "((?:[^"\\]|\\.)*)"', stanza, re.MULTILINE)
            terms[identifier[1].replace(":", "_")] = {name.lower() for name in names}
    return terms


def tsv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize("name", TABLES)
def test_a_table_loads_sorted_and_without_repeats(name: str) -> None:
    load, count = TABLES[name]
    names = list(load())
    assert len(names) == count
    assert names == sorted(names)
    text = (vocabulary.ontology_folder() / name).read_bytes().decode("utf-8")
    assert "\r" not in text
    assert text.endswith("\n")
    lines = text.splitlines()
    assert len(lines) == count + 1
    assert all(cell == cell.strip() for line in lines for cell in line.split("\t"))


def test_organisms() -> None:
    organisms = vocabulary.organisms()
    assert "".join(sorted(o.code for o in organisms.values())) == "CeDmDrHsMmRnSc"
    assert len({o.taxon for o in organisms.values()}) == 7
    assert organisms["Homo sapiens"] == vocabulary.Organism("Homo sapiens", "9606", "Hs")
    assert organisms["Saccharomyces cerevisiae"].taxon == "4932"
    for name, organism in organisms.items():
        genus, species = name.split()
        assert organism.code == genus[0] + species[0]


def test_a_method_is_a_psi_mi_term_or_a_concept_with_broader_terms() -> None:
    for method in vocabulary.methods().values():
        assert bool(method.term) != bool(method.local), method
        assert bool(method.local) == bool(method.broader), method
        assert local_name(method.local) == method.local
        for term in (method.term, *method.broader):
            assert not term or re.fullmatch(r"MI_\d{4}", term), method
    terms = [m.term or m.local for m in vocabulary.methods().values()]
    assert len(set(terms)) == len(terms)
    assert CORRUPT_METHOD not in vocabulary.methods()


def test_each_method_has_the_name_or_a_synonym_of_its_term(psi_mi: dict[str, set[str]]) -> None:
    for method in vocabulary.methods().values():
        assert all(term in psi_mi for term in method.broader), method
        if method.term:
            assert method.name.lower() in psi_mi[method.term], method


def test_methods_are_the_counted_ones(vocab: Path) -> None:
    counted = {
        row["detection_method"]: set(row["psi_mi"].replace(":", "_").split(";"))
        for row in tsv(vocab / "vocab_detection_method.tsv")
    }
    del counted[CORRUPT_METHOD]
    methods = vocabulary.methods().values()
    assert {m.name: {m.term} - {""} | set(m.broader) for m in methods} == counted


def test_assemblies() -> None:
    """Those of TFLink's sites, one an organism; no two chromosomes have one RefSeq accession."""
    known = vocabulary.assemblies()
    assert list(known) == ["hg38", "mm10", "rn6", "dm6", "ce10", "saccer1"]
    species = [one.organism for one in known.values()]
    assert len(set(species)) == len(species)
    assert set(species) < set(vocabulary.organisms())
    told = [refseq for one in known.values() for refseq in one.chromosomes.values()]
    assert all(re.fullmatch(r"N[CT]_\d{6}\.\d+", refseq) for refseq in told)
    assert len(set(told)) == len(told) == 74
    assert known["hg38"].chromosomes["chr14"] == "NC_000014.9"


def test_citations_are_the_counted_ones(vocab: Path) -> None:
    counted = {
        row["source_database"]: row["database_publication_pmid"].replace("-", "")
        for row in tsv(vocab / "vocab_source_database.tsv")
    }
    assert {d.name: d.citation for d in vocabulary.databases().values()} == counted


def test_citations_and_homepages_belong_to_one_name() -> None:
    databases = vocabulary.databases().values()
    citations = [d.citation for d in databases if d.citation]
    assert all(PUBMED_ID.fullmatch(citation) for citation in citations)
    assert len(set(citations)) == len(citations) == 16
    homepages = [d.homepage for d in databases if d.homepage]
    told = [d.homepage for d in vocabulary.datasets().values()]
    assert all(re.fullmatch(r'https?://[^\s<>"{}|\\^`]+', one) for one in (*homepages, *told))
    assert len(set(homepages)) == len(homepages)
    assert len(set(told)) == len(told)
    # TRRUST is a source of TFLink and a data set of its own.
    assert set(told) & set(homepages) == {vocabulary.databases()["TRRUST"].homepage}


def test_the_data_sets() -> None:
    dataset, other = vocabulary.datasets().values()
    assert DATASET_NAME.fullmatch(dataset.name)
    assert (dataset.name, dataset.title) == ("tflink-1.0", "TFLink 1.0")
    assert dataset.homepage == "https://tflink.net/"
    assert "non-commercial" in dataset.rights
    assert "10.1093/database/baac083" in dataset.citation
    assert "36124642" in dataset.citation
    assert (other.name, other.homepage) == ("trrust-2", "https://www.grnpedia.org/trrust/")
    assert other.rights.startswith("CC BY-SA 4.0 (https://creativecommons.org/licenses/by-sa/4.0/)")
    assert "29087512" in other.citation
    assert {dataset.name, other.name} == {DATASET, *(k.dataset for k in KINDS.values())} - {""}


GOOD = "name\ttaxon\tcode\nHomo sapiens\t9606\tHs\n"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (GOOD + "Mus musculus\t10090\n", ":3: "),
        (GOOD + "Mus musculus\t10090\tMm\tmore\n", ":3: "),
        (GOOD.replace("code", "kode"), ":2: "),
        (GOOD.splitlines()[0], ": is empty"),
        ("", ": is empty"),
    ],
    ids=["short row", "long row", "wrong header", "no rows", "empty"],
)
def test_a_broken_table_is_refused_with_its_place(
    text: str, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "organisms.tsv"
    table.write_text(text, encoding="utf-8")
    monkeypatch.setattr(vocabulary, "ontology_folder", lambda: tmp_path)
    with pytest.raises(OntologyError) as caught:
        vocabulary.organisms.__wrapped__()
    assert f"{table}{place}" in str(caught.value)


def test_a_table_that_is_not_there_or_not_utf8_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabulary, "ontology_folder", lambda: tmp_path)
    with pytest.raises(OntologyError, match=r"methods\.tsv: cannot be read"):
        vocabulary.methods.__wrapped__()
    (tmp_path / "databases.tsv").write_bytes(b"name\tcitation\thomepage\nK\xf6ln\t\t\n")
    with pytest.raises(OntologyError, match=r"databases\.tsv: cannot be read"):
        vocabulary.databases.__wrapped__()
