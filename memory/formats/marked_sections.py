"""Marked sections of a report: what is written by machine, in between the words of people.

    Anything people write.
    <!-- smart:timeline -->
    written anew by every update
    <!-- /smart:timeline -->
    Anything people write.

A section is a line that opens it and the next line that closes the same name, with no other
opening line in between; of several with one name the first. Everything else is words, whatever
it looks like: a marker without its partner, a second pair. So nothing that stands in words can
take them into a section, unless somebody writes both markers around them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_MARKER = re.compile(r"[ \t]*<!--[ \t]*(/?)smart:([a-z][a-z0-9-]*)[ \t]*-->[ \t\r]*\n?\Z")


class Part(NamedTuple):
    """A run of words, or a section.

    name     of the section; "" for words
    text     the words, or what stands between the markers
    opening  the line that opens the section, as it stands; "" for words
    closing  the line that closes it; "" for words
    """

    name: str
    text: str
    opening: str = ""
    closing: str = ""


def opening(name: str) -> str:
    """The line that opens a section."""
    return f"<!-- smart:{name} -->\n"


def closing(name: str) -> str:
    """The line that closes a section."""
    return f"<!-- /smart:{name} -->\n"


def split(text: str) -> list[Part]:
    """Words and sections in order; `joined` gives back the very text."""
    parts: list[Part] = []
    seen: set[str] = set()
    pending: list[str] = []
    begun = ("", 0)
    for line in _lines(text):
        pending.append(line)
        match = _MARKER.match(line)
        if match is None:
            continue
        name = match[2]
        if not match[1]:
            begun = (name, len(pending))
        elif begun[0] == name and name not in seen:
            seen.add(name)
            words, inside = pending[: begun[1] - 1], pending[begun[1] : -1]
            if words:
                parts.append(Part("", "".join(words)))
            parts.append(Part(name, "".join(inside), pending[begun[1] - 1], line))
            pending, begun = [], ("", 0)
    if pending:
        parts.append(Part("", "".join(pending)))
    return parts


def _lines(text: str) -> list[str]:
    """Lines with their ends; only a line feed ends one."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def joined(parts: list[Part]) -> str:
    """The text that was split."""
    return "".join([f"{one.opening}{one.text}{one.closing}" for one in parts])


def words(text: str) -> str:
    """What people wrote: the text without its sections."""
    return "".join([one.text for one in split(text) if not one.name])


def sections(text: str) -> dict[str, str]:
    """What stands in each section, by name."""
    return {one.name: one.text for one in split(text) if one.name}


def with_sections(text: str, contents: Mapping[str, str]) -> str:
    """The text with these sections written anew; words, other sections and order stay.

    contents  name -> text between the markers; a line in it that looks like a marker is spelled
              so that it is none, and it ends with a line feed if it is not empty
    """
    return joined(
        [
            part._replace(text=harmless(contents[part.name])) if part.name in contents else part
            for part in split(text)
        ]
    )


def harmless(content: str) -> str:
    """Text that may stand in a section: no line of it is a marker, and its last line is whole."""
    lines = [
        line.replace("<!--", "&lt;!--", 1) if _MARKER.match(line) else line
        for line in _lines(content)
    ]
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    return "".join(lines)
