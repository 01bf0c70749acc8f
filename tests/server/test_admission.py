"""Letting queries in: fair turns, limits per client, and a store of query time."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from rdfconv.config import Settings
from rdfconv.errors import UsageError
from rdfconv.formats import RESULT_FORMATS
from server import admission
from server.admission import Admission, client_key
from server.app import create_app
from server.clients import client_address, networks
from server.engine import Answer, EngineError, ErrorKind, Kind, Lane, Limits, Query
from tests.conftest import PATIENCE, wait_until

LIMITS = Limits(60.0, PATIENCE)


class Clock:
    """Tells the time that it was set to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Fake:
    """Answers at once, and notes in which order queries came."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.cancelled: list[str] = []
        self.open = 0
        self.failing = False

    def run(self, query: Query, limits: Limits) -> Answer:
        self.began.append(query.client)
        if self.failing:
            raise EngineError(ErrorKind.SYNTAX, "no")
        self.open += 1

        def close() -> None:
            self.open = 0

        return Answer(Kind.BOOLEAN, "r", iter([b"a", b"b"]), close)

    def cancel(self, query_id: str) -> bool:
        self.cancelled.append(query_id)
        return False

    def release(self) -> str:
        return "r"

    def close(self) -> None:
        self.open = -1


class World:
    """An admission around a fake, driven by one test."""

    def __init__(self, **settings: int) -> None:
        self.engine = Fake()
        self.clock = Clock()
        self.admission = Admission(
            self.engine,
            Settings(**{"workers": 1, **settings}),  # type: ignore[arg-type]
            self.clock,
            self._sweep,
        )
        self.left: list[str] = []
        """The clients that have left, by the ids of their queries."""
        self._pool = ThreadPoolExecutor(200)

    def _sweep(self) -> bool:
        return any(self.admission.cancel(client) for client in self.left)

    def run(self, client: str, lane: Lane = Lane.QUERY, limits: Limits = LIMITS) -> Answer:
        query = Query("ASK {}", RESULT_FORMATS["json"], id=client, client=client, lane=lane)
        return self.admission.run(query, limits)

    def queue(self, client: str, lane: Lane = Lane.QUERY) -> None:
        """Sends a query that ends as soon as it had its turn, and waits until it waits."""
        before = self.admission.load().waiting

        def run() -> None:
            self.run(client, lane).close()

        self._pool.submit(run)
        wait_until(lambda: self.admission.load().waiting > before, "the query to wait")

    def refused(self, client: str, lane: Lane = Lane.QUERY) -> EngineError:
        with pytest.raises(EngineError) as caught:
            self.run(client, lane, Limits(60.0, 0.0))
        return caught.value

    def settle(self) -> None:
        self._pool.shutdown()
        load = self.admission.load()
        assert (load.busy, load.waiting) == (0, 0)


def test_clients_take_turns() -> None:
    world = World(client_queries=0, queue_length=100)
    first = world.run("a")
    for _ in range(50):
        world.queue("a")
    world.queue("b")
    world.queue("c")
    first.close()
    world.settle()
    # Not behind the fifty: one of a's has its turn first, as it came first.
    assert world.engine.began[:5] == ["a", "a", "b", "c", "a"]
    assert len(world.engine.began) == 53


def test_the_last_worker_is_for_others() -> None:
    world = World(workers=3)
    first, second = world.run("a"), world.run("a")
    world.queue("a")
    assert world.engine.began == ["a", "a"]
    world.run("b").close()
    first.close()
    second.close()
    world.settle()
    assert world.engine.began == ["a", "a", "b", "a"]


def test_without_limits_a_client_may_use_all_workers() -> None:
    world = World(workers=2, client_queries=0)
    answers = [world.run("a"), world.run("a")]
    for answer in answers:
        answer.close()
    world.settle()


def test_pages_go_first_but_not_for_ever() -> None:
    world = World(client_queries=0, queue_length=100)
    first = world.run("a")
    world.queue("query")
    for number in range(12):
        world.queue(f"page{number}", Lane.PAGE)
    first.close()
    world.settle()
    began = world.engine.began[1:]
    assert began.index("query") == admission.PAGES_IN_A_ROW
    assert [name for name in began if name != "query"] == [f"page{number}" for number in range(12)]


def test_so_many_queries_of_one_client() -> None:
    world = World(client_queries=3)
    first = world.run("2001:db8::1")
    world.queue("2001:db8::2")
    world.queue("2001:db8::3")
    error = world.refused("2001:db8::4")  # another address of the same network
    assert error.kind is ErrorKind.BUDGET
    assert error.retry
    assert world.refused("2001:db8:0:1::1").kind is ErrorKind.BUSY  # let in, but it cannot wait
    assert world.refused("2001:db8::4", Lane.PAGE).kind is ErrorKind.BUSY
    first.close()
    world.settle()
    world.run("2001:db8::4").close()


def test_so_many_queries_wait() -> None:
    world = World(queue_length=2, client_queries=0)
    first = world.run("a")
    world.queue("a")
    world.queue("b")
    error = world.refused("c")
    assert error.kind is ErrorKind.BUSY
    assert "2 queries are waiting" in str(error)
    assert error.retry
    first.close()
    world.settle()


def test_nobody_has_to_wait_where_a_worker_is_free() -> None:
    world = World(workers=2, queue_length=0)
    first, second = world.run("a"), world.run("b")
    assert world.refused("c").kind is ErrorKind.BUSY
    second.close()
    world.run("c").close()
    first.close()
    world.settle()


def test_one_query_at_a_time_is_never_refused() -> None:
    world = World(client_seconds=10, workers=3)
    for _ in range(50):
        answer = world.run("a")
        world.clock.now += 60
        answer.close()
    assert left(world, "a") == 10


def test_the_store_of_query_time() -> None:
    world = World(client_seconds=10, workers=4)
    answers = [world.run("a") for _ in range(3)]
    world.clock.now += 4  # three at once cost two seconds a second
    assert left(world, "a") == 2
    world.clock.now += 4
    assert left(world, "a") == 0
    error = world.refused("a")
    assert (error.kind, error.retry) == (ErrorKind.BUDGET, 6)
    world.run("b").close()
    for answer in answers:
        answer.close()
    world.run("a").close()  # one at a time is let in even now
    world.clock.now += 7
    assert left(world, "a") == 1
    one, two = world.run("a"), world.run("a")
    one.close()
    two.close()
    world.settle()


def left(world: World, client: str) -> int:
    return int(world.admission.headers(client)["RateLimit"].partition("r=")[2].partition(";")[0])


def test_headers() -> None:
    world = World(client_seconds=30)
    headers = world.admission.headers("a")
    assert headers["RateLimit-Policy"] == '"query-seconds";q=30;qu="query-seconds";w=30'
    assert headers["RateLimit"] == '"query-seconds";r=30;t=0'
    assert World(client_seconds=0).admission.headers("a") == {}


def test_pages_cost_nothing() -> None:
    world = World(client_seconds=10, workers=4)
    answers = [world.run("a", Lane.PAGE) for _ in range(3)]
    world.clock.now += 100
    assert left(world, "a") == 10
    for answer in answers:
        answer.close()
    world.settle()


def test_cancel_takes_out_of_the_queue() -> None:
    world = World()
    first = world.run("a")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(world.run, "b")
        wait_until(lambda: world.admission.cancel("b"), "the query to wait")
        with pytest.raises(EngineError) as caught:
            waiting.result()
    assert caught.value.kind is ErrorKind.CANCELLED
    assert not world.admission.cancel("a")  # the engine did not know it
    assert "a" in world.engine.cancelled
    first.close()
    world.settle()
    assert world.engine.began == ["a"]


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"queue_length": 2, "client_queries": 0}, ErrorKind.BUSY),
        ({"client_queries": 3}, ErrorKind.BUDGET),
    ],
)
def test_who_has_left_stands_in_nobodys_way(settings: dict[str, int], kind: ErrorKind) -> None:
    world = World(**settings)
    first = world.run("a")
    world.queue("a")
    world.queue("a")
    assert world.refused("a").kind is kind
    world.left = ["a"]
    with ThreadPoolExecutor(1) as pool:
        queued = pool.submit(world.run, "a")
        wait_until(lambda: world.admission.load().waiting == 1, "one query in the place of two")
        first.close()
        queued.result().close()
    world.settle()
    assert world.engine.began == ["a", "a"]


def test_places_come_back() -> None:
    world = World()
    world.engine.failing = True
    assert world.refused("a").kind is ErrorKind.SYNTAX
    world.engine.failing = False
    assert b"".join(world.run("a").chunks) == b"ab"  # read to the end
    answer = world.run("a")
    next(answer.chunks)
    answer.close()
    answer.close()
    assert world.engine.open == 0
    world.settle()


def test_clients_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "CLIENTS", 20)
    world = World(client_seconds=1000)
    for number in range(200):
        answer = world.run(f"client{number}")
        world.clock.now += 0.001
        answer.close()
    assert world.admission.clients <= 2  # none of them owes anything
    world = World(client_seconds=1000, workers=41, client_queries=0)
    for number in range(200):
        answers = [world.run(f"client{number}") for _ in range(40)]  # the store lasts to the end
        world.clock.now += 1
        for answer in answers:
            answer.close()
    assert 10 <= world.admission.clients <= 22


def test_under_load_nothing_is_lost() -> None:
    world = World(workers=3, client_queries=1000, queue_length=1000)
    lock = threading.Lock()
    running: dict[str, int] = {}
    most: dict[str, int] = {}
    choice = random.Random(1)
    clients = [choice.choice("abcde") for _ in range(400)]

    def work(client: str) -> None:
        answer = world.run(client)
        with lock:
            running[client] = running.get(client, 0) + 1
            most[client] = max(most.get(client, 0), running[client])
            assert sum(running.values()) <= 3
        with lock:
            running[client] -= 1
        answer.close()

    with ThreadPoolExecutor(40) as pool:
        list(pool.map(work, clients))
    assert max(most.values()) <= 2
    assert sorted(world.engine.began) == sorted(clients)
    world.settle()


# Who asks


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", "198.51.100.7, 192.0.2.1", "192.0.2.1"),  # what is before may be made up
        ("127.0.0.1", "198.51.100.7, 10.1.2.3", "198.51.100.7"),  # a chain of trusted proxies
        ("127.0.0.1", "10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", "192.0.2.1:4711", "192.0.2.1"),
        ("127.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        ("127.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("::ffff:127.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", "192.0.2.1, nonsense", "127.0.0.1"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("192.0.2.9", "192.0.2.1", "192.0.2.9"),
        ("", "192.0.2.1", ""),
    ],
)
def test_addresses(peer: str, forwarded: str, address: str) -> None:
    assert client_address(peer, forwarded, networks("", "127.0.0.1, 10.0.0.0/8")) == address


def test_keys() -> None:
    assert client_key("2001:db8::1") == client_key("2001:db8::ffff:1:2:3")
    assert client_key("2001:db8::1") != client_key("2001:db8:0:1::1")
    assert client_key("fe80::1%eth0") == client_key("fe80::2")
    assert client_key("192.0.2.1") != client_key("192.0.2.2")
    assert client_key("") == ""


def test_a_wrong_proxy_is_told() -> None:
    with pytest.raises(UsageError, match="trusted_proxies"):
        create_app(Settings(trusted_proxies="localhost"), Fake())
