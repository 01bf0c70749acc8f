"""A server for assistants that speak the Model Context Protocol: a release's edges as tools.

`rdfconv mcp` runs it on standard input and output, or over HTTP on this machine. All tools read
only. They ask the same engine as the web server, under the same limits.
"""

from __future__ import annotations

import functools
import inspect
import socket
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

import anyio
import uvicorn
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import ToolAnnotations
from pydantic import Field

from rdfconv.config import Settings
from rdfconv.errors import RdfconvError, UsageError
from rdfconv.release import open_release
from rdfconv.search.terms import Kind
from server.admission import Admission
from server.engine import Engine
from server.engine.remote import engine_of
from server.federation import FederatingEngine
from server.mcp.answers import (
    EdgeExplanation,
    Edges,
    Entities,
    ExampleQueries,
    QueryResult,
    Schema,
)
from server.mcp.tools import MOST_EDGES, MOST_EXAMPLES, MOST_ROWS, Tools, conditions
from server.observing import Operations
from server.problems import Problem, problem_of

PATH = "/mcp"
"""The path of the server over HTTP."""
INSTRUCTIONS = (
    "TFLink: which transcription factors regulate which genes, in seven organisms, with the "
    "databases, methods and papers behind every edge. Find a protein with find_entity, then ask "
    "for its regulators or targets; explain_edge gives all evidence for one edge. For other "
    "questions read schema and example_queries, and use run_query (SPARQL). Primary papers are "
    "about the edge; database papers only describe the source databases: do not cite them for an "
    "edge. An edge that is missing may exist all the same. Where cut_at is not null, the answer is "
    "a part: say so."
)

_LOCAL = ("127.0.0.1", "localhost", "[::1]")
_READ_ONLY = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)

P = ParamSpec("P")
R = TypeVar("R")

_Protein = Annotated[str, Field(description="A UniProtKB accession or a gene symbol.")]
_Organism = Annotated[
    int | None,
    Field(description="NCBI taxonomy id (9606 is human), where several organisms have the name."),
]
_Offset = Annotated[int, Field(description="How many edges are passed over.")]
_Edges = Annotated[int, Field(description=f"How many edges are given, {MOST_EDGES} at most.")]
_Small = Annotated[bool, Field(description="Only edges with small-scale evidence.")]
_MinPapers = Annotated[
    int, Field(description="Only edges with a report of so many primary papers.")
]


def mcp_server(settings: Settings, engine: Engine) -> MCPServer[Any]:
    """Makes the server.

    Args:
        settings: the release and the limits.
        engine: what answers queries; the caller closes it.

    Raises:
        UsageError: a setting cannot be used.
    """
    admission = Admission(engine, settings)
    federating = FederatingEngine(admission, settings) if settings.federate else admission
    tools = Tools(settings, Operations(settings).watch(federating))
    server: MCPServer[Any] = MCPServer(
        "rdfconv", instructions=INSTRUCTIONS, version=version("rdfconv"), log_level="WARNING"
    )
    for tool in _of_edges(tools) + _of_queries(tools):
        server.add_tool(_telling(tool), annotations=_READ_ONLY, structured_output=True)
    return server


def _of_edges(tools: Tools) -> list[Callable[..., Any]]:
    def find_entity(
        text: Annotated[str, Field(description="A name or identifier, or how it begins.")],
        kind: Annotated[Kind | None, Field(description="Only entities of this kind.")] = None,
        limit: Annotated[int, Field(description="How many are given, 10 at most.")] = 10,
    ) -> Entities:
        """Find proteins, genes, databases, methods, organisms and papers by name or identifier."""
        return tools.find_entity(text, kind, limit)

    def regulators(
        ctx: Context[Any, Any],
        protein: _Protein,
        organism: _Organism = None,
        small_scale_only: _Small = False,
        min_papers: _MinPapers = 0,
        offset: _Offset = 0,
        limit: _Edges = 25,
    ) -> Edges:
        """The transcription factors that regulate a gene, the best supported first."""
        wanted = conditions(small_scale_only, min_papers)
        return tools.edges(_client(ctx), "target", protein, organism, wanted, offset, limit)

    def targets(
        ctx: Context[Any, Any],
        protein: _Protein,
        organism: _Organism = None,
        small_scale_only: _Small = False,
        min_papers: _MinPapers = 0,
        offset: _Offset = 0,
        limit: _Edges = 25,
    ) -> Edges:
        """The genes that a transcription factor regulates, the best supported first."""
        wanted = conditions(small_scale_only, min_papers)
        return tools.edges(_client(ctx), "tf", protein, organism, wanted, offset, limit)

    def explain_edge(
        ctx: Context[Any, Any],
        regulator: _Protein,
        target: _Protein,
        organism: _Organism = None,
    ) -> EdgeExplanation:
        """All evidence that a transcription factor regulates a gene: reports with their
        databases, methods and papers."""
        return tools.explain_edge(_client(ctx), regulator, target, organism)

    return [find_entity, regulators, targets, explain_edge]


def _of_queries(tools: Tools) -> list[Callable[..., Any]]:
    def example_queries(
        words: Annotated[str, Field(description="Words that the queries shall have.")] = "",
        limit: Annotated[
            int, Field(description=f"How many are given, {MOST_EXAMPLES} at most.")
        ] = 5,
    ) -> ExampleQueries:
        """Example SPARQL queries with their descriptions, the simplest first."""
        return tools.example_queries(words, limit)

    def schema(ctx: Context[Any, Any]) -> Schema:
        """The classes and properties of the data, and the prefixes: what queries are made of."""
        return tools.schema(_client(ctx))

    def run_query(
        ctx: Context[Any, Any],
        query: Annotated[str, Field(description="SELECT, ASK, CONSTRUCT or DESCRIBE.")],
        limit: Annotated[
            int, Field(description=f"How many rows are given, {MOST_ROWS} at most.")
        ] = 100,
    ) -> QueryResult:
        """Run a SPARQL 1.1 query; the well-known prefixes need not be declared."""
        return tools.run_query(_client(ctx), query, limit)

    return [example_queries, schema, run_query]


def _telling(tool: Callable[P, R]) -> Callable[P, R]:
    """The tool, with our errors as texts that the assistant reads."""

    @functools.wraps(tool)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return tool(*args, **kwargs)
        except UsageError as error:
            raise ToolError(str(error)) from error
        except (RdfconvError, Problem) as error:
            raise ToolError(problem_of(error).text().rstrip()) from error

    run.__signature__ = inspect.signature(tool, eval_str=True)  # type: ignore[attr-defined]
    return run


def _client(ctx: Context[Any, Any]) -> str:
    """Who asks: an address; "" on standard input."""
    request = ctx.request_context.request
    peer = getattr(request, "client", None)
    return peer.host if peer is not None else ""


# How it runs


def run(settings: Settings, *, http: bool, say: Callable[[str], None]) -> None:
    """Serves until SIGTERM or SIGINT, or until standard input ends, if that is what it speaks on.

    Args:
        settings: the release, the limits, and for HTTP the address.
        http: whether it listens on ``host`` and ``port``.
        say: is told the address when it listens.

    Raises:
        ReleaseError: there is no release.
        UsageError: a setting cannot be used, or the address cannot be listened on.
    """
    open_release(Path(settings.release), with_store=not settings.engine)
    engine = engine_of(settings)
    try:
        server = mcp_server(settings, engine)
        with suppress(KeyboardInterrupt):  # how one stops it
            if http:
                anyio.run(_listen, server, settings, say)
            else:
                anyio.run(server.run_stdio_async)
    finally:
        engine.close()


async def _listen(server: MCPServer[Any], settings: Settings, say: Callable[[str], None]) -> None:
    listener = _listener(settings)
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        max_request_body_size=settings.request_bytes,
        transport_security=_security(settings),
        host=settings.host,
    )
    config = uvicorn.Config(app, log_level="warning", server_header=False)
    say(f"listening at http://{_netloc(*listener.getsockname()[:2])}{PATH}")
    await uvicorn.Server(config).serve(sockets=[listener])


def _listener(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        raise UsageError(
            f"cannot listen on {_netloc(settings.host, settings.port)}: {error.strerror}",
            hint="give another --host or --port",
        ) from error


def _security(settings: Settings) -> TransportSecuritySettings:
    """Which values of Host and Origin are let in: this machine's, the address that is listened on,
    and the public one. Pages of other sites that a browser shows are thereby kept out."""
    names = [*_LOCAL, _netloc(settings.host)]
    hosts = [f"{name}:*" for name in dict.fromkeys(names)]
    origins = [f"http://{host}" for host in hosts]
    if settings.public_url:
        parts = urlsplit(settings.public_url)
        hosts.append(parts.netloc)
        origins.append(f"{parts.scheme}://{parts.netloc}")
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)


def _netloc(host: str, port: int | None = None) -> str:
    """A host as it stands in an address.

    >>> _netloc("::1", 80), _netloc("127.0.0.1")
    ('[::1]:80', '127.0.0.1')
    """
    name = f"[{host}]" if ":" in host else host
    return name if port is None else f"{name}:{port}"
