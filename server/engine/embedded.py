"""The engine that answers from a release on disk, with a pool of worker processes.

A thread that has a query takes a worker from the pool, and gives it back when the answer is
complete. A worker whose query is ended (deadline, cancel, answer closed early) is killed and
replaced at once. One watching thread keeps the deadlines, also while the thread that has the
query is stuck in sending to a slow client.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rdfconv.config import Settings
from rdfconv.errors import ReleaseError
from rdfconv.release import CURRENT, Release, open_release
from server.engine import Answer, EngineError, ErrorKind, Kind, Limits, Query, warming
from server.engine.frames import FrameType
from server.engine.process import WorkerProcess

START_SECONDS = 60.0
"""How long a worker may take to open its store."""
RECYCLE_PART = 4
"""A worker that ever held a fourth of `Settings.query_memory` is replaced: after a large query
the next one would pay for the allocator's freeing."""


_ATTEMPTS = 3


@dataclass(slots=True, eq=False)
class _Run:
    """A query in a worker."""

    query_id: str
    worker: WorkerProcess
    deadline: float
    ended_by: ErrorKind | None = None


class EmbeddedEngine:
    """See `server.engine.Engine`. It belongs to one process, which must not fork afterwards.

    Args:
        settings: the release, the number of workers and their memory.
        endpoint: the endpoint that the workers ask instead of the release's store, if any
            (`server.engine.remote`).

    Raises:
        EngineError: there is no release to answer from.
    """

    def __init__(self, settings: Settings, endpoint: str = "") -> None:
        self._endpoint = endpoint
        self._root = Path(settings.release)
        self._memory = settings.query_memory
        self._size = max(settings.workers, 1)
        self._log = logging.getLogger("rdfconv.engine")
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._runs: set[_Run] = set()
        self._closed = False
        self._known = self._identity()
        self._reads_ahead = settings.read_ahead
        self._release = self._opened()
        # A place without a process stands for a worker that is still to be started.
        self._free: queue.LifoQueue[WorkerProcess | None] = queue.LifoQueue()
        for _ in range(self._size):
            self._free.put(WorkerProcess(self._release, self._memory, self._endpoint))
        threading.Thread(target=self._watch, name="deadlines", daemon=True).start()

    @property
    def plans(self) -> bool:
        """Whether queries are planned: for our own store; other engines have their own ways."""
        return not self._endpoint

    def run(self, query: Query, limits: Limits) -> Answer:
        """Starts a query and waits for the first bytes of its answer."""
        try:
            place = self._free.get(timeout=limits.queue_seconds)
        except queue.Empty:
            raise EngineError(
                ErrorKind.BUSY, f"all {self._size} query workers are busy; try again later"
            ) from None
        answering: _Answering | None = None
        try:
            if self._closed:
                raise EngineError(ErrorKind.UNAVAILABLE, "the server is stopping")
            for _ in range(_ATTEMPTS):
                worker = place = self._ready(place)
                answering = _Answering(self, query, limits, worker)
                if answering.taken():
                    return answering.answer()
                answering.abandon()
                answering, place = None, None
            raise EngineError(ErrorKind.UNAVAILABLE, "the query workers end at once")
        except BaseException:
            if answering is None:
                self._replace(place)
            else:
                answering.close()
            raise

    def cancel(self, query_id: str) -> bool:
        """Ends a running query; whether there was one of that id."""
        with self._lock:
            found = [run for run in self._runs if run.query_id == query_id]
            for run in found:
                self._end(run, ErrorKind.CANCELLED)
        return bool(found)

    def release(self) -> str:
        """The id of the release that the next query is answered from."""
        return self._current().id

    def check(self) -> None:
        """Looks whether queries can be answered now, apart from how many there are.

        Raises:
            EngineError: they cannot (`ErrorKind.UNAVAILABLE`).
        """
        self.release()

    def close(self) -> None:
        """Ends all queries and workers. Running answers break off."""
        with self._lock:
            self._closed = True
            for run in self._runs:
                self._end(run, ErrorKind.UNAVAILABLE)
            self._changed.notify()
        while True:
            try:
                worker = self._free.get_nowait()
            except queue.Empty:
                break
            if worker is not None:
                worker.destroy()
        self._free.put(None)  # lets a waiting thread see that the engine is closed

    # The workers

    def _ready(self, worker: WorkerProcess | None) -> WorkerProcess:
        """The worker, or another in its place, that runs and has the current release open."""
        release = self._current()
        if worker is not None and (worker.release.path != release.path or not worker.alive):
            worker.destroy()
            worker = None
        if worker is None:
            worker = WorkerProcess(release, self._memory, self._endpoint)
        if worker.ready:
            return worker
        run = self.watched("", worker, START_SECONDS)
        frame = worker.receive()
        self.unwatched(run)
        if frame is not None and frame[0] is FrameType.READY:
            worker.ready = True
            return worker
        error = _error_of(frame[1]) if frame is not None else worker.cause_of_death()
        worker.destroy()
        self._log.error("a query worker did not start: %s %s", error, _notes(error))
        raise EngineError(ErrorKind.UNAVAILABLE, "the release cannot be opened")

    def give_back(self, worker: WorkerProcess, peak: int) -> None:
        """Takes back a worker that has completed its query.

        Args:
            worker: the worker.
            peak: the most memory it ever held, in bytes.
        """
        if self._memory and peak > self._memory // RECYCLE_PART:
            self._replace(worker)
        else:
            self._put(worker)

    def _replace(self, worker: WorkerProcess | None) -> None:
        if worker is not None:
            worker.destroy()
        fresh: WorkerProcess | None = None
        if not self._closed:
            try:
                fresh = WorkerProcess(self._release, self._memory, self._endpoint)
            except EngineError as error:
                self._log.error("%s", error)  # the next query tries again
        self._put(fresh)

    def _put(self, worker: WorkerProcess | None) -> None:
        self._free.put(worker)
        if self._closed:
            self.close()

    def replace(self, worker: WorkerProcess) -> None:
        """Ends a worker in the middle of its query and puts a new one in its place."""
        self._replace(worker)

    def report(self, error: EngineError) -> None:
        """Logs what ended a worker."""
        self._log.warning("%s: %s %s", error.kind, error, _notes(error))

    def report_fault(self, text: str) -> None:
        """Logs what went wrong in a worker without harm to its query."""
        self._log.error("%s", text)

    # The release

    def _current(self) -> Release:
        if self._endpoint:
            return self._release  # another release is not at the endpoint, only because it is here
        # Asked for several times with every query, so by the folder's identity: to resolve the
        # links in a path takes a look at each of its parts.
        found = self._identity()
        if found == self._known:
            return self._release
        try:
            self._release = self._opened()
            self._known = found
        except EngineError as error:
            # A published release that vanished is no reason to stop answering from the open one.
            self._log.warning("still answering from %s: %s", self._release.id, error)
        return self._release

    def _identity(self) -> tuple[int, int, int]:
        """What tells the folder of the current release from any other, a deleted one's successor
        included; zeros where there is none."""
        for folder in (self._root / CURRENT, self._root):
            with suppress(OSError):
                found = folder.stat()
                return found.st_dev, found.st_ino, found.st_ctime_ns
        return 0, 0, 0

    def _opened(self) -> Release:
        try:
            release = open_release(self._root, with_store=not self._endpoint)
        except ReleaseError as error:
            raise EngineError(ErrorKind.UNAVAILABLE, str(error)) from error
        if self._reads_ahead and not self._endpoint:
            warming.begin(release, lambda: self._closed)
        return release

    # The deadlines

    def watched(self, query_id: str, worker: WorkerProcess, seconds: float) -> _Run:
        """Has the worker killed when the time is over, until `unwatched`."""
        run = _Run(query_id, worker, time.monotonic() + seconds)
        with self._lock:
            self._runs.add(run)
            if self._closed:
                self._end(run, ErrorKind.UNAVAILABLE)
            self._changed.notify()
        return run

    def unwatched(self, run: _Run) -> None:
        """Ends the watch; afterwards nothing but its own thread ends the worker."""
        with self._lock:
            self._runs.discard(run)

    def _end(self, run: _Run, kind: ErrorKind) -> None:
        if run.ended_by is None:
            run.ended_by = kind
            run.worker.signal_end()

    def _watch(self) -> None:
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                waiting = [run for run in self._runs if run.ended_by is None]
                for run in waiting:
                    if run.deadline <= now:
                        self._end(run, ErrorKind.TIMEOUT)
                times = [run.deadline - now for run in waiting if run.ended_by is None]
                self._changed.wait(min(times) if times else None)


class _Answering:
    """A query that is being answered: owns its worker until the answer is complete or closed."""

    def __init__(
        self, engine: EmbeddedEngine, query: Query, limits: Limits, worker: WorkerProcess
    ) -> None:
        self._engine = engine
        self._seconds = limits.seconds
        self._worker = worker
        self._lock = threading.Lock()
        self._done = False
        self._rows: int | None = None
        self._run = engine.watched(query.id or uuid.uuid4().hex, worker, limits.seconds)
        request = {
            "text": query.text,
            "base": query.base,
            "default_graphs": query.default_graphs,
            "named_graphs": query.named_graphs,
            "format": query.media_type.name,
            "truncate": query.truncate,
            "plan": query.plan and engine.plans,
            "rows": limits.rows,
            "bytes": limits.size,
        }
        # If the worker is gone already, the first frame awaited tells so.
        worker.send(json.dumps(request).encode())

    def taken(self) -> bool:
        """Whether the query got to the worker; not if that had died while it was idle."""
        return self._worker.receive() is not None or self._run.ended_by is not None

    def abandon(self) -> None:
        """Gives up a worker that never had the query; the caller keeps its place in the pool."""
        if self._claim():
            self._engine.unwatched(self._run)
            self._worker.destroy()

    def answer(self) -> Answer:
        """Waits for the first bytes.

        Raises:
            EngineError: there is no answer.
        """
        kind, payload = self._next()
        if kind is not FrameType.KIND:
            raise EngineError(ErrorKind.CRASHED, "the query worker broke the protocol")
        first = self._next()
        name, _, truncated = payload.decode().partition(" ")
        release = self._worker.release.id
        chunks = self._chunks(first)
        return Answer(Kind(name), release, chunks, self.close, truncated, lambda: self._rows)

    def _next(self) -> tuple[FrameType, bytes]:
        frame = self._worker.receive()
        while frame is not None and frame[0] in (FrameType.ROWS, FrameType.FAULT):
            if frame[0] is FrameType.ROWS:
                self._rows = int(frame[1])
            else:
                self._engine.report_fault(frame[1].decode())
            frame = self._worker.receive()
        if frame is None:
            raise self._error()
        if frame[0] is FrameType.ERROR:
            self._finish(0)
            raise _error_of(frame[1])
        if frame[0] is FrameType.END:
            self._finish(int(frame[1]))
        return frame

    def _chunks(self, frame: tuple[FrameType, bytes]) -> Iterator[bytes]:
        try:
            while frame[0] is FrameType.DATA:
                yield frame[1]
                frame = self._next()
        finally:
            self.close()

    def _error(self) -> EngineError:
        ended_by = self._run.ended_by
        if ended_by is ErrorKind.TIMEOUT:
            return EngineError(ended_by, f"the query took longer than {self._seconds:g} seconds")
        if ended_by is ErrorKind.CANCELLED:
            return EngineError(ended_by, "the query was cancelled")
        if ended_by is not None:
            return EngineError(ended_by, "the server is stopping")
        error = self._worker.cause_of_death()
        self._engine.report(error)
        return error

    def _finish(self, peak: int) -> None:
        if self._claim():
            self._engine.unwatched(self._run)
            if self._run.ended_by is None:
                self._engine.give_back(self._worker, peak)
            else:  # the deadline came with the last byte
                self._engine.replace(self._worker)

    def close(self) -> None:
        """Ends the query if it still runs. May be called more than once."""
        if self._claim():
            self._engine.unwatched(self._run)
            self._engine.replace(self._worker)

    def _claim(self) -> bool:
        with self._lock:
            first, self._done = not self._done, True
        return first


def _error_of(payload: bytes) -> EngineError:
    error = json.loads(payload)
    return EngineError(
        ErrorKind(error["kind"]), error["detail"], line=error["line"], column=error["column"]
    )


def _notes(error: EngineError) -> str:
    return " ".join(getattr(error, "__notes__", ()))
