"""Builds a release of TFLink's pages, writes every page back, and compares it with the original.

``make roundtrip PAGES=ARCHIVE`` (a folder or archive of pages) prints how many are the same:
``values`` counts pages with the same parsed YAML values and the same body text, line ends aside;
``bytes`` those that are the same to the last byte.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

import rdfconv
from rdfconv.pages import PageWriter
from rdfconv.readers import Inputs, PageBlock, read_blocks
from rdfconv.release import Release, open_release


@dataclass
class Comparison:
    """How many pages are the same, and the names of those that are not."""

    pages: int = 0
    values: int = 0
    bytes: int = 0
    differing: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.values:,} of {self.pages:,} pages have the same values and body, "
            f"{self.bytes:,} the same bytes"
        )


def originals(path: Path) -> Iterator[tuple[str, bytes]]:
    """The names and contents of all pages of a folder or archive."""
    for block in read_blocks(Inputs([path], "page", lambda problem: None)):
        assert isinstance(block, PageBlock)
        yield from block.pages


def compare(release: Release, pages: Iterable[tuple[str, bytes]]) -> Comparison:
    """Writes each page back from the release and compares it with the original."""
    writer = PageWriter(release)
    result = Comparison()
    for name, content in pages:
        values, body = parsed(content)
        written = writer.page(str(values["uniprot_accession"])).encode()
        result.pages += 1
        result.bytes += written == content
        if written == content or parsed(written) == (values, body):
            result.values += 1
        else:
            result.differing.append(name)
    return result


def parsed(content: bytes) -> tuple[dict[str, object], str]:
    """The values of the front matter, and the body without line ends.

    Not our reader but PyYAML's own, so that a fault of the reader cannot hide.
    """
    front, _, body = content.decode().replace("\r\n", "\n")[4:].partition("\n---\n")
    values = yaml.load(front, Loader=yaml.CSafeLoader)
    return values, body.replace("\r", "").replace("\n", "")


def main() -> int:
    """Runs the comparison; the exit code says whether all pages are the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--release", type=Path, help="a release built from them before")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.release:
            release = open_release(arguments.release)
        else:
            release, _ = rdfconv.build([arguments.pages], folder, jobs=arguments.jobs)
        result = compare(release, originals(arguments.pages))
    sys.stdout.write(f"{result}\n")
    for name in result.differing[:20]:
        sys.stdout.write(f"  differs: {name}\n")
    return 0 if result.values == result.pages else 1


if __name__ == "__main__":
    sys.exit(main())
