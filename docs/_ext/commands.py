"""The commands, their arguments and options, from the command line itself."""

from __future__ import annotations

import inspect

import click

from docs._ext.markdown import block, code, plain, sections, table
from rdfconv.cli import all_commands
from rdfconv.cli.base import Command


def commands() -> str:
    """A section for each command."""
    return sections(*(_command(*named) for named in all_commands().items()))


def _command(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=f"rdfconv {name}")
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    examples = inspect.cleandoc(command.examples) if isinstance(command, Command) else ""
    return sections(
        f"## rdfconv {name}",
        *(plain(paragraph.replace("\b", "")) for paragraph in paragraphs),
        block(usage),
        _options(command, context),
        f"Examples:\n\n{block(examples, 'sh')}" if examples else "",
    )


def _options(command: click.Command, context: click.Context) -> str:
    records = (option.get_help_record(context) for option in command.get_params(context))
    rows = [[code(names), plain(text)] for names, text in filter(None, records) if text]
    return table(["option", "what it does"], rows)
