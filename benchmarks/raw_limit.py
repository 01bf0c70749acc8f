"""The floor: read and split a table's rows and write as many bytes as a converter does.

    python raw_limit.py TABLE OUT BYTES

Nothing is looked at or looked up: what a single Python process needs at least to get the data in
and out. Standard library only.
"""

from __future__ import annotations

import sys

_BATCH = 1000


def main(table: str, out: str, size: int) -> None:
    """Read ``table`` (tab-separated, LF, with a header) and write ``size`` bytes to ``out``."""
    with open(table, "rb") as counted:
        rows = sum(1 for _ in counted) - 1
    share, rest = divmod(size, max(1, rows))
    filler = "x" * share
    with (
        open(table, encoding="utf-8", newline="\n") as lines,
        open(out, "w", encoding="utf-8", newline="\n") as output,
    ):
        next(lines)
        batch = []
        for line in lines:
            cells = line.rstrip("\n").split("\t")
            for cell in cells[6], cells[7], cells[9]:
                cell.split(";")
            batch.append(filler)
            if len(batch) == _BATCH:
                output.write("".join(batch))
                batch.clear()
        output.write("".join(batch) + "x" * rest)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
