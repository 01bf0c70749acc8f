"""One query worker as the web process sees it: a child process and its two pipes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile

from rdfconv.children import child_environment
from rdfconv.release import Release
from server.engine import EngineError, ErrorKind
from server.engine.frames import FrameType, read_frame, write_frame

_LOG_BYTES = 4096


class WorkerProcess:
    """A running worker process; it has the store of one release open.

    Args:
        release: the release whose store it opens.
        memory: bytes of address space it may use; 0 for no limit.
        endpoint: the endpoint that it asks instead of the store, as the worker wants it.

    Raises:
        EngineError: the process cannot be started.
    """

    def __init__(self, release: Release, memory: int, endpoint: str = "") -> None:
        self.release = release
        self.ready = False
        # A file and not a pipe: nobody has to read it while the worker runs.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        arguments = [str(release.store), str(memory), *([endpoint] if endpoint else [])]
        try:
            self._process = subprocess.Popen(
                # -P: the folder that the server is started in must not shadow its modules.
                [sys.executable, "-P", "-m", "server.engine.worker", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=_environment(),
                # Ctrl-C in a terminal is for the web process, which then ends its workers.
                process_group=0,
            )
        except OSError as error:
            self._errors.close()
            raise EngineError(
                ErrorKind.UNAVAILABLE, f"no query worker can be started: {error.strerror}"
            ) from error

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def send(self, payload: bytes) -> bool:
        """Sends a query; whether the worker was there to take it."""
        assert self._process.stdin is not None
        try:
            write_frame(self._process.stdin, FrameType.QUERY, payload)  # type: ignore[arg-type]
        except OSError:
            return False
        return True

    def receive(self) -> tuple[FrameType, bytes] | None:
        """Waits for the worker's next frame; None if it has ended."""
        assert self._process.stdout is not None
        return read_frame(self._process.stdout)  # type: ignore[arg-type]

    def signal_end(self) -> None:
        """Ends the process without waiting, so that whoever receives from it gets None."""
        self._process.kill()

    def destroy(self) -> None:
        """Ends the process and frees its pipes. Only for the thread that receives from it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except OSError:
                continue  # what was not flushed has no reader any more
        self._errors.close()

    def cause_of_death(self) -> EngineError:
        """Why a process ended that nobody ended; waits for its end."""
        code = self._process.wait()
        self._errors.seek(0)
        log = self._errors.read(_LOG_BYTES).decode("utf-8", "replace").strip()
        if "memory allocation of" in log or "bad_alloc" in log or "MemoryError" in log:
            return EngineError(ErrorKind.MEMORY, "the query needs more memory than a query may use")
        name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        error = EngineError(ErrorKind.CRASHED, f"the query ended its worker ({name})")
        error.add_note(log)
        return error


def _environment() -> dict[str, str]:
    # glibc reserves 64 MB of address space for each thread's arena: most of a worker's limit would
    # be gone before its first query.
    arenas = {"MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "2")}
    return child_environment() | arenas
