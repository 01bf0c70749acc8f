"""The numbers and the query log: what they say, and that queries cannot forge them."""

from __future__ import annotations

import json
import math
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from rdfconv.config import Settings
from rdfconv.errors import UsageError
from rdfconv.formats import RDF_FORMATS, RESULT_FORMATS
from server.app import create_app
from server.clients import networks
from server.engine import Answer, EngineError, ErrorKind, Limits, Query
from server.engine.embedded import EmbeddedEngine
from server.metrics import Metrics, sample
from server.observing import ID_HEADER, Observed, Operations, line_of
from tests.conftest import MakeRelease
from tests.server.test_health import Fixed

LIMITS = Limits(60.0, 60.0)
CSV = RESULT_FORMATS["csv"]


def read(text: str) -> dict[str, float]:
    """The samples, by Prometheus's own reader; their names are written as in the text."""
    samples = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation, family.name
        assert family.type in ("counter", "gauge", "histogram"), family.name
        for one in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in one.labels.items())
            key = f"{one.name}{{{labels}}}" if labels else one.name
            assert key not in samples
            samples[key] = one.value
    return samples


class Watched:
    """An application around an engine, with its log in a file."""

    def __init__(self, folder: Path, engine: Fixed, **settings: Any) -> None:
        self.log = folder / "queries.log"
        made = Settings(log_file=str(self.log), **settings)
        self.operations = Operations(made)
        self.client: FlaskClient = create_app(made, engine, self.operations).test_client()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text("ascii").splitlines()]

    def numbers(self) -> dict[str, float]:
        return read(self.client.get("/metrics").text)


Watch = Callable[..., Watched]


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    """Makes applications with logs, each in a folder of its own."""
    made: list[Watched] = []

    def make(engine: Fixed, **settings: Any) -> Watched:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(Watched(folder, engine, **settings))
        return made[-1]

    yield make
    for one in made:
        one.operations.close()


def test_a_query_is_counted_and_logged(watch: Watch) -> None:
    engine = Fixed(b'x\r\n1\r\n"a\r\n', b'b"\r\n', rows=2)
    watched = watch(engine)
    reply = watched.client.get("/sparql?query=SELECT*{?s ?p ?o}&format=csv")
    assert reply.status_code == 200
    (line,) = watched.lines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert 0 <= line.pop("seconds") < 60
    assert line == {
        "id": reply.headers[ID_HEADER],
        "client": "127.0.0.1",
        "route": "sparql.sparql",
        "form": "SELECT",
        "outcome": "complete",
        "status": 200,
        "release": "r1",
        "rows": 2,
        "bytes": len(reply.data),
    }
    numbers = watched.numbers()
    assert numbers["rdfconv_queries_total{form=SELECT,outcome=complete}"] == 1
    assert numbers["rdfconv_answer_rows_total"] == 2
    assert numbers["rdfconv_answer_bytes_total"] == len(reply.data)
    assert numbers["rdfconv_queries_running"] == 0
    assert numbers["rdfconv_release_info{release=r1}"] == 1
    assert numbers["rdfconv_responses_total{status=200}"] >= 1
    assert numbers["rdfconv_query_seconds_count{form=SELECT}"] == 1
    assert numbers["rdfconv_query_seconds_bucket{form=SELECT,le=+Inf}"] == 1
    assert numbers["process_resident_memory_bytes"] > 1 << 20
    assert numbers["process_start_time_seconds"] > 1_700_000_000
    assert numbers["rdfconv_workers"] == 2
    assert numbers["rdfconv_queue_length"] == numbers["rdfconv_workers_busy"] == 0


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (ErrorKind.TIMEOUT, 504),
        (ErrorKind.MEMORY, 413),
        (ErrorKind.CRASHED, 500),
        (ErrorKind.BUSY, 503),
        (ErrorKind.SYNTAX, 400),
    ],
)
def test_failures(watch: Watch, kind: ErrorKind, status: int) -> None:
    watched = watch(Fixed(error=EngineError(kind, "no")))
    assert watched.client.get("/sparql?query=ASK{}").status_code == status
    (line,) = watched.lines()
    assert (line["outcome"], line["status"], line["form"]) == (kind.value, status, "ASK")
    assert "release" not in line
    numbers = watched.numbers()
    assert numbers[f"rdfconv_queries_total{{form=ASK,outcome={kind.value}}}"] == 1
    ended = numbers.get(f"rdfconv_worker_ends_total{{reason={kind.value}}}", 0)
    assert ended == (kind in (ErrorKind.TIMEOUT, ErrorKind.MEMORY, ErrorKind.CRASHED))


def observed(engine: Fixed) -> tuple[Observed, Operations]:
    operations = Operations(Settings())
    made = operations.watch(engine)
    assert isinstance(made, Observed)
    return made, operations


def queries(operations: Operations) -> dict[str, float]:
    return {
        name.partition("outcome=")[2].rstrip("}"): value
        for name, value in read(operations.metrics.text()).items()
        if name.startswith("rdfconv_queries_total")
    }


def test_an_answer_that_breaks_off() -> None:
    engine, operations = observed(Fixed(b"x\r\n", EngineError(ErrorKind.TIMEOUT, "too long")))
    answer = engine.run(Query("ASK {}", CSV), LIMITS)
    with pytest.raises(EngineError):
        list(answer.chunks)
    answer.close()
    assert queries(operations) == {"timeout": 1}


@pytest.mark.parametrize("taken", [0, 1])
def test_a_client_that_leaves(taken: int) -> None:
    inner = Fixed(b"x\r\n", b"1\r\n")
    engine, operations = observed(inner)
    answer = engine.run(Query("ASK {}", CSV), LIMITS)
    for _ in range(taken):
        next(answer.chunks)
    assert read(operations.metrics.text())["rdfconv_queries_running"] == 1
    answer.close()
    answer.close()
    del answer
    assert inner.closed
    assert queries(operations) == {"closed": 1}
    assert read(operations.metrics.text())["rdfconv_queries_running"] == 0


def test_what_is_refused_before_the_engine_is_logged(watch: Watch) -> None:
    engine = Fixed(b"")
    watched = watch(engine)
    for query, status in (("SELECT*{SERVICE<x:y>{}}", 403), ("nonsense", 400)):
        reply = watched.client.get("/sparql", query_string={"query": query})
        assert reply.status_code == status
        line = watched.lines()[-1]
        assert (line["outcome"], line["status"], line["id"]) == (
            "refused", status, reply.headers[ID_HEADER]
        )  # fmt: skip
    assert not engine.queries
    assert len(watched.lines()) == 2


EVIL = 'ASK {} # \r\n# {"outcome": "complete"}\x1b[31m\x00\x7f\x85\u2028\u202e\ud800\'"\\'


def test_the_text_is_logged_only_if_wanted_and_forges_nothing(watch: Watch) -> None:
    for wanted in (False, True):
        watched = watch(Fixed(b"x\r\n"), log_queries=wanted)
        body = EVIL.translate({0: None, 0xD800: None})
        watched.client.post("/sparql", data=body.encode(), content_type="application/sparql-query")
        raw = watched.log.read_bytes()
        assert raw.count(b"\n") == 1
        assert raw.endswith(b"\n")
        assert all(0x20 <= byte < 0x7F for byte in raw[:-1])
        assert watched.lines()[0].get("query") == (body if wanted else None)
    assert json.loads(line_of({"query": EVIL}))["query"] == EVIL
    assert line_of({"query": EVIL}).isascii()


def test_a_log_that_was_moved_away_is_opened_again(tmp_path: Path, watch: Watch) -> None:
    watched = watch(Fixed(b"x\r\n"))
    watched.client.get("/sparql?query=ASK{}")
    watched.log.rename(tmp_path / "old")
    watched.client.get("/sparql?query=ASK{}")
    assert len(watched.lines()) == 1
    assert (tmp_path / "old").read_text("ascii").count("\n") == 1


def test_a_log_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot write the log file"):
        Operations(Settings(log_file=str(tmp_path)))


def test_nothing_is_shared_between_applications(watch: Watch) -> None:
    for _ in range(2):
        watched = watch(Fixed(b"x\r\n"))
        watched.client.get("/sparql?query=ASK{}")
        assert watched.numbers()["rdfconv_queries_total{form=ASK,outcome=complete}"] == 1


@pytest.mark.parametrize(
    ("setting", "address", "headers", "status"),
    [
        (None, "127.0.0.1", {}, 200),
        (None, "127.8.8.8", {}, 200),
        (None, "::1", {}, 200),
        (None, "::ffff:127.0.0.1", {}, 200),
        (None, "192.0.2.1", {}, 404),
        (None, "nobody", {}, 404),
        (None, "127.0.0.1", {"X-Forwarded-For": "192.0.2.1"}, 404),
        (None, "127.0.0.1", {"Forwarded": "for=192.0.2.1"}, 404),
        ("192.0.2.0/24", "192.0.2.1", {}, 200),
        ("192.0.2.0/24 2001:db8::/32", "2001:db8::7", {}, 200),
        ("192.0.2.0/24", "127.0.0.1", {}, 404),
        ("", "127.0.0.1", {}, 404),
    ],
)
def test_who_may_read(
    setting: str | None, address: str, headers: dict[str, str], status: int
) -> None:
    settings = Settings() if setting is None else Settings(metrics=setting)
    client = create_app(settings, Fixed(b"")).test_client()
    reply = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert reply.status_code == status
    assert ("rdfconv" in reply.text) == (status == 200)


def test_networks() -> None:
    with pytest.raises(UsageError, match="'here'"):
        networks("metrics", "127.0.0.1 here")


def test_histogram() -> None:
    metrics = Metrics()
    seconds = metrics.histogram("t_seconds", "Times.", (0.1, 1.0), "form")
    for value in (0.05, 0.1, 0.5, 7.0):
        seconds.observe(value, form="ASK")
    numbers = read(metrics.text())
    assert numbers["t_seconds_bucket{form=ASK,le=0.1}"] == 2
    assert numbers["t_seconds_bucket{form=ASK,le=1}"] == 3
    assert numbers["t_seconds_bucket{form=ASK,le=+Inf}"] == 4
    assert numbers["t_seconds_count{form=ASK}"] == 4
    assert math.isclose(numbers["t_seconds_sum{form=ASK}"], 7.65)


@pytest.mark.parametrize("value", ['a"b', "a\\b", "a\nb", "\\n", 'x="1"} 2\ny 3', "ä€"])
def test_labels_are_escaped(value: str) -> None:
    text = f"# HELP up x\n# TYPE up gauge\n{sample('up', [('what', value)], 1)}\n"
    (family,) = text_string_to_metric_families(text)
    (one,) = family.samples
    assert one.labels == {"what": value}
    assert one.value == 1


def test_counting_from_many_threads() -> None:
    metrics = Metrics()
    counter = metrics.counter("n_total", "Things.", "what")

    def count() -> None:
        for _ in range(2000):
            counter.add(what="x")

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read(metrics.text())["n_total{what=x}"] == 16_000


LITERALS = ('"', "\\", "a,b", "<result>", "line\nline", "r\rr", "", '},"{', "ä")


@pytest.fixture(scope="module")
def real(
    tmp_path_factory: pytest.TempPathFactory, make_release: MakeRelease
) -> Iterator[EmbeddedEngine]:
    root = tmp_path_factory.mktemp("rows")
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r"}
    lines = []
    for number in range(3000):
        literal = "".join(escapes.get(c, c) for c in LITERALS[number % len(LITERALS)])
        lines.append(f'<x:s{number}> <x:p> "{literal}" .\n')
    make_release(root, "".join(lines))
    engine = EmbeddedEngine(Settings(release=str(root), workers=1))
    yield engine
    engine.close()


@pytest.mark.parametrize("name", ["json", "xml", "csv", "tsv", "nt", "nq", "ttl"])
@pytest.mark.parametrize("limit", [0, 1, 2, 3000])
@pytest.mark.parametrize("truncate", [False, True])
def test_rows_of_real_answers(real: EmbeddedEngine, name: str, limit: int, truncate: bool) -> None:
    table = name in RESULT_FORMATS
    text = f"SELECT * {{ ?s ?p ?o }} LIMIT {limit}" if table else (
        f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }} LIMIT {limit}"
    )  # fmt: skip
    fmt = {**RDF_FORMATS, **RESULT_FORMATS}[name]
    answer: Answer = real.run(Query(text, fmt, truncate=truncate), LIMITS)
    for _ in answer.chunks:
        pass
    assert answer.rows() == (None if name == "ttl" else limit)
