"""The command that serves a release to assistants: mcp."""

from __future__ import annotations

from pathlib import Path

import click

from rdfconv import config
from rdfconv.cli.base import main, serving
from rdfconv.errors import RdfconvError


@main.command(
    examples="""
    rdfconv mcp
    rdfconv mcp --release /srv/tflink --federate "sib wikipathways"
    rdfconv mcp --http --port 8090
    """
)
@serving
@click.option("--http", is_flag=True, help="Listen on --host and --port, at /mcp.")
@click.option(
    "--engine", metavar="URL", help="The SPARQL endpoint that answers in place of the store."
)
def mcp(http: bool, config_file: Path | None, **flags: object) -> None:
    """Serve a release to assistants that speak the Model Context Protocol.

    Without --http it speaks on standard input and output, as assistants start it. All tools read
    only, under the limits of 'rdfconv serve'. Needs the extra: pip install 'rdfconv[mcp]'.
    """
    settings = config.load(flags, file=config_file)
    try:
        from server.mcp import run
    except ModuleNotFoundError as error:
        raise RdfconvError(
            f"the server for assistants needs the package {error.name}, which is not installed",
            hint="install all that it needs: pip install 'rdfconv[mcp]'",
        ) from error
    run(settings, http=http, say=lambda text: click.echo(text, err=True))
