"""One line of an answer, as spans of known origin: written as mrkdwn, or as plain words.

An answer in Slack is told twice: in blocks for the eye, and in the text that screen readers and
notifications take. Both are written from the same spans, so they cannot differ, and whoever makes
a line only says where each word comes from, never how it is escaped.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import NamedTuple, TypeAlias

from kubectl_smart.bot.render import mrkdwn, words
from kubectl_smart.bot.render.printable import units

LONGEST_LINE = 420
"""Units of one written line. Six of them and the basis fit `chat.update`'s 4,000."""

_LEAST = 12


class Ours(NamedTuple):
    """Words of the program."""

    text: str


class Strong(NamedTuple):
    """Words of the program, to be seen first."""

    text: str


class Data(NamedTuple):
    """Text from a machine: a name, a value, a command. `most` units are shown."""

    text: str
    most: int = 120


class Told(NamedTuple):
    """What a person wrote. `most` units are shown."""

    text: str
    most: int = 280


class Moment(NamedTuple):
    """An instant, microseconds since 1970-01-01 UTC."""

    at: int


Span: TypeAlias = Ours | Strong | Data | Told | Moment
Line: TypeAlias = tuple[Span, ...]


def with_code(sentence: str) -> Line:
    """A sentence in which commands stand between backticks, as errors and advice have them."""
    parts = sentence.split("`")
    if len(parts) % 2 == 0:
        return (Told(sentence, 360),)
    line: list[Span] = []
    for at, part in enumerate(parts):
        if at % 2:
            line.append(Data(part, 200))
            continue
        said = [Told(part, 360)] if part.strip() else []
        line += [Ours(" "), *said] if part[:1].isspace() else said
        line += [Ours(" ")] if said and part[-1:].isspace() else []
    return tuple(line)


def as_mrkdwn(line: Line, zone: tzinfo) -> str:
    """The line for a block; at most LONGEST_LINE units, what is not ours is cut for it."""
    return _fitting(line, zone, plain=False)


def as_plain(line: Line, zone: tzinfo) -> str:
    """The line for a message's `text`: no format, and `&<>` as entities, as Slack wants them."""
    return _fitting(line, zone, plain=True)


def _fitting(line: Line, zone: tzinfo, *, plain: bool) -> str:
    share = 1.0
    while True:
        written = "".join(_written(span, zone, share, plain=plain) for span in line)
        if units(written) <= LONGEST_LINE or share < 0.02:
            return written
        share *= 0.7


def _written(span: Span, zone: tzinfo, share: float, *, plain: bool) -> str:
    match span:
        case Ours(text):
            return text
        case Strong(text):
            return text if plain else f"*{text}*"
        case Moment(at):
            return words.instant(at, zone) if plain else mrkdwn.date(at, zone)
        case Told(text, most):
            return mrkdwn.prose(text, max(int(most * share), _LEAST))
        case Data(text, most):
            room = max(int(most * share), _LEAST)
            return mrkdwn.escape(text, room) if plain else mrkdwn.code(text, room)
