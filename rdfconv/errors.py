"""The errors rdfconv raises, and the exit code each ends the command line with.

Every error says what is wrong, where, with which value, and what to do next. Libraries raise
them; only `rdfconv.cli` prints them and only ``server/problems.py`` turns them into HTTP answers.

>>> error = InputError("the accession is malformed", source="a.tsv", line=3,
...                    column="UniprotID.TF", value="Q0694", hint="use a UniProt accession")
>>> print(error)
a.tsv:3: UniprotID.TF: the accession is malformed: 'Q0694' (use a UniProt accession)
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every rdfconv command, with what each one means."""

    DONE = 0, "done"
    FAILED = (
        1,
        "failed, or --strict with rejected rows or pages; nothing was published; or 'validate' "
        "has findings, or 'diff --exit-code' differences",
    )
    USAGE = 2, "the command line is wrong; nothing was read"
    REJECTED = 3, "done, but rows or pages were rejected (see the report)"
    INTERRUPTED = 130, "interrupted by the user; nothing was published"

    meaning: str

    def __new__(cls, value: int, meaning: str = "") -> ExitCode:
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member


VALUE_LENGTH = 80
"""Values longer than this many characters are cut in messages."""


def shown(value: str) -> str:
    """A value as an error message shows it: quoted, control characters escaped, cut if long.

    >>> shown("a\\x0bb")
    "'a\\\\x0bb'"
    """
    if len(value) > VALUE_LENGTH:
        return f"{value[:VALUE_LENGTH]!r}... ({len(value)} characters)"
    return repr(value)


class RdfconvError(Exception):
    """The root of the tree.

    Args:
        message: what is wrong, in words a user of the data understands.
        hint: what to do next.
    """

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class UsageError(RdfconvError):
    """The caller asked for something that does not exist or does not fit together."""

    exit_code = ExitCode.USAGE


class InputError(RdfconvError):
    """A place in the input that cannot be read.

    Args:
        message: what is wrong.
        source: the file, or ``archive:member``.
        line: the 1-based line in the source, if the source has lines.
        column: the column's or front matter key's name; ``tfs[3]`` is the fourth row of ``tfs``.
        value: the value that was found, uncut.
        hint: what to do next.
    """

    def __init__(
        self,
        message: str,
        *,
        source: str,
        line: int | None = None,
        column: str = "",
        value: str | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.source = source
        self.line = line
        self.column = column
        self.value = value

    def __str__(self) -> str:
        place = self.source if self.line is None else f"{self.source}:{self.line}"
        parts = [place, self.column, self.message]
        if self.value is not None:
            parts.append(shown(self.value))
        text = ": ".join(part for part in parts if part)
        return f"{text} ({self.hint})" if self.hint else text


class OntologyError(RdfconvError):
    """The ontology, the mapping or a term table is not what the program needs."""


class ReleaseError(RdfconvError):
    """A release cannot be opened, verified or published."""


class StrictError(RdfconvError):
    """``--strict`` was given and something was rejected; nothing was published."""
