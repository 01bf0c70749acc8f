"""Numbers for a monitoring system: ``/metrics`` in the text format of Prometheus.

Three kinds of families (counters, gauges and histograms) are all that is needed here; nothing is
global, so every application has its own numbers.

>>> metrics = Metrics()
>>> queries = metrics.counter("queries_total", "Queries.", "form")
>>> queries.add(form="ASK")
>>> print(metrics.text(), end="")
# HELP queries_total Queries.
# TYPE queries_total counter
queries_total{form="ASK"} 1
"""

from __future__ import annotations

import os
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus
from pathlib import Path

from flask import Blueprint, Response, request

from server.clients import address_of, networks
from server.problems import Problem

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PROXY_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Real-IP")
"""A request with one of these came through a proxy, whatever its own address is."""

Labels = tuple[tuple[str, str], ...]
"""Names and values of labels."""


class Family:
    """Numbers of one name, one for each combination of labels.

    Args:
        name: its name, by the rules of Prometheus.
        help_text: what it tells, in one line.
        kind: counter or gauge.
        labels: the names of its labels.
    """

    def __init__(self, name: str, help_text: str, kind: str, labels: tuple[str, ...]) -> None:
        self.name = name
        self.help_text = help_text
        self.kind = kind
        self._labels = labels
        self._lock = threading.Lock()
        self._values: dict[Labels, float] = {} if labels else {(): 0.0}

    def add(self, amount: float = 1, **labels: str) -> None:
        """Adds to a number."""
        key = self._key(labels)
        with self._lock:
            self._values[key] = self._values.get(key, 0) + amount

    def lines(self) -> Iterator[str]:
        """The family's samples."""
        with self._lock:
            values = sorted(self._values.items())
        for labels, value in values:
            yield sample(self.name, labels, value)

    def _key(self, labels: Mapping[str, str]) -> Labels:
        return tuple((name, labels[name]) for name in self._labels)


class Histogram(Family):
    """How many observations were at most so large, for each combination of labels.

    Args:
        name: its name.
        help_text: what it tells.
        bounds: the upper bounds, ascending.
        labels: the names of its labels.
    """

    def __init__(
        self, name: str, help_text: str, bounds: tuple[float, ...], labels: tuple[str, ...]
    ) -> None:
        super().__init__(name, help_text, "histogram", labels)
        self._bounds = bounds
        self._series: dict[Labels, tuple[list[int], list[float]]] = {}

    def observe(self, value: float, **labels: str) -> None:
        """Counts one observation."""
        key = self._key(labels)
        with self._lock:
            counts, total = self._series.setdefault(key, ([0] * (len(self._bounds) + 1), [0.0]))
            counts[bisect_left(self._bounds, value)] += 1
            total[0] += value

    def lines(self) -> Iterator[str]:
        """The family's samples: cumulative buckets, the sum and the count."""
        with self._lock:
            series = [(key, list(c), t[0]) for key, (c, t) in sorted(self._series.items())]
        for labels, counts, total in series:
            seen = 0
            for bound, count in zip((*self._bounds, float("inf")), counts, strict=True):
                seen += count
                le = "+Inf" if bound == float("inf") else f"{bound:g}"
                yield sample(f"{self.name}_bucket", (*labels, ("le", le)), seen)
            yield sample(f"{self.name}_sum", labels, total)
            yield sample(f"{self.name}_count", labels, seen)


class _Computed(Family):
    """A gauge whose numbers are asked for when somebody reads them."""

    def __init__(
        self, name: str, help_text: str, kind: str, read: Callable[[], Mapping[Labels, float]]
    ) -> None:
        super().__init__(name, help_text, kind, ())
        self._read = read

    def lines(self) -> Iterator[str]:
        """The family's samples, as they are now."""
        for labels, value in sorted(self._read().items()):
            yield sample(self.name, labels, value)


class Metrics:
    """Families in the order they were made."""

    def __init__(self) -> None:
        self._families: list[Family] = []

    def counter(self, name: str, help_text: str, *labels: str) -> Family:
        """Makes a family that only grows."""
        return self._added(Family(name, help_text, "counter", labels))

    def gauge(self, name: str, help_text: str, *labels: str) -> Family:
        """Makes a family that goes up and down."""
        return self._added(Family(name, help_text, "gauge", labels))

    def histogram(
        self, name: str, help_text: str, bounds: tuple[float, ...], *labels: str
    ) -> Histogram:
        """Makes a family of observations."""
        made = Histogram(name, help_text, bounds, labels)
        self._families.append(made)
        return made

    def computed(
        self,
        name: str,
        help_text: str,
        read: Callable[[], Mapping[Labels, float]],
        kind: str = "gauge",
    ) -> None:
        """Makes a family whose numbers are asked for at each reading; none is allowed."""
        self._added(_Computed(name, help_text, kind, read))

    def text(self) -> str:
        """Everything, in the text format of Prometheus (version 0.0.4)."""
        lines: list[str] = []
        for family in self._families:
            samples = list(family.lines())
            if samples:
                lines += [f"# HELP {family.name} {family.help_text}"]
                lines += [f"# TYPE {family.name} {family.kind}", *samples]
        return "".join(f"{line}\n" for line in lines)

    def _added(self, family: Family) -> Family:
        self._families.append(family)
        return family


def sample(name: str, labels: Iterable[tuple[str, str]], value: float) -> str:
    r"""A line of the format.

    >>> sample("up", [("what", 'a "b"\n')], 1.0)
    'up{what="a \\"b\\"\\n"} 1'
    """
    inner = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
    number = str(int(value)) if value == int(value) else repr(float(value))
    return f"{name}{{{inner}}} {number}" if inner else f"{name} {number}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def add_process(metrics: Metrics) -> None:
    """Adds what Prometheus knows of every process, under the names it knows."""
    families = (
        ("process_cpu_seconds_total", "Processor time of the web process.", "counter", _cpu),
        ("process_resident_memory_bytes", "Memory of the web process.", "gauge", _memory),
        ("process_start_time_seconds", "When the web process started.", "gauge", _start),
        ("process_open_fds", "Open files of the web process.", "gauge", _open_files),
        (
            "process_threads",
            "Threads of the web process.",
            "gauge",
            lambda: threading.active_count(),
        ),
    )
    for name, help_text, kind, read in families:
        metrics.computed(name, help_text, lambda read=read: _one(read), kind)  # type: ignore[misc]


def _one(read: Callable[[], float]) -> dict[Labels, float]:
    try:
        return {(): read()}
    except (OSError, ValueError, IndexError):
        return {}  # there is no /proc


def _cpu() -> float:
    times = os.times()
    return times.user + times.system


def _memory() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return float(pages * os.sysconf("SC_PAGE_SIZE"))


def _start() -> float:
    ticks = Path("/proc/self/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[19]
    boot = next(
        line.split()[1]
        for line in Path("/proc/stat").read_text("ascii").splitlines()
        if line.startswith("btime ")
    )
    return int(boot) + int(ticks) / os.sysconf("SC_CLK_TCK")


def _open_files() -> float:
    return len(list(Path("/proc/self/fd").iterdir()))


def blueprint(metrics: Metrics, readers: str) -> Blueprint:
    """The route, for the networks that may read it and directly only.

    For anybody else there is no such page.

    Args:
        metrics: what to show.
        readers: the networks, as the setting ``metrics`` lists them.
    """
    routes = Blueprint("metrics", __name__)
    allowed = networks("metrics", readers)

    def may_read() -> bool:
        # A proxy on this machine asks from loopback, on behalf of anybody.
        if any(name in request.headers for name in PROXY_HEADERS):
            return False
        address = address_of(request.remote_addr or "")
        return address is not None and any(address in network for network in allowed)

    @routes.get("/metrics")
    def show() -> Response:
        if not may_read():
            raise Problem(HTTPStatus.NOT_FOUND, "not-found", HTTPStatus.NOT_FOUND.phrase)
        response = Response(metrics.text(), content_type=MEDIA_TYPE)
        response.headers["Cache-Control"] = "no-store"
        return response

    return routes
