"""What the frame of every page shows: the release that answers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from flask import Flask

from server.engine import Engine, EngineError

_MADE = re.compile(r"(\d{8}T\d{6})Z-")


@dataclass(frozen=True, slots=True)
class ReleaseName:
    """A release's id, and the day it was made if the id tells it.

    >>> ReleaseName("20260102T030405Z-0a1b2c3d").day
    '2026-01-02'
    >>> ReleaseName("mine").day is None
    True
    """

    id: str

    @property
    def day(self) -> str | None:
        """The day, as ISO 8601 writes it."""
        found = _MADE.match(self.id)
        if found is None:
            return None
        try:
            return datetime.strptime(found[1], "%Y%m%dT%H%M%S").date().isoformat()
        except ValueError:
            return None


def install(app: Flask, engine: Engine) -> None:
    """Gives templates ``release()``."""

    def release() -> ReleaseName | None:
        """The release that answers; None if there is none."""
        try:
            return ReleaseName(engine.release())
        except EngineError:
            return None

    app.jinja_env.globals["release"] = release
