"""The page types of the site, each with an example of the sample release."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageType:
    """A kind of page.

    Attributes:
        name: names it in tests and in the files of the screenshots.
        path: the address of an example.
        shows: what its main part must say, with and without JavaScript.
        status: the status of the answer.
        pictures: the pictures that the documentation has of it, see `tests.browser.screenshots`.
    """

    name: str
    path: str
    shows: str
    status: int = 200
    pictures: tuple[str, ...] = ()


BOTH = ("light", "dark")


PAGES = (
    PageType("start", "/", "Where to begin", pictures=BOTH),
    PageType("protein", "/protein/Q06945", "SOX4", pictures=(*BOTH, "narrow")),
    PageType("sparql", "/sparql", "Example queries", pictures=BOTH),
    PageType("ontology", "/ontology", "The model in a picture", pictures=("light",)),
    PageType("not-found", "/protein/A0A000AAA0", "HTTP status 404", status=404),
)
