"""The command line: the only place that prints and exits.

Every command ends with one of the codes of `rdfconv.errors.ExitCode`.
"""

from __future__ import annotations

from importlib import import_module

import click

from rdfconv.cli.base import HOMES, main

__all__ = ["all_commands", "main"]


def all_commands() -> dict[str, click.Command]:
    """All commands by name, as the documentation has them; imports the modules of all."""
    for module in set(HOMES.values()):
        import_module(f"rdfconv.cli.{module}")
    return dict(sorted(main.commands.items()))
