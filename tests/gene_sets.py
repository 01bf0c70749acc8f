"""A strict reader of GMT, after what gseapy and decoupler do with such files."""

from __future__ import annotations

from pathlib import Path


def read_gmt(text: str, name: str = "sets.gmt") -> dict[str, list[str]]:
    """The sets of a file with their members.

    Raises:
        AssertionError: a reader would refuse the file, or read something else.
    """
    assert Path(name).suffix == ".gmt"  # gseapy takes no other
    assert text == "" or text.endswith("\n")
    assert "\r" not in text
    sets: dict[str, list[str]] = {}
    for line in text.split("\n")[:-1]:
        by_tabs, by_blanks = line.split("\t"), line.split()
        # decoupler splits at any blank, so an empty second column would swallow a member.
        assert by_tabs == by_blanks
        set_name, about, *members = by_tabs
        assert set_name not in sets
        assert about.startswith("http")
        assert members
        assert len(set(members)) == len(members)
        assert [member.split(",")[0] for member in members] == members  # gseapy cuts weights off
        sets[set_name] = members
    return sets
