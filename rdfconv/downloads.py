"""The files that a release offers for download, and the manifest that lists them.

A build writes them (`rdfconv.downloading`). They lie in the release's folder `FOLDER`, and the
manifest beside it tells what each one is, how large, with which checksum, under which terms.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import MISSING, asdict, dataclass, fields
from pathlib import Path

from rdfconv.errors import ReleaseError
from rdfconv.filters import name_of_iri

FOLDER = "downloads"
MANIFEST = "downloads.json"
"""The names of the folder and of the manifest in a release's folder."""
GZIP = "application/gzip"
FALDO, BED = "faldo", "bed"
"""The names of the formats of binding sites."""
LABELS = {FALDO: "Turtle (FALDO)", BED: "BED"}
"""What people call formats that are made for download alone."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to download.

    Attributes:
        id: what it is asked for by.
        file: its name; the same as the id, so that what saves it by its address names it well.
        title: what is in it.
        format: the format's name, without compression.
        media_type: what it is served as.
        content_type: the media type of what is in it, compression aside.
        bytes: its size.
        sha256: its checksum, as hex.
        count: how many triples, edges, gene sets or pairs it has.
        counted: what is counted.
        organism: the organism's name; "" for all.
        taxon: the IRI of the organism; "" for all.
        ids: what stands for proteins in gene sets and networks.
        scale: ``small`` if only small-scale evidence is in it.
        dataset: the data set that reports what is in it.
        terms: its terms of use.
        date: when it was made, as ISO 8601 writes it.
        dataset_title: what people call the data set; "" in releases made before this was told.
        citation: how the data set is to be cited; "" if that is not known.
    """

    id: str
    file: str
    title: str
    format: str
    media_type: str
    content_type: str
    bytes: int
    sha256: str
    count: int
    counted: str
    organism: str
    taxon: str
    ids: str
    scale: str
    dataset: str
    terms: str
    date: str
    dataset_title: str = ""
    citation: str = ""

    @property
    def is_compressed(self) -> bool:
        """Whether it is compressed with gzip."""
        return self.media_type == GZIP

    @property
    def is_all_triples(self) -> bool:
        """Whether it has all triples of its data set."""
        return self.format == "nt" and not self.organism

    @property
    def taxon_id(self) -> str:
        """What filters call the organism."""
        return name_of_iri(self.taxon)


def write_manifest(folder: Path, files: Iterable[File]) -> None:
    """Writes the manifest into a release's folder."""
    text = json.dumps({"files": [asdict(one) for one in files]}, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", "utf-8", newline="\n")


def read_manifest(folder: Path) -> list[File] | None:
    """The files that a release offers; None if it was built without any.

    Raises:
        ReleaseError: the manifest cannot be read.
    """
    path = folder / MANIFEST
    try:
        listed = json.loads(path.read_text("utf-8"))["files"]
        return [
            File(
                **{
                    field.name: one[field.name]
                    if field.default is MISSING
                    else one.get(field.name, "")
                    for field in fields(File)
                }
            )
            for one in listed
        ]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReleaseError(f"{path} cannot be read: {error}", hint="build it again") from error
