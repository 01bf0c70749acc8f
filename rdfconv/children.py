"""What the processes that are started from this package need to find it."""

from __future__ import annotations

import os
from pathlib import Path


def child_environment() -> dict[str, str]:
    """The environment of a Python process that imports the same packages as this one, also when
    they run from a checkout."""
    folder = str(Path(__file__).parent.parent)
    paths = [folder, *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
