"""The command line: the only place that prints and exits.

Every command ends with one of the codes of `rdfconv.errors.ExitCode`.
"""

from rdfconv.cli import diff, exports, fetch, inputs, mcp, publish, releases
from rdfconv.cli.base import main

__all__ = ["diff", "exports", "fetch", "inputs", "main", "mcp", "publish", "releases"]
