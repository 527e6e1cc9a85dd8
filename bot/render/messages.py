"""A message for Slack, and how one is laid out within Slack's limits.

The limits are those of Block Kit (50 blocks a message, 3,000 characters a section, 2,000 a
button's value), of `chat.update` (4,000 characters of text), and one that is not documented: about
13,200 characters over all blocks of a message, of which 12,000 are used here at most.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, NamedTuple, TypeAlias

from kubectl_smart.bot.render.printable import units, visible
from kubectl_smart.bot.render.spans import Line, Ours, Strong, as_mrkdwn, as_plain

Block: TypeAlias = dict[str, Any]
"""One block as Slack's Web API takes it; not to be changed."""

EVIDENCE = "smart_evidence"
"""action_id of the button that puts the evidence into the thread."""
REPORT = "smart_report"
"""action_id of the button that uploads the report."""
LONGEST_TEXT = 4_000
MOST_LINES = 6

_SECTION = 2_900
_MESSAGE = 11_500
_BLOCKS = 50
_EVIDENCE = 30_000
_ENTRY_LINES = 6
_HANDLE = 2_000
_HEADING = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """A picture that can be drawn, and what stands for it where it cannot be seen.

    filename  for the upload: "why.png"
    alt       at most 1,000 characters, plain text
    draw      makes the PNG's bytes; takes about a second: not for an event loop
    """

    filename: str
    title: str
    alt: str
    draw: Callable[[], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An answer for Slack. To be posted with `unfurl_links` off and without `link_names`.

    text      the whole essential answer for screen readers, escaped; at most 4,000 characters
    blocks    the answer for the channel
    evidence  messages for the thread, each a list of blocks; () if there is none
    report    Markdown for a file, nothing hidden in it; "" if there is none
    picture   None if there is nothing to be drawn
    further   more pictures, to stand below that one
    """

    text: str
    blocks: tuple[Block, ...]
    evidence: tuple[tuple[Block, ...], ...]
    report: str
    picture: Sketch | None
    further: tuple[Sketch, ...] = ()

    @property
    def sketches(self) -> tuple[Sketch, ...]:
        """All its pictures, in the order they are shown."""
        return self.further if self.picture is None else (self.picture, *self.further)


class Entry(NamedTuple):
    """One piece of evidence. `rank`: the lowest are kept when there is no room for all."""

    rank: tuple[int, ...]
    lines: tuple[Line, ...]


class Evidence(NamedTuple):
    """A list of pieces in the order they are shown. `noun` names them: "decisions"."""

    title: str
    noun: str
    entries: Sequence[Entry]


def section(text: str) -> Block:
    """Text in mrkdwn, 1 to 3,000 characters; Slack looks for no links in it."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def context(text: str) -> Block:
    """Small print."""
    return {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}],
    }


def buttons(handle: str, *, evidence: bool) -> Block:
    """What can be asked for next. `handle`: what the clicks bring back, 1 to 2,000 characters."""
    if not 1 <= units(handle) <= _HANDLE:
        raise ValueError(f"a button's value has 1 to {_HANDLE} characters")
    shown = [("Show evidence", EVIDENCE)] if evidence else []
    return {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": action,
                "text": {"type": "plain_text", "text": label},
                "value": handle,
            }
            for label, action in [*shown, ("Full report", REPORT)]
        ],
    }


def shown_of(shown: int, total: int, noun: str) -> str:
    """`12 of 57 decisions shown`; "" if nothing was cut."""
    return f"{shown:,} of {total:,} {noun} shown" if shown < total else ""


def message(
    answer: Sequence[Line],
    basis: Line,
    evidence: Evidence,
    zone: tzinfo,
    *,
    handle: str,
    report: Iterable[str],
    picture: Sketch | None = None,
    further: Sequence[Sketch] = (),
) -> Message:
    """Lay an answer out. `answer` has at most MOST_LINES lines, of which the first says what."""
    lines = list(answer[:MOST_LINES])
    return Message(
        text=_text(lines, basis, evidence, zone),
        blocks=(
            section("\n".join(as_mrkdwn(line, zone) for line in lines)),
            context(as_mrkdwn(basis, zone)),
            buttons(handle, evidence=bool(evidence.entries)),
        ),
        evidence=_thread(evidence, basis, zone),
        report="\n".join(map(visible, report)) + "\n",
        picture=picture,
        further=tuple(further),
    )


def _text(answer: Sequence[Line], basis: Line, evidence: Evidence, zone: tzinfo) -> str:
    """The answer, as much of the evidence as there is room for, and the basis."""
    begin = "\n".join(as_plain(line, zone) for line in answer)
    end = as_plain(basis, zone)
    room = LONGEST_TEXT - units(begin) - units(end) - _HEADING
    kept = _kept(evidence, room, lambda line: as_plain(line, zone), units)
    if not kept:
        total = len(evidence.entries)
        rest = f"\n{total:,} {evidence.noun} in the evidence" if total else ""
        return f"{begin}{rest}\n{end}"
    cut = shown_of(len(kept), len(evidence.entries), evidence.noun)
    title = f"{evidence.title} ({cut})" if cut else evidence.title
    return "\n".join([begin, f"{title}:", *kept, end])


def _thread(evidence: Evidence, basis: Line, zone: tzinfo) -> tuple[tuple[Block, ...], ...]:
    if not evidence.entries:
        return ()
    kept = _kept(evidence, _EVIDENCE, lambda line: as_mrkdwn(line, zone), _json_size)
    cut = shown_of(len(kept), len(evidence.entries), evidence.noun)
    title: Line = (
        Strong(evidence.title),
        Ours(f" ({cut}; all of them are in the full report)" if cut else ""),
    )
    sections = _sections([as_mrkdwn(title, zone), *kept])
    return _messages([*map(section, sections), context(as_mrkdwn(basis, zone))])


def _kept(
    evidence: Evidence, room: int, write: Callable[[Line], str], size: Callable[[str], int]
) -> list[str]:
    """The entries that fit, written; the lowest ranks are kept, in the order they are shown."""
    kept: dict[int, str] = {}
    for at in sorted(range(len(evidence.entries)), key=lambda at: evidence.entries[at].rank):
        text = "\n".join(map(write, evidence.entries[at].lines[:_ENTRY_LINES]))
        room -= size(text) + 1
        if room < 0:
            break
        kept[at] = text
    return [kept[at] for at in sorted(kept)]


def _sections(texts: Iterable[str]) -> list[str]:
    """The texts, as many as fit in one section each; every text fits by itself."""
    found: list[str] = []
    for text in texts:
        if found and _json_size(found[-1]) + _json_size(text) <= _SECTION:
            found[-1] += f"\n{text}"
        else:
            found.append(text)
    return found


def _messages(blocks: Iterable[Block]) -> tuple[tuple[Block, ...], ...]:
    found: list[list[Block]] = []
    sizes: list[int] = []
    for block in blocks:
        size = _json_size(block) + 1
        if found and len(found[-1]) < _BLOCKS and sizes[-1] + size <= _MESSAGE:
            found[-1].append(block)
            sizes[-1] += size
        else:
            found.append([block])
            sizes.append(size)
    return tuple(tuple(one) for one in found)


def _json_size(found: str | Block) -> int:
    return units(json.dumps(found, ensure_ascii=False, separators=(",", ":")))
