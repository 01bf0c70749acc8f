"""The workers: a Dask cluster, as the main process sees it."""

from __future__ import annotations

import os
import re
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

from distributed import Client, Future, KilledWorker, LocalCluster
from distributed.comm.core import CommClosedError

from rdfconv.cluster.work import Failure
from rdfconv.errors import RdfconvError, UsageError

Result = TypeVar("Result")

LOCAL = re.compile(r"local(?::([1-9]\d*))?")
AHEAD = 4
"""How many tasks are submitted for each thread of the workers: one to work on, others to go on
with, while results wait for their turn."""
PATIENCE = 60
"""Seconds to wait for the scheduler, for its first worker, or for another when all are lost."""

TRIES = 3
"""How often a task is given out that no worker gets."""


class Pool:
    """Runs functions on the workers.

    Args:
        client: the connection to them.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._run = uuid4().hex[:12]
        self._count = 0

    def map(
        self, function: Callable[..., Result | Failure], items: Iterable[tuple[object, ...]]
    ) -> Iterator[Result]:
        """The results, in the order of the items; items are taken as they are needed.

        Args:
            function: what is done: a function of its arguments and of files alone, because it is
                called again if its worker is lost.
            items: the arguments of each call.

        Raises:
            RdfconvError: what a call failed with, or the workers are lost.
        """
        waiting: deque[_Task] = deque()
        try:
            for item in items:
                while len(waiting) >= max(2, AHEAD * self._threads()):
                    yield self._result(waiting.popleft())
                waiting.append(self._submit(function, item))
            while waiting:
                yield self._result(waiting.popleft())
        finally:
            for task in waiting:
                with suppress(Exception):
                    task.future.cancel()

    def kept(self, value: object) -> object:
        """A value for many calls, sent once; it is not lost with the worker that has it."""
        # Scattered data would be: the scheduler only remembers how to make results of tasks.
        return self._submitted(_same, (value,))

    def _submit(self, function: Callable[..., Any], item: tuple[object, ...]) -> _Task:
        return _Task(function, item, self._submitted(function, item))

    def _submitted(self, function: Callable[..., Any], item: tuple[object, ...]) -> Future[Any]:
        self._count += 1
        with warnings.catch_warnings(), _lost():
            warnings.filterwarnings("ignore", "Sending large graph")
            key = f"{function.__name__.strip('_')}-{self._run}-{self._count}"
            return self._client.submit(function, *item, key=key, priority=-self._count)

    def _result(self, task: _Task) -> Any:
        with _lost():
            result = self._waited_for(task)
        if isinstance(result, Failure):
            raise RdfconvError(result.text)
        return result

    def _waited_for(self, task: _Task) -> Any:
        """A result that may take as long as there is a worker, or a new one comes soon."""
        for _ in range(TRIES):
            while True:
                try:
                    return task.future.result(timeout=PATIENCE)
                except TimeoutError:
                    if task.future.done():
                        raise
                if not self._threads():
                    raise RdfconvError(
                        "all workers are lost", hint="start workers, then convert again"
                    )
                if not any(self._client.processing().values()):
                    break
            # A scheduler may forget a task while its worker leaves: nobody works, and it is not
            # done. A task is a function of its arguments, so it is simply given out once more.
            task.future.cancel()
            task.future = self._submitted(task.function, task.item)
        raise RdfconvError(
            f"the scheduler gave a part to no worker, {TRIES} times",
            hint="look at the scheduler's log, start it anew, and convert again",
        )

    def _threads(self) -> int:
        with _lost():
            return sum(self._client.nthreads().values())


@dataclass(slots=True)
class _Task:
    """A call that was given out."""

    function: Callable[..., Any]
    item: tuple[object, ...]
    future: Future[Any]


def _same(value: object) -> object:
    return value


@contextmanager
def _lost() -> Iterator[None]:
    """Turns what goes wrong between the processes into one clear error."""
    try:
        yield
    except KilledWorker as error:
        raise RdfconvError(
            f"a part could not be converted: the workers that tried were lost ({error.task})",
            hint="if they had too little memory, use a smaller --part-bytes",
        ) from error
    except ImportError as error:
        raise RdfconvError(
            f"a worker lacks a package: {error}",
            hint="install rdfconv[cluster] where the scheduler and the workers run, too",
        ) from error
    except (CommClosedError, OSError) as error:
        raise RdfconvError(
            f"the connection to the scheduler is lost: {error}", hint="start it and try again"
        ) from error


@contextmanager
def connected(scheduler: str) -> Iterator[Pool]:
    """The workers of a scheduler, or of a cluster of this machine for the time being.

    Args:
        scheduler: the scheduler's address, e.g. ``tcp://host:8786``; or ``local``, or ``local:N``
            for N processes here.

    Raises:
        UsageError: the address is none.
        RdfconvError: the scheduler does not answer, or has no worker.
    """
    found = LOCAL.fullmatch(scheduler)
    if not found and "://" not in scheduler:
        raise UsageError(
            f"{scheduler!r} is no scheduler", hint="write tcp://HOST:8786, local or local:N"
        )
    if not found:
        with _client(scheduler) as client:
            yield Pool(client)
        return
    count = int(found[1] or os.cpu_count() or 1)
    with (
        LocalCluster(
            n_workers=count, threads_per_worker=1, dashboard_address="127.0.0.1:0"
        ) as cluster,
        _client(cluster) as client,
    ):
        yield Pool(client)


@contextmanager
def _client(scheduler: object) -> Iterator[Client]:
    try:
        client = Client(scheduler, timeout=PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise RdfconvError(
            f"there is no scheduler at {scheduler}: {error}",
            hint="start one with 'dask scheduler'",
        ) from error
    try:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as error:
            raise RdfconvError(
                f"the scheduler at {scheduler} has no worker",
                hint="start some with 'dask worker ADDRESS --nthreads 1'",
            ) from error
        yield client
    finally:
        client.close()
