"""Lets queries in: an engine around another, which shares it fairly among the clients.

- Queries wait in a queue per client, and the clients take turns: whoever sends fifty queries waits
  for them himself, and not the one who sends one. Where there are several workers, no client gets
  the last of them (unless `client_queries` is 0: then clients have no limit). The small queries of
  our own pages have a lane of their own, which goes first (though not for ever, while others
  wait), so that pages come while long queries wait.
- A client may have so many queries running and waiting, and all together may wait so many. Before
  one is refused for that, it is looked whether those who wait are still there.
- A client has a store of query time. It grows by a second each second, up to the setting
  `client_seconds`, and shrinks by a second each second for each of the client's queries that has a
  worker. So one query at a time, each after the other, costs nothing. When the store is empty, a
  client is held to one query at a time. The pages' lane is not charged.

A client is an address; in IPv6 a network of 64 bits, of which every host has all addresses.
"""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from rdfconv.config import Settings
from server.clients import address_of
from server.engine import Answer, Engine, EngineError, ErrorKind, Lane, Limits, Query, ending
from server.observing import Load

CLIENTS = 10_000
"""How many clients are remembered that have no query; beyond, the oldest are forgotten."""
PAGES_IN_A_ROW = 8
"""How many queries of pages go first before another query has its turn."""
RETRY_SECONDS = 5
"""When to try again where nothing better is known."""

LIMIT_HEADER = "RateLimit"
POLICY_HEADER = "RateLimit-Policy"
"""The headers of the IETF's draft (draft-ietf-httpapi-ratelimit-headers)."""


def client_key(address: str) -> str:
    """What counts as one client.

    >>> client_key("192.0.2.7"), client_key("2001:db8:1:2:3::4"), client_key("::ffff:192.0.2.7")
    ('192.0.2.7', '2001:db8:1:2::/64', '192.0.2.7')
    """
    parsed = address_of(address)
    if parsed is None:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(ipaddress.ip_network((int(parsed), 64), strict=False))


@dataclass(slots=True, eq=False)
class _Ticket:
    """A query that waits or runs."""

    query_id: str
    client: _Client
    lane: Lane
    go: threading.Event = field(default_factory=threading.Event)
    running: bool = False
    cancelled: bool = False


@dataclass(slots=True, eq=False)
class _Client:
    """What is known of a client.

    Attributes:
        seconds: its store of query time, as of `since`.
        running: by lane, how many of its queries have a worker.
        waiting: by lane, how many wait.
    """

    key: str
    seconds: float
    since: float
    running: dict[Lane, int] = field(default_factory=lambda: dict.fromkeys(Lane, 0))
    waiting: dict[Lane, int] = field(default_factory=lambda: dict.fromkeys(Lane, 0))

    @property
    def idle(self) -> bool:
        return not any(self.running.values()) and not any(self.waiting.values())


class Admission:
    """See `server.engine.Engine`.

    Args:
        engine: what answers; it is closed with this.
        settings: how many queries it answers at once, and the limits.
        clock: tells seconds.
        sweep: cancels the queries of clients that have left; whether there were any.
    """

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        sweep: Callable[[], bool] = lambda: False,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._sweep = sweep
        self._places = max(settings.workers, 1)
        # The last worker is for others, unless all clients are trusted to be modest.
        own = self._places - 1 if settings.client_queries else self._places
        self._places_each = max(own, 1)
        self._longest = settings.queue_length
        self._queries_each = settings.client_queries
        self._capacity = float(settings.client_seconds)
        self._lock = threading.Lock()
        self._tickets: set[_Ticket] = set()
        self._running = 0
        self._pages_in_a_row = 0
        self._clients: OrderedDict[str, _Client] = OrderedDict()
        # By lane: the clients that wait, in the order of their turns, with their tickets.
        self._queues: Mapping[Lane, OrderedDict[_Client, deque[_Ticket]]] = MappingProxyType(
            {lane: OrderedDict() for lane in Lane}
        )

    def run(self, query: Query, limits: Limits) -> Answer:
        """Waits for the query's turn and starts it."""
        start = time.monotonic()
        ticket = self._enter(query)
        try:
            self._wait(ticket, limits.queue_seconds)
            left = max(limits.queue_seconds - (time.monotonic() - start), 1.0)
            answer = self._engine.run(query, replace(limits, queue_seconds=left))
        except BaseException:
            self._leave(ticket)
            raise

        return ending(answer, lambda: self._leave(ticket))

    def cancel(self, query_id: str) -> bool:
        """Ends a running query, or takes a waiting one out of the queue."""
        with self._lock:
            found = [ticket for ticket in self._tickets if ticket.query_id == query_id]
            for ticket in found:
                if not ticket.running:
                    # Its place in the queue is free from now on, not when its thread has woken.
                    ticket.cancelled = True
                    self._drop(ticket)
                    ticket.go.set()
        waited = any(ticket.cancelled for ticket in found)
        return self._engine.cancel(query_id) or waited

    def release(self) -> str:
        """The id of the release that the next query is answered from."""
        return self._engine.release()

    def close(self) -> None:
        """Closes the engine."""
        self._engine.close()

    def load(self) -> Load:
        """How many queries run and wait."""
        with self._lock:
            return Load(self._places, self._running, len(self._tickets) - self._running)

    @property
    def clients(self) -> int:
        """How many clients are remembered."""
        with self._lock:
            return len(self._clients)

    def headers(self, address: str) -> dict[str, str]:
        """The headers that tell a client its store of query time; none without a limit."""
        if not self._capacity:
            return {}
        with self._lock:
            client = self._clients.get(client_key(address))
            if client is not None:
                self._refill(client)
            seconds = self._capacity if client is None else client.seconds
        name, capacity = '"query-seconds"', int(self._capacity)
        left = max(math.floor(seconds), 0)
        return {
            POLICY_HEADER: f'{name};q={capacity};qu="query-seconds";w={capacity}',
            LIMIT_HEADER: f"{name};r={left};t={capacity - left}",
        }

    def _enter(self, query: Query) -> _Ticket:
        """Puts a query into the queue, or refuses it."""
        try:
            with self._lock:
                return self._queued(query)
        except EngineError:
            if not self._sweep():
                raise
        with self._lock:
            return self._queued(query)

    # All that follows but `_wait` and `_leave` is called with the lock held.

    def _queued(self, query: Query) -> _Ticket:
        client = self._client(client_key(query.client))
        self._refill(client)
        lane = query.lane
        mine = client.running[lane] + client.waiting[lane]
        if lane is Lane.QUERY:
            self._refuse(client, mine)
        waiting = len(self._tickets) - self._running
        if waiting >= self._longest and self._running >= self._places:
            raise EngineError(
                ErrorKind.BUSY,
                f"{waiting} queries are waiting already; try again later",
                retry=RETRY_SECONDS,
            )
        ticket = _Ticket(query.id, client, lane)
        self._tickets.add(ticket)
        client.waiting[lane] += 1
        self._queues[lane].setdefault(client, deque()).append(ticket)
        self._next()
        return ticket

    def _refuse(self, client: _Client, mine: int) -> None:
        if self._queries_each and mine >= self._queries_each:
            raise EngineError(
                ErrorKind.BUDGET,
                f"you have {mine} queries running or waiting already",
                retry=RETRY_SECONDS,
            )
        if self._capacity and mine and client.seconds <= 0:
            raise EngineError(
                ErrorKind.BUDGET,
                "you have used up your query time; one query at a time is always let in",
                retry=max(math.ceil(-client.seconds), 1),
            )

    def _wait(self, ticket: _Ticket, seconds: float) -> None:
        arrived = ticket.go.wait(seconds)
        with self._lock:
            if ticket.cancelled:
                raise EngineError(ErrorKind.CANCELLED, "the query was cancelled")
            if ticket.running:
                return
        assert not arrived
        raise EngineError(
            ErrorKind.BUSY,
            f"all {self._places} query workers are busy; try again later",
            retry=RETRY_SECONDS,
        )

    def _leave(self, ticket: _Ticket) -> None:
        """Ends a ticket, wherever it is. May be called more than once."""
        with self._lock:
            if ticket in self._tickets:
                self._drop(ticket)

    def _drop(self, ticket: _Ticket) -> None:
        self._tickets.discard(ticket)
        client = ticket.client
        self._refill(client)
        if ticket.running:
            client.running[ticket.lane] -= 1
            self._running -= 1
        else:
            client.waiting[ticket.lane] -= 1
            queue = self._queues[ticket.lane]
            queue[client].remove(ticket)
            if not queue[client]:
                del queue[client]
        self._forget()
        self._next()

    def _next(self) -> None:
        """Gives free workers to those whose turn it is."""
        while self._running < self._places:
            ticket = self._turn()
            if ticket is None:
                return
            client = ticket.client
            self._refill(client)
            client.waiting[ticket.lane] -= 1
            client.running[ticket.lane] += 1
            self._running += 1
            ticket.running = True
            ticket.go.set()

    def _turn(self) -> _Ticket | None:
        lanes = [Lane.PAGE, Lane.QUERY]
        if self._pages_in_a_row >= PAGES_IN_A_ROW:
            lanes.reverse()
        for lane in lanes:
            queue = self._queues[lane]
            for client, tickets in queue.items():
                if sum(client.running.values()) >= self._places_each:
                    continue
                ticket = tickets.popleft()
                del queue[client]
                if tickets:
                    queue[client] = tickets  # behind all others
                self._pages_in_a_row = self._pages_in_a_row + 1 if lane is Lane.PAGE else 0
                return ticket
        return None

    def _client(self, key: str) -> _Client:
        client = self._clients.get(key)
        if client is None:
            client = _Client(key, self._capacity, self._clock())
            self._clients[key] = client
        self._clients.move_to_end(key)
        return client

    def _refill(self, client: _Client) -> None:
        now = self._clock()
        passed = now - client.since
        client.seconds += (1 - client.running[Lane.QUERY]) * passed
        client.seconds = min(client.seconds, self._capacity)
        client.since = now

    def _forget(self) -> None:
        """Forgets clients of whom nothing needs to be known: those that came first, mostly."""
        for key in list(_first(self._clients, 2)):
            client = self._clients[key]
            self._refill(client)
            over = len(self._clients) > CLIENTS
            if client.idle and (over or client.seconds >= self._capacity):
                del self._clients[key]
            else:
                self._clients.move_to_end(key)


def _first(clients: OrderedDict[str, _Client], number: int) -> Iterator[str]:
    for key, _ in zip(clients, range(number), strict=False):
        yield key
