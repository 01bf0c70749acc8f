"""Puts the files for download together from their parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from pathlib import Path

from rdfconv.downloading import slices
from rdfconv.downloading.kinds import (
    BED_WORDS,
    EDGES,
    FALDO_WORDS,
    KINDS,
    NONE,
    Kind,
    Release,
    digest,
    part_name,
    title,
)
from rdfconv.downloading.parts import Part, compressed, joined
from rdfconv.downloading.sites import BED_HEAD
from rdfconv.downloads import BED, FALDO, FOLDER, GZIP, File
from rdfconv.exports import EXPORT_FORMATS
from rdfconv.exports.sheets import Context, Ids, Tally, plain
from rdfconv.filters import SMALL, Filter
from rdfconv.locations import TURTLE_HEAD
from rdfconv.vocabulary import datasets

LONGEST_NAME = 60
"""How many characters of an organism's name stand in the names of files."""
ALL = "all organisms"
NO_ORGANISM = "no known organism"
OTHERS = (
    "Files of RDF were added by whoever built this release; for what they say their terms hold."
)
"""What is said of terms of use if not all data come from the data set."""
_TRIPLES, _TURTLE, _PLACES = "application/n-triples", "text/turtle", "text/tab-separated-values"


class Files:
    """Makes the files of a data set from their parts.

    Args:
        release: the release.
        dataset: the data set's name.
        organisms: names by IRI.
        parts: the parts by name.
    """

    def __init__(
        self,
        release: Release,
        dataset: str,
        organisms: Mapping[str, str],
        parts: Mapping[str, Part],
    ) -> None:
        self._release = release
        self._dataset = dataset
        self._organisms = organisms
        self._parts = parts
        slugs = {iri: plain(name).replace("_", "-").lower() for iri, name in organisms.items()}
        counts = Counter(slugs.values())
        # A name that says too little, or too much, is told from others by its IRI.
        self._slugs = {
            iri: slug
            if counts[slug] == 1 and 0 < len(slug) <= LONGEST_NAME
            else f"{slug[:LONGEST_NAME]}-{digest(iri)}".lstrip("-")
            for iri, slug in slugs.items()
        }

    def all(self) -> Iterator[File]:
        """The files, those of all organisms first."""
        common = self._part(slices.COMMON, "nt")
        own = {iri: self._part(iri, "nt") for iri in self._organisms}
        yield self._triples("", [common, *own.values()])
        yield self._edges("", [self._table(iri, EDGES) for iri in self._organisms])
        for iri in self._organisms:
            yield self._triples(iri, [common, own[iri]])
            for kind in KINDS:
                yield from self._of_kind(iri, kind)
            yield from self._places(iri)
        yield from self._places(slices.COMMON)

    def _part(self, iri: str, what: str) -> Part:
        return self._parts[part_name(self._dataset, iri, what)]

    def _table(self, iri: str, kind: Kind) -> Part:
        return self._part(iri, kind.words)

    def _triples(self, iri: str, parts: Sequence[Part]) -> File:
        whole = joined(self._path(iri, "", ".nt.gz"), parts)
        words = f"Triples: {self._name(iri)}, with the ontology"
        return self._described(whole, iri, words, "nt", GZIP, _TRIPLES, "triples")

    def _edges(self, iri: str, parts: Sequence[Part]) -> File:
        return self._file(iri, EDGES, parts)

    def _of_kind(self, iri: str, kind: Kind) -> Iterator[File]:
        part = self._table(iri, kind)
        if part.lines:  # a file without anything in it only puzzles
            yield self._file(iri, kind, [part])

    def _file(self, iri: str, kind: Kind, parts: Sequence[Part]) -> File:
        head = self._head(kind)
        pieces: list[bytes | Part] = [compressed(head.encode())] if head else []
        pieces += parts
        whole = joined(self._path(iri, kind.words, kind.suffix), pieces)
        content_type = EXPORT_FORMATS[kind.format].media_type
        return self._described(
            whole,
            iri,
            title(kind, self._name(iri)),
            kind.format,
            GZIP if kind.is_compressed else content_type,
            content_type,
            kind.counted,
            ids=kind.ids or "",
            scale=SMALL if kind.small else "",
        )

    def _places(self, iri: str) -> Iterator[File]:
        """The files of binding sites, if there are any of the organism."""
        start = part_name(self._dataset, iri, "")
        name = self._name(iri) if iri else NO_ORGANISM
        for part_of in sorted(self._parts):
            what = part_of.removeprefix(start)
            part = self._parts[part_of]
            if what == part_of or not part.lines:
                continue
            if what == FALDO_WORDS:
                head = compressed(TURTLE_HEAD.encode())
                whole = joined(self._path(iri, FALDO_WORDS, ".ttl.gz"), [head, part])
                words = f"Places of binding sites in FALDO: {name}"
                yield self._described(whole, iri, words, FALDO, GZIP, _TURTLE, "sites")
            elif what.endswith(BED_WORDS):
                assembly = what.removesuffix(BED_WORDS).rstrip("_")
                words = f"Binding sites: {name}, assembly {assembly}"
                head = compressed(self._bed_head(words).encode())
                whole = joined(self._path(iri, what, ".bed.gz"), [head, part])
                yield self._described(whole, iri, words, BED, GZIP, _PLACES, "sites")

    def _bed_head(self, words: str) -> str:
        known = datasets().get(self._dataset)
        return BED_HEAD.format(
            title=words,
            dataset=known.title if known else self._dataset,
            terms=self._terms() or "not known",
        )

    def _terms(self) -> str:
        known = datasets().get(self._dataset)
        terms = known.rights if known else ""
        return terms if self._release.recorded is not None else f"{terms} {OTHERS}".strip()

    def _head(self, kind: Kind) -> str:
        make = EXPORT_FORMATS[kind.format].sheet
        assert make is not None
        context = Context(Filter(), kind.ids or Ids.SYMBOL, str, lambda: (), Tally())
        return make(context).head()

    def _path(self, iri: str, words: str, suffix: str) -> Path:
        slug = self._slugs[iri] if iri else "all"
        if not iri and words.endswith((FALDO_WORDS, BED_WORDS)):
            slug = plain(NO_ORGANISM).replace("_", "-")
        stem = "_".join(filter(None, (self._dataset, slug, words)))
        return self._release.folder / FOLDER / f"{stem}{suffix}"

    def _name(self, iri: str) -> str:
        return self._organisms[iri] if iri else ALL

    def _described(
        self,
        whole: Part,
        iri: str,
        words: str,
        format: str,
        media_type: str,
        content_type: str,
        counted: str,
        *,
        ids: str = "",
        scale: str = "",
    ) -> File:
        known = datasets().get(self._dataset)
        return File(
            id=whole.path.name,
            file=whole.path.name,
            title=words,
            format=format,
            media_type=media_type,
            content_type=content_type,
            bytes=whole.bytes,
            sha256=whole.sha256,
            count=whole.lines,
            counted=counted,
            organism=self._name(iri) if iri else "",
            taxon=iri if iri != NONE else "",
            ids=ids,
            scale=scale,
            dataset=self._dataset,
            terms=self._terms(),
            date=f"{self._release.made.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            dataset_title=known.title if known else self._dataset,
            citation=known.citation if known else "",
        )
