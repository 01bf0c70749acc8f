"""The picture of the model: up to date, complete, legible, and harmless."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from rdfconv.drawing import CHARACTER
from rdfconv.errors import OntologyError
from rdfconv.mapping import MappingFile
from rdfconv.model_boxes import DOCUMENTS, Model, curie, read_model
from rdfconv.model_picture import draw, main
from rdfconv.serialize import RDF_TYPE, Term
from rdfconv.vocabulary import ontology_folder
from tests.conftest import ROOT

SVG = "{http://www.w3.org/2000/svg}"
PICTURE = ROOT / "server" / "static" / "model.svg"


@pytest.fixture(scope="module")
def model() -> Model:
    return read_model(MappingFile.load(), ontology_folder() / "tflink.ttl")


@pytest.fixture(scope="module")
def picture(model: Model) -> ElementTree.Element:
    return ElementTree.fromstring(draw(model))


def test_the_picture_is_that_of_the_mapping(tmp_path: Path) -> None:
    again = tmp_path / "model.svg"
    main(str(again))
    assert again.read_bytes() == PICTURE.read_bytes(), "run 'make picture'"


def test_every_property_and_class_of_the_mapping_is_shown(picture: ElementTree.Element) -> None:
    shown = "\n".join(text.text or "" for text in picture.iter(f"{SVG}text"))
    words = set(re.split(r"[\s]+", shown))
    for record in MappingFile.load().records.values():
        for block in record.blocks:
            for predicate, values in block.pairs:
                literals = all(not isinstance(v, Term) and v.datatype for v in values)
                if predicate == RDF_TYPE:
                    names = {t.value for v in values if isinstance(v, Term) for t in [v]}
                    assert {curie(name) for name in names} <= words
                elif not (literals and record.name in DOCUMENTS):
                    assert curie(predicate) in words, (record.name, predicate)


def test_the_numbers_of_properties_add_up(model: Model) -> None:
    records = MappingFile.load().records
    for name in DOCUMENTS:
        number = sum(
            not isinstance(value, Term) and bool(value.datatype)
            for block in records[name].blocks
            for _, values in block.pairs
            for value in values
        )
        assert model.boxes[name].literals == [(f"{number} literal properties", "")]


def test_it_has_words_for_who_does_not_see_it(picture: ElementTree.Element) -> None:
    assert picture.get("role") == "img"
    ids = (picture.get("aria-labelledby") or "").split()
    told = {node.get("id"): node.text or "" for node in picture if node.get("id")}
    assert [bool(told[name]) for name in ids] == [True, True]
    assert "up:Protein tfl:regulates up:Protein, directly." in told["desc"]
    assert "tfl:Evidence tfl:sourceDatabase 0..n tfl:SourceDatabase." in told["desc"]
    assert "obo:SO_0000235 (TF_binding_site) tfl:boundBy up:Protein." in told["desc"]
    replaced = "up:Protein orth:hasOrtholog 0..n and dcterms:isReplacedBy 0..n up:Protein."
    assert replaced in told["desc"]


def test_it_holds_nothing_that_a_content_policy_stops(picture: ElementTree.Element) -> None:
    for node in picture.iter():
        assert node.tag.removeprefix(SVG) not in {"style", "script", "foreignObject", "image"}
        for name, value in node.attrib.items():
            assert name != "style"
            assert not name.startswith("on")
            assert "href" not in name
            assert "url(" not in value or value.startswith("url(#")


class _Area(NamedTuple):
    what: str
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: _Area) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def holds(self, other: _Area) -> bool:
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )


def _texts(picture: ElementTree.Element) -> list[_Area]:
    areas = []
    for node in picture.iter(f"{SVG}text"):
        content = node.text or ""
        width = len(content) * CHARACTER
        x, y = float(node.get("x", "")), float(node.get("y", ""))
        left = (
            x - {"start": 0.0, "middle": width / 2, "end": width}[node.get("text-anchor", "start")]
        )
        areas.append(_Area(content, left, y - 9.0, left + width, y + 2.0))
    return areas


def _boxes(picture: ElementTree.Element) -> list[_Area]:
    """The boxes of the record types, without their heads, and without the ground."""
    areas = []
    for node in picture.iter(f"{SVG}rect"):
        if node.get("fill") == "#f7f9fb":
            x, y = float(node.get("x", "")), float(node.get("y", ""))
            right, bottom = x + float(node.get("width", "")), y + float(node.get("height", ""))
            areas.append(_Area("box", x, y, right, bottom))
    return areas


def test_nothing_lies_on_anything_else(picture: ElementTree.Element) -> None:
    texts, boxes = _texts(picture), _boxes(picture)
    width, height = map(float, (picture.get("viewBox") or "").split()[2:])
    ground = _Area("ground", 0.0, 0.0, width, height)
    assert len(boxes) == len(MappingFile.load().records) + 1
    for one, other in combinations(texts, 2):
        assert not one.overlaps(other), (one, other)
    for one, other in combinations(boxes, 2):
        assert not one.overlaps(other), (one, other)
    for text in texts:
        assert ground.holds(text), text
        for box in boxes:
            assert box.holds(text) or not box.overlaps(text), (text, box)


def test_no_line_passes_through_a_box(picture: ElementTree.Element) -> None:
    boxes = _boxes(picture)
    lines = list(picture.iter(f"{SVG}polyline"))
    assert len(lines) > 20
    for line in lines:
        points = [tuple(map(float, pair.split(","))) for pair in line.get("points", "").split()]
        for (x1, y1), (x2, y2) in pairwise(points):
            assert x1 == x2 or y1 == y2, f"{points} is not at right angles"
            left, right = sorted((x1, x2))
            top, bottom = sorted((y1, y2))
            # Half a pixel less: a line may end at a box's edge.
            segment = _Area("line", left + 0.5, top + 0.5, right - 0.5, bottom - 0.5)
            widened = segment._replace(
                right=max(segment.right, segment.left), bottom=max(segment.bottom, segment.top)
            )
            for box in boxes:
                inner = _Area("", box.left + 1, box.top + 1, box.right - 1, box.bottom - 1)
                assert not widened.overlaps(inner), (points, box)


def _segments(picture: ElementTree.Element) -> list[_Area]:
    """The straight parts of the lines, half a pixel wide."""
    segments = []
    for line in picture.iter(f"{SVG}polyline"):
        content = line.get("points", "")
        points = [tuple(map(float, pair.split(","))) for pair in content.split()]
        for (x1, y1), (x2, y2) in pairwise(points):
            left, right = sorted((x1, x2))
            top, bottom = sorted((y1, y2))
            if (x1, y1) != (x2, y2):
                segments.append(
                    _Area(content, left - 0.25, top - 0.25, right + 0.25, bottom + 0.25)
                )
    return segments


def test_no_line_passes_through_a_text_or_another_line(picture: ElementTree.Element) -> None:
    segments = _segments(picture)
    for segment in segments:
        for text in _texts(picture):
            assert not segment.overlaps(text), (segment, text)
    for one, other in combinations(segments, 2):
        crossing = (
            max(one.left, other.left),
            max(one.top, other.top),
            min(one.right, other.right),
            min(one.bottom, other.bottom),
        )
        # Lines that meet at an end of one of them branch or join.
        ends = {tuple(map(float, p.split(","))) for s in (one, other) for p in s.what.split()}
        assert not one.overlaps(other) or any(
            crossing[0] <= x <= crossing[2] and crossing[1] <= y <= crossing[3] for x, y in ends
        ), (one, other)


def test_values_of_the_ontology_are_named(model: Model) -> None:
    status = ["tfl:mergedAccession", "or tfl:deletedAccession"]
    assert model.boxes["Protein"].outside["tfl:accessionStatus 0..1"] == status
    mode = ["tfl:activation", "or tfl:repression"]
    assert model.boxes["Evidence"].outside["tfl:modeOfRegulation 0..n"] == mode


def test_a_record_type_without_a_place_is_refused() -> None:
    mapping = MappingFile.load()
    records = dict(mapping.records)
    records["Surprise"] = replace(records["Gene"], name="Surprise")
    with pytest.raises(OntologyError, match="Surprise"):
        read_model(MappingFile(records, mapping.variables), ontology_folder() / "tflink.ttl")


def test_an_arrow_without_a_way_is_refused(model: Model) -> None:
    links = {**model.links, ("Taxon", "Dataset"): ["tfl:surprise"]}
    with pytest.raises(OntologyError, match="Taxon"):
        draw(replace(model, links=links))
