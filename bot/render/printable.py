r"""Text that came from a cluster or a person, made safe to show anywhere.

Control, format and bidirectional characters can hide or reorder what a reader sees, lone
surrogates cannot be encoded at all. They are shown as what they are: `\u202e`, `\n`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

ELLIPSIS = "…"

_SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible_char(char: str) -> str:
    """The character, or how it is spelled if it cannot be seen; any blank is a plain one."""
    if char.isprintable():
        return char
    if unicodedata.category(char) == "Zs":
        return " "
    code = ord(char)
    return _SHORT_ESCAPES.get(char) or (f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def visible(text: str) -> str:
    """The text on one line, with nothing in it that a reader cannot see."""
    return text if text.isprintable() else "".join(map(visible_char, text))


def one_line(text: str) -> str:
    """Prose on one line: line breaks and runs of blanks are one blank, the rest is visible."""
    return visible(" ".join(text.split()))


def units(text: str) -> int:
    """Length in UTF-16 code units, the strictest way in which a limit of characters is counted."""
    return len(text) + sum(char > "\uffff" for char in text)


def fitted(text: str, most: int, spell: Callable[[str], str] = visible_char) -> str:
    """The text with each character spelled by `spell`, cut in the middle to `most` units.

    Names differ at their ends (hashes, tags, ordinals): the last third of the room is theirs.
    """
    if len(text) <= most:
        whole = "".join(map(spell, text))
        if units(whole) <= most:
            return whole
    room = max(most - 1, 0)
    begin = _within(map(spell, text), room - room // 3)
    end = _within(map(spell, reversed(text)), room // 3)
    return "".join([*begin, ELLIPSIS, *reversed(end)])


def cut_at_a_word(text: str, most: int) -> str:
    """The beginning of a sentence, at most so many units, that ends with a whole word."""
    if units(text) <= most:
        return text
    begin = "".join(_within(text, most - 1))
    if not text[len(begin)].isspace() and " " in begin:
        begin = begin.rpartition(" ")[0]
    return begin.rstrip(" ,;:") + ELLIPSIS


def _within(pieces: Iterable[str], room: int) -> list[str]:
    """The first pieces that fit into so many units; none of them is cut."""
    taken: list[str] = []
    for piece in pieces:
        room -= units(piece)
        if room < 0:
            break
        taken.append(piece)
    return taken
