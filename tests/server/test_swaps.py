"""Releases that change under load: no request fails, and no answer mixes two of them."""

from __future__ import annotations

import http.client
import random
import threading
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from rdfconv.release import prune, releases, roll_back
from tests.conftest import PATIENCE, MakeRelease, StartServer, wait_until
from tests.server.web import fetch

SWAPS = 10
CLIENTS = 4
ROWS = 2000
QUERY = "SELECT ?o { ?s <x:p> ?o }"
PATH = f"/sparql?format=tsv&query={quote(QUERY)}"


def quads(mark: str) -> str:
    """Data of which every row tells the release it is from."""
    return "".join(f'<x:s{n}> <x:p> "{mark}" .\n' for n in range(ROWS))


@dataclass
class Client:
    """Asks without a pause, on one connection, and looks at what it gets.

    Attributes:
        url: the server.
        problems: what was wrong.
        answers: how many answers came from each release.
        seen: what the rows said, with the release that the answer named.
    """

    url: str
    problems: list[str] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    seen: set[tuple[str, str]] = field(default_factory=set)

    def run(self, stop: threading.Event) -> None:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
        try:
            while not stop.is_set():
                self._ask(connection)
        except (OSError, http.client.HTTPException) as error:
            self.problems.append(repr(error))
        finally:
            connection.close()

    def _ask(self, connection: http.client.HTTPConnection) -> None:
        connection.request("GET", PATH)
        reply = connection.getresponse()
        rows = reply.read().decode().splitlines()[1:]
        if reply.status != 200:
            self.problems.append(f"{reply.status} {rows}")
            return
        release = reply.headers["TFLink-Release"]
        self.answers[release] = self.answers.get(release, 0) + 1
        self.seen.update((release, row) for row in set(rows))
        if len(rows) != ROWS or len(set(rows)) != 1:
            self.problems.append(f"{release}: {len(rows)} rows, {sorted(set(rows))[:3]}")


def test_swaps_under_load(
    tmp_path: Path, start_server: StartServer, make_release: MakeRelease
) -> None:
    first = make_release(tmp_path, quads("0"), "0")
    marks = {first.id: "0"}
    server = start_server(tmp_path, workers=2, client_seconds=0)
    clients = [Client(server.url) for _ in range(CLIENTS)]
    stop = threading.Event()
    threads = [threading.Thread(target=client.run, args=(stop,)) for client in clients]
    for thread in threads:
        thread.start()

    def answered(release: str) -> int:
        return sum(client.answers.get(release, 0) for client in clients)

    try:
        chance = random.Random(0)
        for number in range(1, SWAPS + 1):
            if number % 2:
                made = make_release(tmp_path, quads(str(number)), f"{number:x}")
                release = made.id
                marks[release] = str(number)
            else:
                others = [one.id for one in releases(tmp_path) if one.id != release]
                release = roll_back(tmp_path, chance.choice(others)).id
            before = answered(release)
            wait_until(
                lambda id=release, n=before: answered(id) >= n + 2 * CLIENTS,  # type: ignore[misc]
                f"answers from {release} (swap {number})",
            )
        prune(tmp_path, 2)
        wait_until(lambda: answered(release) > 0, "answers after the others were removed")
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE)
    assert [client.problems for client in clients] == [[]] * CLIENTS
    for client in clients:
        assert client.seen == {(id, f'"{marks[id]}"') for id in client.answers}
    assert len(marks) == 1 + SWAPS // 2
    assert fetch(f"{server.url}/health/ready").json["release"] == release
    assert "Traceback" not in server.log.read_text()


def test_an_answer_ends_on_the_release_it_began_on(
    tmp_path: Path, start_server: StartServer, make_release: MakeRelease
) -> None:
    """Also when its release is replaced twice and then removed while it is being read."""
    cross = "SELECT ?o ?o2 { ?s <x:p> ?o . ?s2 <x:p> ?o2 } LIMIT 300000"
    first = make_release(tmp_path, quads("old"), "0")
    server = start_server(tmp_path, workers=2)
    parts = urlsplit(server.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    connection.request("GET", f"/sparql?format=tsv&query={quote(cross)}")
    reply = connection.getresponse()
    assert reply.headers["TFLink-Release"] == first.id
    body = reply.read(1000)
    for number in (1, 2):
        newer = make_release(tmp_path, quads("new"), str(number))
        now = fetch(server.url + PATH)
        assert now.headers["TFLink-Release"] == newer.id
        assert set(now.text.splitlines()[1:]) == {'"new"'}
    assert prune(tmp_path, 2) == [first.id]
    rows = (body + reply.read()).decode().splitlines()[1:]
    connection.close()
    assert len(rows) == 300_000
    assert set(rows) == {'"old"\t"old"'}


@pytest.mark.parametrize("damage", ["gone", "empty"])
def test_a_release_that_cannot_be_opened_is_not_taken(
    tmp_path: Path, start_server: StartServer, make_release: MakeRelease, damage: str
) -> None:
    """Somebody switches the link by hand, to nothing: the open release goes on."""
    first = make_release(tmp_path, quads("old"), "0")
    server = start_server(tmp_path, workers=1)
    (tmp_path / "releases" / "empty").mkdir()
    link = tmp_path / "new"
    link.symlink_to(f"releases/{damage}")
    link.replace(tmp_path / "current")
    for _ in range(3):
        reply = fetch(server.url + PATH)
        assert reply.status == 200
        assert reply.headers["TFLink-Release"] == first.id
