"""Where a list goes on: texts that mean something to the server alone.

A cursor belongs to one release and to one question. Rows of another release may stand in another
order, so a cursor of one that was replaced is an error, and not a place in the new list.

>>> cursor = write("20260102T030405Z-0a1b2c3d", "tf=Q06945", 100)
>>> read(cursor, "20260102T030405Z-0a1b2c3d", "tf=Q06945")
100
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from http import HTTPStatus

from server.problems import Problem


def write(release: str, question: str, place: int) -> str:
    """A cursor.

    Args:
        release: the release that answers.
        question: what is asked, without the size of the answer.
        place: how many rows stand before it.
    """
    text = f"{place}.{_digest(question)}.{release}"
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(cursor: str, release: str, question: str) -> int:
    """The place that a cursor means.

    Raises:
        Problem: it names no place in this list, or belongs to another release.
    """
    place, digest, written_for = _parts(cursor)
    is_place = place.isascii() and place.isdigit() and len(place) < 12
    if not is_place or digest != _digest(question):
        raise Problem(
            HTTPStatus.NOT_FOUND,
            "no-such-page",
            "There is no such page",
            "The cursor belongs to another question." if is_place else "The cursor is none.",
            hint="send next_cursor as it came, with the parameters of the answer it came with",
        )
    if written_for != release:
        raise Problem(
            HTTPStatus.GONE,
            "stale-cursor",
            "The list has changed",
            f"The cursor belongs to the release {written_for}; {release} answers now.",
            hint="begin again without 'cursor'",
        )
    return int(place)


def _parts(cursor: str) -> tuple[str, str, str]:
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", "", ""
    place, _, rest = text.partition(".")
    digest, _, release = rest.partition(".")
    return place, digest, release


def _digest(question: str) -> str:
    return sha256(question.encode()).hexdigest()[:12]
