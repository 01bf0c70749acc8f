"""TFLink's transcription factor - target gene interactions as linked data.

>>> import rdfconv
>>> [page] = rdfconv.read("tests/data/sample/pages/q06945.md")
>>> page.protein.name, len(page.transcription_factors), len(page.targets)
('SOX4', 51, 100)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rdfconv.building import build, convert, to_graph
    from rdfconv.errors import RdfconvError
    from rdfconv.readers import read

    __version__: str

__all__ = ["RdfconvError", "__version__", "build", "convert", "read", "to_graph"]

_HOMES = {
    "RdfconvError": "rdfconv.errors",
    "build": "rdfconv.building",
    "convert": "rdfconv.building",
    "read": "rdfconv.readers",
    "to_graph": "rdfconv.building",
}


def __getattr__(name: str) -> Any:
    """Imports what is asked for, and no more (PEP 562): a query worker, which is started again and
    again, needs none of it."""
    if name == "__version__":
        value: Any = import_module("importlib.metadata").version("rdfconv")
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *__all__]
