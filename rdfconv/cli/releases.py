"""The commands that work on what was built: query, page, validate, serve, rollback."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path

import click

from rdfconv import config
from rdfconv import query as queries
from rdfconv.cli.base import main, serving
from rdfconv.errors import ExitCode
from rdfconv.findings import LIMIT, METHODS, QUERIES
from rdfconv.formats import RDF_FORMATS
from rdfconv.output import atomic
from rdfconv.pages import PageWriter
from rdfconv.release import CURRENT, open_release, releases, roll_back


@main.command(
    examples="""
    rdfconv query 'SELECT * { uniprotkb:Q06945 tfl:regulates ?target } LIMIT 5'
    rdfconv query @ontology/queries/regulators.rq --format json
    rdfconv query 'DESCRIBE uniprotkb:Q06945' --format ttl
    """
)
@click.argument("sparql", metavar="'SPARQL'|@FILE")
@click.option("--release", metavar="DIR", help="The releases' folder, or one release.")
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(queries.FORMATS),
    help="[csv for SELECT, json for ASK, ttl for graphs]",
)
def query(sparql: str, release: str | None, format_name: str | None) -> None:
    """Ask a release, straight on its store and without limits.

    Well-known prefixes (up:, uniprotkb:, tfl: ...) need not be declared.
    """
    text = _query_text(sparql)
    opened = open_release(Path(config.load({"release": release}).release))
    queries.run(opened, text, format_name, sys.stdout.buffer)


@main.command(
    examples="""
    rdfconv page Q06945
    rdfconv page Q06945 P03069 -o pages
    rdfconv page --all --release /srv/tflink -o site/content/protein
    """
)
@click.argument("accessions", nargs=-1, metavar="ACCESSION...")
@click.option("--all", "everything", is_flag=True, help="Write all pages of the release.")
@click.option("--release", metavar="DIR", help="The releases' folder, or one release.")
@click.option("-o", "--output", metavar="DIR", type=click.Path(path_type=Path), help="The folder.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def page(
    accessions: tuple[str, ...],
    everything: bool,
    release: str | None,
    output: Path | None,
    quiet: bool,
) -> None:
    """Write TFLink's protein pages back, from the graph alone.

    One page goes to standard output, or into DIR as <accession in lower case>.md.
    """
    if everything == bool(accessions):
        raise click.UsageError("give accessions, or --all")
    if output is None and (everything or len(accessions) > 1):
        raise click.UsageError("several pages need a folder: give -o DIR")
    writer = PageWriter(open_release(Path(config.load({"release": release}).release)))
    if output is None:
        sys.stdout.buffer.write(writer.page(accessions[0]).encode())
        return
    output.mkdir(parents=True, exist_ok=True)
    wanted = writer.accessions if everything else list(accessions)
    bar = click.progressbar(wanted, label="writing", file=sys.stderr, width=0)
    with contextlib.nullcontext(wanted) if quiet or not sys.stderr.isatty() else bar as names:
        for name in names:
            with atomic(output / f"{name.lower()}.md", durable=False) as stream:
                stream.write(writer.page(name).encode())
    if not quiet:
        click.echo(f"{len(wanted):,} pages written to {output}", err=True)


@main.command(
    examples="""
    rdfconv serve
    rdfconv serve --release /srv/tflink --host 0.0.0.0 --port 80 --workers 8
    rdfconv serve --federate "sib wikipathways"
    """
)
@serving
@click.option("--threads", type=click.IntRange(min=1), metavar="N", help="Requests at once.")
@click.option(
    "--engine",
    metavar="URL",
    help="The SPARQL endpoint that answers in place of the release's store; or 'virtuoso'.",
)
def serve(config_file: Path | None, **flags: object) -> None:
    """Serve a release: SPARQL endpoint and linked-data pages.

    Every setting can also be given as an environment variable, RDFCONV_PORT for --port, or in the
    file of --config. Flags win over the environment, the environment over the file.
    """
    from server.serve import run  # the one place where rdfconv knows the server

    settings = config.load(flags, file=config_file)
    open_release(
        Path(settings.release), with_store=not settings.engine
    )  # a clear error now, not in a worker later
    run(settings)


@main.command(
    examples="""
    rdfconv validate
    rdfconv validate /srv/tflink --limit 10
    rdfconv validate SOX4.ttl --method shacl --json
    """
)
@click.argument("path", required=False, metavar="[RELEASE|FILE]")
@click.option(
    "-f", "--format", "format_name", type=click.Choice(list(RDF_FORMATS)), help="[told by FILE]"
)
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default=QUERIES,
    show_default=True,
    help="Queries on the store, for data of any size, or pySHACL, for small data.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=LIMIT,
    show_default=True,
    metavar="N",
    help="How many findings of a shape are listed; all are counted.",
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors and findings.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def validate(
    path: str | None, format_name: str | None, method: str, limit: int, quiet: bool, as_json: bool
) -> int:
    """Check a release or an RDF file by the SHACL shapes.

    RELEASE is a releases' folder, or one release [the one that is served]; FILE is RDF in any
    format, compressed if its name ends in .gz. The shapes are those of ontology/shapes.ttl; both
    methods check all of them. Findings go to standard output, and the exit code is 1 if there are
    any.
    """
    from rdfconv.validate import validate as run_validate  # it takes its time to import

    told = sys.stderr.isatty() and not quiet

    def on_shape(name: str, place: int, total: int) -> None:
        if told:
            click.echo(f"{place}/{total} {name}", err=True)

    result = run_validate(
        path or config.load({}).release,
        method=method,
        limit=limit,
        format=format_name,
        on_shape=on_shape,
    )
    if as_json:
        click.echo(json.dumps(result.as_json(), indent=2))
    else:
        for line in result.lines():
            click.echo(line)
    if not quiet:
        click.echo(result.summary, err=True)
    return ExitCode.DONE if result.conforms else ExitCode.FAILED


def _query_text(argument: str) -> str:
    if not argument.startswith("@"):
        return argument
    try:
        return Path(argument[1:]).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"cannot read the query file {argument[1:]}: {error}") from error


@main.command(
    examples="""
    rdfconv rollback --list
    rdfconv rollback --release /srv/tflink
    rdfconv rollback --to 20261122T114500Z-1f0c2a9b
    """
)
@click.option("--release", metavar="DIR", help="The releases' folder.")
@click.option("--to", metavar="ID", help="The release to go to [the one before the current one].")
@click.option("--list", "listed", is_flag=True, help="List the releases; change nothing.")
def rollback(release: str | None, to: str | None, listed: bool) -> None:
    """Go back to an earlier release, or forth again.

    The release's files are compared with their checksums first. Running servers take up the
    release by themselves, without a pause.
    """
    root = Path(config.load({"release": release}).release)
    if listed:
        current = (root / CURRENT).resolve().name
        for one in releases(root):
            click.echo(f"{'*' if one.id == current else ' '} {one.id}")
        return
    click.echo(f"current: {roll_back(root, to).path}", err=True)
