"""Which files TFLink has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rdfconv import vocabulary
from rdfconv.errors import UsageError
from rdfconv.fetching import files
from rdfconv.fetching.content import SHAPES
from rdfconv.fetching.files import ALL, KINDS, SERIES, published, select


def test_the_names_are_those_of_tflinks_table(data: Path) -> None:
    """All but GFF3, which has nothing that the table of binding sites has not."""
    told = json.loads((data / "site" / "download_files.json").read_text("utf-8"))
    expected = {
        (name, key): f"TFLink_{name}_{file}"
        for name, listed in told.items()
        for key, file in listed.items()
        if not key.endswith("binding_site_annotation")
    }
    found = {
        (organism.name.replace(" ", "_"), file.key): file.name
        for organism in vocabulary.organisms().values()
        for file in published(organism)
    }
    assert found == expected


def test_a_file_named_twice_compressed_is_saved_with_one_suffix() -> None:
    twice = [
        (file.organism.code, file.saved_as)
        for file in select([ALL], KINDS, None).files
        if file.saved_as != file.name
    ]
    assert twice == [
        ("Ce", "TFLink_Caenorhabditis_elegans_interactions_LS_mitab_v1.0.tsv.gz"),
        ("Dm", "TFLink_Drosophila_melanogaster_interactions_LS_mitab_v1.0.tsv.gz"),
    ]


@pytest.mark.parametrize("name", ["Homo sapiens", "Homo_sapiens", "homo sapiens", "9606", "hs"])
def test_an_organism_has_several_names(name: str) -> None:
    selection = select([name, "Hs"], ["gmt"], "small")
    assert [file.key for file in selection.files] == [
        "ss_interaction_gmt",
        "ss_interaction_gmt_ncbi",
        "ss_interaction_gmt_name",
    ]
    assert {file.organism.taxon for file in selection.files} == {"9606"}


def test_binding_sites_are_table_and_sequences() -> None:
    assert [file.shape for file in select(["Mm"], ["binding-sites"], ALL).files] == [
        "TFLink's table of binding sites",
        "FASTA of binding sites",
    ]


def test_what_an_organism_has_not_is_an_error_that_says_what_it_has() -> None:
    with pytest.raises(UsageError, match="no file of the kind binding-sites") as caught:
        select(["7955"], ["interactions", "binding-sites"], ALL)
    assert caught.value.hint == (
        "it has interactions (scale all, large), mitab (scale all, large), gmt (scale all, large)"
    )
    with pytest.raises(UsageError, match="interactions and scale small of Danio rerio"):
        select(["Dr"], ["interactions"], "small")
    with pytest.raises(UsageError, match="Danio rerio"):
        select([ALL, "Dr"], ["binding-sites"], ALL)
    with pytest.raises(UsageError, match="no organism 'Xx'") as caught:
        select(["Xx"], KINDS, None)
    assert "Rattus norvegicus (10116, Rn)" in caught.value.hint


def test_all_skips_what_is_not_there_and_says_so() -> None:
    selection = select([ALL], ["binding-sites"], "large")
    assert {file.organism.code for file in selection.files} == {"Ce", "Dm", "Hs", "Mm", "Rn"}
    assert len(selection.skipped) == 2
    assert selection.skipped[0].endswith("scale large of Danio rerio")


def test_the_terms_are_those_of_the_data_set() -> None:
    [cited] = {word for word in files.TERMS.split() if word.isdigit()}
    told = vocabulary.datasets()["tflink-1.0"]
    assert f"PMID {cited}" in told.citation
    assert "non-commercial use" in told.rights
    assert "non-commercial use" in files.TERMS


def test_every_series_has_a_known_shape() -> None:
    assert {series.shape for series in SERIES} == set(SHAPES)
