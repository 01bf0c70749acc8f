"""The bad requests of ``make hostile``, without its figures."""

from pathlib import Path

import pytest

from tests.conftest import StartServer, runs, wait_until
from tests.hostile.__main__ import SETTINGS, Found, Outcome, run
from tests.hostile.cases import REFUSED, Case, cases
from tests.hostile.client import BROKEN, CLOSED, judged

ENOUGH = 60


@pytest.fixture(scope="module")
def outcome(sample_release: Path, start_server: StartServer) -> Outcome:
    server = start_server(sample_release, **SETTINGS)
    found = run(server, sample_release, settling=3)
    pids = [server.web_pid, *server.worker_pids]
    server.stop()
    wait_until(lambda: not any(map(runs, pids)), "the end of the server's processes")
    return found


def test_every_bad_request_gets_what_it_should(outcome: Outcome) -> None:
    assert [str(one) for one in outcome.found if not one.is_right] == []
    assert len(outcome.found) >= ENOUGH


def test_nothing_is_left_over(outcome: Outcome) -> None:
    assert outcome.faults() == []


def test_nobody_was_asked_from_inside(outcome: Outcome) -> None:
    assert outcome.trapped == 0


def test_names_are_unique() -> None:
    names = [case.name for case in cases("http://127.0.0.1:1/")]
    assert len(names) == len(set(names))


def test_an_unexpected_outcome_is_told() -> None:
    wrong = Found(Case("name", REFUSED, lambda target: "200"), "200")
    assert not wrong.is_right
    assert "WRONG" in str(wrong)


@pytest.mark.parametrize(
    ("received", "told"),
    [
        (b"", CLOSED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "200"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", f"200 {BROKEN}"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "200"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", f"200 {BROKEN}"),
        (b"garbage", CLOSED),
    ],
)
def test_broken_answers_are_seen(received: bytes, told: str) -> None:
    assert judged(received) == told
