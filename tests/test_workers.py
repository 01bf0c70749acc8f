"""Worker processes: order, large results, errors, and a worker that is killed."""

import os
import signal
from collections.abc import Iterator

import pytest

from rdfconv.errors import RdfconvError
from rdfconv.workers import SLOT_BYTES, Workers


class Doubling:
    """Doubles numbers, and adds them up until it is asked."""

    def __init__(self) -> None:
        self.total = 0

    def work(self, item: int) -> tuple[int, bytes]:
        if item < 0:
            raise ValueError(f"{item} is negative")
        if item == 13:
            os.kill(os.getpid(), signal.SIGKILL)
        self.total += item
        return 2 * item, b"x" * item

    def answer(self, question: int) -> int:
        return self.total * question


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("items", [0, 1, 2, 5, 12])
def test_results_come_in_order(count: int, items: int) -> None:
    with Workers[int, int, int, int](count, Doubling) as workers:
        results = [(result, bytes(data)) for result, data in workers.map(range(items))]
        assert results == [(2 * n, b"x" * n) for n in range(items)]
        assert sum(workers.ask(3)) == 3 * sum(range(items))


def test_items_and_results_larger_than_a_pipe() -> None:
    """Both directions full at once must not stop both sides."""

    class Echo:
        def work(self, item: bytes) -> tuple[bytes, bytes]:
            return item, item

        def answer(self, question: None) -> None:
            return None

    large = [bytes([n]) * 3_000_000 for n in range(10)] + [b"y" * (SLOT_BYTES + 1)] * 5
    with Workers[bytes, bytes, None, None](2, Echo) as workers:
        assert [(item, bytes(data)) for item, data in workers.map(large)] == [
            (item, item) for item in large
        ]


def test_an_error_of_a_worker_is_raised() -> None:
    with pytest.raises(ValueError, match="-1 is negative"), Workers(2, Doubling) as workers:
        list(workers.map([1, 2, -1, 3]))


def test_a_killed_worker_is_told() -> None:
    with (
        pytest.raises(RdfconvError, match=r"ended unexpectedly \(exit code -9\)") as error,
        Workers(2, Doubling) as workers,
    ):
        list(workers.map([1, 2, 13, 3, 4, 5, 6, 7]))
    assert "--jobs" in str(error.value)


def test_an_error_of_the_items_ends_the_processes() -> None:
    def items() -> Iterator[int]:
        yield from range(3)
        raise OSError("the input is cut")

    workers = Workers[int, int, int, int](2, Doubling)
    with pytest.raises(OSError, match="the input is cut"), workers:
        list(workers.map(items()))
    assert [process.is_alive() for process in workers._processes] == [False, False]
