"""How the documentation is built: ``make docs``."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import rdfconv  # noqa: E402 (the path comes first)

project = "rdfconv"
author = "rdfconv contributors"
project_copyright = author
version = release = rdfconv.__version__
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "docs._ext"]
exclude_patterns = ["_build", "_ext", "notebooks"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
# Docstrings name things in single backquotes.
default_role = "code"
smartquotes = False
nitpicky = True
# Nothing is fetched from the documentation of others, so types of theirs have no page to link to.
nitpick_ignore_regex = [
    ("py:.*", r"(?!rdfconv\.).*"),
    ("py:.*", r"rdfconv\.(?!client\.Client$|model\.|errors\.).*"),
]
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_use_ivar = True

html_theme = "furo"
html_title = "rdfconv"
html_favicon = "../server/static/icon.svg"
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False
