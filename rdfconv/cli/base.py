"""The group of all commands, and how a run ends: codes, errors, interrupts."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

import click

from rdfconv.errors import ExitCode, RdfconvError

INTERRUPTS = (signal.SIGINT, signal.SIGTERM)
"""The signals that give a run up; nothing is published then."""
EXIT_CODES = "\n".join(f"  {code.value:>3}  {code.meaning}" for code in ExitCode)


HOMES: Mapping[str, str] = {
    "build": "inputs",
    "check": "inputs",
    "convert": "inputs",
    "diff": "diff",
    "export": "exports",
    "fetch": "fetch",
    "mcp": "mcp",
    "page": "releases",
    "publish": "publish",
    "query": "releases",
    "rollback": "releases",
    "serve": "releases",
    "validate": "releases",
}
"""The module here of each command: a run imports only its own."""


class Command(click.Command):
    """A command whose help ends with its examples as they are written."""

    def __init__(self, *args: Any, examples: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the examples."""
        with formatter.section("Examples"):
            for line in self.examples.strip().splitlines():
                formatter.write(f"  {line.strip()}\n")


class Group(click.Group):
    """The commands; an error of the program becomes one clear line and an exit code."""

    command_class = Command

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted(HOMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command, by its name; None if there is none."""
        if cmd_name in HOMES:
            import_module(f"rdfconv.cli.{HOMES[cmd_name]}")
        return super().get_command(ctx, cmd_name)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Runs the command line and exits."""
        kwargs["standalone_mode"] = False
        try:
            code = super().main(*args, **kwargs)
        except click.Abort:
            click.echo("interrupted; nothing was published", err=True)
            sys.exit(ExitCode.INTERRUPTED)
        except click.ClickException as error:
            error.show()
            sys.exit(ExitCode.USAGE)
        except RdfconvError as error:
            click.echo(f"error: {error}", err=True)
            sys.exit(error.exit_code)
        except BrokenPipeError:
            # The reader of our output went away: no traceback, also not at exit.
            sys.stdout = None
            sys.exit(ExitCode.FAILED)
        except OSError as error:
            sys.stdout = None
            click.echo(f"error: cannot write standard output: {error.strerror}", err=True)
            sys.exit(ExitCode.FAILED)
        sys.exit(code if isinstance(code, int) else ExitCode.DONE)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the exit codes."""
        with formatter.section("Exit codes"):
            formatter.write(EXIT_CODES + "\n")


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="rdfconv")
def main() -> None:
    """TFLink's transcription factor - target gene interactions as linked data."""
    for number in INTERRUPTS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    for more in INTERRUPTS:  # a second one must not stop the first one's cleaning up
        signal.signal(more, signal.SIG_IGN)
    raise KeyboardInterrupt


def serving(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options of the commands that serve a release: each is a setting, but for --config."""
    options = [
        click.option("--release", metavar="DIR", help="The releases' folder, or one release."),
        click.option("--host", metavar="H", help="The address to listen on."),
        click.option(
            "--port", type=click.IntRange(0, 65535), metavar="P", help="The port to listen on."
        ),
        click.option(
            "--workers", type=click.IntRange(min=1), metavar="N", help="Query workers (processes)."
        ),
        click.option(
            "--federate",
            metavar="NAMES",
            help="Endpoints that SERVICE may ask: names (uniprot), groups (sib), or addresses.",
        ),
        click.option(
            "--config",
            "config_file",
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            help="A YAML file of settings.",
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function
