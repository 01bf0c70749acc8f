"""One table of settings: name, type, default, help. Flags win over the environment, that over a
file, that over the default.

>>> load(environment={"RDFCONV_PORT": "9000"}).port
9000
>>> load({"port": 8081}, environment={"RDFCONV_PORT": "9000"}).port
8081
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

import yaml

from rdfconv.errors import UsageError

PREFIX = "RDFCONV_"
"""What the environment variables of the settings start with."""


def _setting(default: Any, help_text: str, *, limit: bool = False) -> Any:
    """A setting; the endpoint's description publishes those that limit what a client may do."""
    return field(default=default, metadata={"help": help_text, "limit": limit})


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of rdfconv and its server. Times are in seconds, sizes in bytes."""

    release: str = _setting("output", "the releases' folder, or one release in it")
    public_url: str = _setting("", "where the release is served, for its description")
    host: str = _setting("127.0.0.1", "the address the server listens on")
    port: int = _setting(8080, "the port the server listens on")
    workers: int = _setting(
        2, "query workers (processes); each runs one query at a time", limit=True
    )
    threads: int = _setting(64, "requests the web process handles at once")
    query_timeout: float = _setting(60.0, "seconds a query may take", limit=True)
    query_memory: int = _setting(
        2 << 30, "bytes of address space a query worker may use", limit=True
    )
    queue_timeout: float = _setting(10.0, "seconds a query may wait for a free worker", limit=True)
    request_bytes: int = _setting(1 << 20, "bytes a request's body may have", limit=True)
    query_nesting: int = _setting(
        200, "how deep braces and brackets in a query may nest", limit=True
    )
    query_patterns: int = _setting(100, "triple patterns a query may have", limit=True)
    query_groups: int = _setting(
        100, "groups in braces (UNION, OPTIONAL ...) a query may have", limit=True
    )
    query_operators: int = _setting(
        1000,
        "operators, calls and filters a query may have; lists of values do not count",
        limit=True,
    )
    result_rows: int = _setting(
        5_000_000, "rows or triples a result may have; 0 for any number", limit=True
    )
    result_bytes: int = _setting(1 << 30, "bytes a result may have; 0 for any number", limit=True)
    queue_length: int = _setting(
        40, "queries that may wait for a worker, in all; fewer than threads", limit=True
    )
    client_queries: int = _setting(
        10,
        "queries one client may have running and waiting; 0: no limit, and it may use all workers",
        limit=True,
    )
    client_seconds: int = _setting(
        120,
        "seconds of query time a client can save up; each second gives one back; 0: no limit",
        limit=True,
    )
    planner: bool = _setting(
        True, "whether queries are reordered by the release's statistics before they are answered"
    )
    read_ahead: bool = _setting(
        True, "whether a release is read into free memory when it is opened"
    )
    engine: str = _setting(
        "",
        "the SPARQL endpoint that answers in place of the release's store, and the IRI of the "
        "graph that has the data there, if it is a named one; or 'virtuoso'",
    )
    virtuoso_memory: int = _setting(
        0, "bytes of memory for a Virtuoso of our own; 0 for what the release needs"
    )
    federate: str = _setting(
        "",
        "endpoints that SERVICE may ask: shipped names (uniprot), groups (sib), addresses, "
        "or ADDRESS=URL to ask URL in its place; separated by blanks or commas",
    )
    federate_seconds: float = _setting(
        30.0, "seconds that another endpoint may take for one answer", limit=True
    )
    federate_requests: int = _setting(
        200, "requests that a query may send to other endpoints", limit=True
    )
    federate_rows: int = _setting(
        200_000, "rows that a query may send to, or have from, other endpoints", limit=True
    )
    federate_bytes: int = _setting(
        1 << 26, "bytes that a query may have from other endpoints", limit=True
    )
    federate_parallel: int = _setting(
        4, "requests that a query may have under way at other endpoints at once"
    )
    federate_cache_seconds: float = _setting(
        60.0, "seconds that answers of other endpoints are kept for those who ask the same"
    )
    trusted_proxies: str = _setting(
        "",
        "addresses or networks, separated by commas, whose X-Forwarded-For names the client",
    )
    stop_timeout: float = _setting(10.0, "seconds that answers go on when the server shall stop")
    log_file: str = _setting("", "the file of the query log; standard error if there is none")
    log_queries: bool = _setting(False, "whether the query log holds the text of the queries")
    metrics: str = _setting("127.0.0.0/8 ::1", "the networks that may read /metrics directly")
    contact: str = _setting("", "where to report problems: a mail address or an https address")


def load(
    flags: Mapping[str, object] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> Settings:
    """The settings in force.

    Args:
        flags: settings given on the command line; those that are None do not count.
        environment: the environment; the process's own if None.
        file: a YAML file of ``name: value`` lines.

    Raises:
        UsageError: an unknown name (the nearest one is named), or a value of the wrong type.
    """
    values: dict[str, object] = {}
    if file is not None:
        values.update(_read(file))
    environment = os.environ if environment is None else environment
    for setting in fields(Settings):
        text = environment.get(PREFIX + setting.name.upper())
        if text is not None:
            values[setting.name] = text
    values.update({name: value for name, value in (flags or {}).items() if value is not None})
    return Settings(**{name: _typed(name, value) for name, value in values.items()})


def _read(file: Path) -> dict[str, object]:
    try:
        content = yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)
    except OSError as error:
        raise UsageError(f"cannot read the settings file {file}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"the settings file {file} is not YAML: {error}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise UsageError(f"the settings file {file} must hold lines of the form 'name: value'")
    return cast("dict[str, object]", content)


def _typed(name: str, value: object) -> Any:
    types: dict[str, Any] = {setting.name: type(setting.default) for setting in fields(Settings)}
    if name not in types:
        near = get_close_matches(str(name), types, n=1)
        raise UsageError(
            f"there is no setting {name!r}",
            hint=f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(types)}",
        )
    wanted = types[name]
    try:
        typed = _boolean(value) if wanted is bool else wanted(value)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"the setting {name!r} must be of type {wanted.__name__}, not {value!r}"
        ) from error
    if wanted in (int, float) and typed < 0:
        raise UsageError(f"the setting {name!r} must not be negative, but is {value!r}")
    return typed


def _boolean(value: object) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    found = words.get(str(value).lower())
    if found is None:
        raise ValueError("neither true nor false")
    return found
