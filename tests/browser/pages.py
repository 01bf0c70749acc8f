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
        begins: a CSS selector of what its pictures begin with; the top of the page without it.
    """

    name: str
    path: str
    shows: str
    status: int = 200
    pictures: tuple[str, ...] = ()
    begins: str = ""


BOTH = ("light", "dark")


PAGES = (
    PageType("start", "/", "Where to begin", pictures=BOTH),
    PageType("protein", "/protein/Q06945", "SOX4", pictures=(*BOTH, "narrow")),
    PageType(
        "interaction",
        "/interaction/P11308_Q06945",
        "regulates the expression of SOX4",
        pictures=(*BOTH, "narrow"),
    ),
    PageType("evidence", "/evidence/q36utc5n7dnbl47n2bpr3wgm4a", "inferred by curator"),
    PageType("database", "/database/GTRD", "GTRD"),
    PageType("gene", "/gene/6659", "SOX4"),
    PageType("paper", "/paper/29087512", "29087512"),
    PageType("organism", "/organism/9606", "Homo sapiens"),
    PageType("method", "/method/MI_0402", "chromatin immunoprecipitation assay"),
    PageType("dataset", "/dataset/tflink-1.0", "tflink-1.0"),
    PageType("page", "/page/Q06945", "SOX4"),
    PageType("bindingsite", "/bindingsite/TFLinkSS09281087", "AAGTCACGATATTC"),
    PageType("chromosome", "/assembly/hg38/chr14", "NC_000014.9"),
    PageType("assembly", "/assembly/hg38", "chr14"),
    PageType(
        "interactions",
        "/interactions?organism=9606&scale=small",
        "small-scale",
        pictures=("light",),
    ),
    PageType("graph", "/graph/pages", "protein pages as documents"),
    PageType("network", "/network?protein=Q06945", "SOX4", pictures=BOTH, begins="#picture-title"),
    PageType("downloads", "/downloads", "SHA-256", pictures=("light",)),
    PageType("search", "/search?q=sox", "SOX4", pictures=("light",)),
    PageType("sparql", "/sparql", "Example queries", pictures=BOTH),
    PageType("api", "/api", "Regulatory interactions"),
    PageType("ontology", "/ontology", "The model in a picture", pictures=("light",)),
    PageType("not-found", "/protein/A0A000AAA0", "HTTP status 404", status=404),
)
