"""The command line: the only place that prints and exits.

Every command ends with one of the codes of `rdfconv.errors.ExitCode`.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import click

from rdfconv import config
from rdfconv import query as queries
from rdfconv.build import build as run_build
from rdfconv.build import convert as run_convert
from rdfconv.build import refuse_if_strict
from rdfconv.entailment import CORE, LEVELS
from rdfconv.errors import ExitCode, RdfconvError
from rdfconv.formats import RDF_FORMATS
from rdfconv.output import STDOUT, atomic
from rdfconv.pages import PageWriter
from rdfconv.pipeline import Conversion, Options
from rdfconv.readers import DATASET, KINDS, Inputs
from rdfconv.release import open_release
from rdfconv.report import Report
from rdfconv.validate import LIMIT, METHODS, QUERIES
from rdfconv.validate import validate as run_validate

INTERRUPTS = (signal.SIGINT, signal.SIGTERM)
"""The signals that give a run up; nothing is published then."""
EXIT_CODES = "\n".join(f"  {code.value:>3}  {code.meaning}" for code in ExitCode)


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


def _inputs(function: Callable[..., Any]) -> Callable[..., Any]:
    """The arguments and options of the commands that read inputs."""
    decorators = [
        click.argument("inputs", nargs=-1, required=True, metavar="INPUT..."),
        click.option(
            "--kind", type=click.Choice(KINDS), help="What the inputs are [told by their content]."
        ),
        click.option(
            "--source",
            default=DATASET,
            show_default=True,
            metavar="NAME",
            help="The data set that reports the evidence.",
        ),
        click.option(
            "-j",
            "--jobs",
            type=click.IntRange(min=1),
            default=1,
            show_default=True,
            help="How many processes convert.",
        ),
        click.option("--strict", is_flag=True, help="Publish nothing if anything is rejected."),
        click.option(
            "--pages/--no-pages",
            default=True,
            help="Keep the pages as documents, too (formats with named graphs).  [default: pages]",
        ),
        click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors."),
        click.option("--json", "as_json", is_flag=True, help="Print the report as JSON."),
    ]
    for decorator in reversed(decorators):
        function = decorator(function)
    return function


_entail = click.option(
    "--entail",
    type=click.Choice(LEVELS),
    default=CORE,
    show_default=True,
    help="How much of what the ontology entails is written: nothing, what queries need, or all.",
)


@main.command(
    examples="""
    rdfconv convert q06945.md -o SOX4.ttl
    rdfconv convert pages/ table.tsv.gz -o edges.nt.gz --jobs 2
    rdfconv convert tflink-pages.tar.xz -o - --format nq | head
    """
)
@_inputs
@_entail
@click.option("-o", "--output", required=True, metavar="FILE", help="'-' is standard output.")
@click.option(
    "-f", "--format", "format_name", type=click.Choice(list(RDF_FORMATS)), help="[told by FILE]"
)
def convert(
    inputs: tuple[str, ...],
    kind: str | None,
    source: str,
    jobs: int,
    strict: bool,
    pages: bool,
    quiet: bool,
    as_json: bool,
    entail: str,
    output: str,
    format_name: str | None,
) -> int:
    """Convert protein pages and interaction tables to one RDF file.

    INPUT is a file, a folder, or a .tar.xz or .tar.gz archive; several may be given. The kind of
    each file is told by its content. FILE is compressed if its name ends in .gz.
    """
    if as_json and output == STDOUT:
        raise click.UsageError("--json and -o - would both write to standard output")
    with _progress(inputs, quiet) as on_progress:
        report = run_convert(
            inputs,
            output,
            format=format_name,
            jobs=jobs,
            source=source,
            kind=kind,
            strict=strict,
            pages=pages,
            entail=entail,
            on_progress=on_progress,
        )
    _tell(report, quiet, as_json)
    return _code(report)


@main.command(
    examples="""
    rdfconv build tests/data/sample --into output
    rdfconv build tflink-pages.tar.xz --into /srv/tflink --jobs 2 --strict
    """
)
@_inputs
@_entail
@click.option(
    "--into", default="output", show_default=True, metavar="DIR", help="The releases' folder."
)
@click.option(
    "--public-url", metavar="URL", help="Where the release will be served, for its description."
)
def build(
    inputs: tuple[str, ...],
    kind: str | None,
    source: str,
    jobs: int,
    strict: bool,
    pages: bool,
    quiet: bool,
    as_json: bool,
    entail: str,
    into: str,
    public_url: str | None,
) -> int:
    """Build a release: an Oxigraph store with its report, published atomically.

    INPUT is a file, a folder, or a .tar.xz or .tar.gz archive; several may be given. DIR/current
    is the release that 'rdfconv serve' and 'rdfconv query' use; it changes in one step, when the
    new release is complete.
    """
    with _progress(inputs, quiet) as on_progress:
        release, report = run_build(
            inputs,
            into,
            jobs=jobs,
            source=source,
            kind=kind,
            strict=strict,
            pages=pages,
            entail=entail,
            public_url=config.load({"public_url": public_url}).public_url,
            on_progress=on_progress,
        )
    for number in INTERRUPTS:  # the release is published: nothing is left to give up
        signal.signal(number, signal.SIG_IGN)
    _tell(report, quiet, as_json)
    if not quiet:
        click.echo(f"published: {release.path}", err=True)
    return _code(report)


@main.command(
    examples="""
    rdfconv check tflink-pages.tar.xz
    rdfconv check table.tsv --json | jq .rejected
    """
)
@_inputs
def check(
    inputs: tuple[str, ...],
    kind: str | None,
    source: str,
    jobs: int,
    strict: bool,
    pages: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """Read inputs, report what is wrong with them, write nothing."""
    with _progress(inputs, quiet) as on_progress:
        report = Conversion(
            [Path(path) for path in inputs],
            Options(None, source, kind, jobs, pages),
            lambda count: on_progress("check", count),
        ).run()
    _tell(report, quiet, as_json)
    refuse_if_strict(report, strict)
    return _code(report)


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
    """
)
@click.option("--release", metavar="DIR", help="The releases' folder, or one release.")
@click.option("--host", metavar="H", help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), metavar="P", help="The port to listen on.")
@click.option(
    "--workers", type=click.IntRange(min=1), metavar="N", help="Query workers (processes)."
)
@click.option("--threads", type=click.IntRange(min=1), metavar="N", help="Requests at once.")
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A YAML file of settings.",
)
def serve(config_file: Path | None, **flags: object) -> None:
    """Serve a release: SPARQL endpoint and linked-data pages.

    Every setting can also be given as an environment variable, RDFCONV_PORT for --port, or in the
    file of --config. Flags win over the environment, the environment over the file.
    """
    from server.serve import run  # the one place where rdfconv knows the server

    settings = config.load(flags, file=config_file)
    open_release(Path(settings.release))  # a clear error now, not in a worker later
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


@contextmanager
def _progress(inputs: tuple[str, ...], quiet: bool) -> Iterator[Callable[[str, int], None]]:
    """A progress bar by bytes read, on a terminal only."""
    if quiet or not sys.stderr.isatty():
        yield lambda stage, count: None
        return
    size = Inputs([Path(path) for path in inputs], None, lambda problem: None).size()
    with click.progressbar(length=size, file=sys.stderr, label="reading", width=0) as bar:

        def on_progress(stage: str, count: int) -> None:
            if stage == "load":
                bar.label = "loaded "
                bar.update(0)
            else:
                bar.update(count)
                if bar.pos >= size and stage == "convert":
                    bar.label = "writing"

        yield on_progress


def _tell(report: Report, quiet: bool, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=2))
    elif not quiet:
        for line in report.lines():
            click.echo(line, err=True)


def _code(report: Report) -> int:
    return ExitCode.REJECTED if report.rejections else ExitCode.DONE
