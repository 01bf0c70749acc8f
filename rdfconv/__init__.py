"""TFLink's transcription factor - target gene interactions as linked data.

>>> import rdfconv
>>> [page] = rdfconv.read("tests/data/sample/pages/q06945.md")
>>> page.protein.name, len(page.transcription_factors), len(page.targets)
('SOX4', 51, 100)
"""

from importlib.metadata import version

from rdfconv.build import build, convert, to_graph
from rdfconv.errors import RdfconvError
from rdfconv.readers import read

__all__ = ["RdfconvError", "__version__", "build", "convert", "read", "to_graph"]

__version__ = version("rdfconv")
