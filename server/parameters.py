"""The parameters of a request's address, checked: none is passed over in silence."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from flask import request

from rdfconv.errors import UsageError, shown


def given(known: Collection[str] = (), repeatable: Collection[str] = ()) -> dict[str, str]:
    """The parameters, each with its first value.

    Args:
        known: the names there are; any if there are none.
        repeatable: those that may be given more than once.

    Raises:
        UsageError: one is unknown (the nearest name is told), or given more than once.

    >>> from flask import Flask
    >>> with Flask("example").test_request_context("/?page=2"):
    ...     given(("page",))
    {'page': '2'}
    """
    for name, values in request.args.lists():
        if known and name not in known:
            near = get_close_matches(name, known, n=1)
            raise UsageError(
                f"there is no parameter {shown(name)}",
                hint=f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}",
            )
        if len(values) > 1 and name not in repeatable:
            raise UsageError(
                f"the parameter {shown(name)} is given {len(values)} times", hint="give it once"
            )
    return request.args.to_dict()
