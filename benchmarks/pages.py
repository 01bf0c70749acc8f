"""All protein pages: to N-Triples, to a release, and a bare load of the same quads, in one run.

``make bench-pages PAGES=tflink-pages.tar.xz``. A build is compared with what pyoxigraph alone needs
for the same N-Quads from a file: the bulk load, and the bulk load with `optimize`, without which a
look-up takes ten times as long (a release is always optimized).
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from benchmarks.measure import Measure, machine, run

BARE = (
    "import sys, pyoxigraph as ox; store = ox.Store(sys.argv[1]); "
    "store.bulk_load(path=sys.argv[2], format=ox.RdfFormat.N_QUADS, lenient=True)"
)
"""Loads a file and nothing else."""


def main() -> int:
    """Runs the comparison and prints it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", type=Path, help="a folder or archive of pages")
    parser.add_argument("--work", type=Path, default=Path("benchmarks/work"))
    parser.add_argument("--jobs", default="2")
    arguments = parser.parse_args()
    work: Path = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    pages, jobs = str(arguments.pages), ["--jobs", arguments.jobs, "--quiet"]
    quads, store = work / "pages.nq", work / "store"
    rdfconv = [sys.executable, "-m", "rdfconv"]
    bare = [sys.executable, "-c", BARE, str(store), str(quads)]
    steps = {
        "convert, 1 job": [*rdfconv, "convert", pages, "-o", str(work / "pages.nt"), "--quiet"],
        f"convert, {arguments.jobs} jobs": [
            *rdfconv, "convert", pages, "-o", str(work / "pages.nt"), *jobs],
        "convert to N-Quads": [*rdfconv, "convert", pages, "-o", str(quads), *jobs],
        "build": [*rdfconv, "build", pages, "--into", str(work / "release"), *jobs],
        "bare load": bare,
        "bare load, optimize": [*bare[:2], BARE + "; store.optimize()", *bare[3:]],
    }  # fmt: skip
    found: dict[str, Measure] = {}
    print(f"{machine()}\n{'step':24}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}", flush=True)
    for name, command in steps.items():
        shutil.rmtree(store, ignore_errors=True)
        found[name] = told = run(command, str(work / "log"))
        print(f"{name:24}{told.wall:9.1f}{told.cpu:9.1f}{told.peak / 1e6:9.0f}", flush=True)
    for name in ("bare load", "bare load, optimize"):
        print(f"build / {name}: {found['build'].wall / found[name].wall:.2f}")
    shutil.rmtree(work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
