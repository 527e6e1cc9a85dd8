"""Who asked what: a table, a JSON document, and a message for Slack."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from itertools import accumulate

from kubectl_smart.bot.auditing import Page, outcome
from kubectl_smart.bot.render import words
from kubectl_smart.bot.render.documents import API_VERSION, Document
from kubectl_smart.bot.render.messages import LONGEST_TEXT, Message, context, section, shown_of
from kubectl_smart.bot.render.printable import units, visible
from kubectl_smart.bot.render.spans import Data, Line, Moment, Ours, Told, as_mrkdwn, as_plain
from kubectl_smart.bot.render.tables import table
from kubectl_smart.memory.records.times import to_rfc3339

_IN_A_SECTION = 6
_NOTHING = "Nobody asked anything that this looks for."


def lines(page: Page, zone: tzinfo) -> list[str]:
    """A table of the deeds, newest first, and what was cut."""
    if not page.deeds:
        return ["nobody asked anything that this looks for"]
    rows = [
        (
            words.instant(_micros(one.at), zone),
            one.user,
            one.channel,
            visible(one.verb),
            visible(outcome(one)),
        )
        for one in page.deeds
    ]
    cut = shown_of(len(page.deeds), page.total, "deeds")
    more = [f"{cut}; --limit shows more"] if cut else []
    return [*table(("AT", "USER", "CHANNEL", "VERB", "ENDED"), rows), *more]


def document(page: Page) -> Document:
    """Kind AuditTrail."""
    items = [
        {
            "at": to_rfc3339(_micros(one.at)),
            "team": one.team,
            "user": one.user,
            "channel": one.channel,
            "verb": one.verb,
            "refusal": one.refusal or None,
            "ending": one.ending or None,
        }
        for one in page.deeds
    ]
    return {
        "apiVersion": API_VERSION,
        "kind": "AuditTrail",
        "items": items,
        "total": page.total,
    }


def message(page: Page, names: Mapping[str, str], zone: tzinfo) -> Message:
    """The same for Slack; names: user id -> how people call them."""
    found: list[Line] = [
        (
            Moment(_micros(one.at)),
            Ours(" "),
            Told(names.get(one.user, one.user), 40),
            Ours(" "),
            Data(one.verb, 20),
            Ours(" in "),
            Data(one.channel, 20),
            Ours(": "),
            Told(outcome(one), 120),
        )
        for one in page.deeds
    ]
    written = [as_mrkdwn(line, zone) for line in found] or [_NOTHING]
    blocks = [
        section("\n".join(written[at : at + _IN_A_SECTION]))
        for at in range(0, len(written), _IN_A_SECTION)
    ]
    cut = shown_of(len(page.deeds), page.total, "deeds")
    small = f"{cut}; all of them: kubectl smart slack audit" if cut else ""
    plain = [as_plain(line, zone) for line in found] or [_NOTHING]
    return Message(
        text=_fitting(plain, small),
        blocks=(*blocks, *((context(small),) if small else ())),
        evidence=(),
        report="",
        picture=None,
    )


def _fitting(found: list[str], small: str) -> str:
    """As many of the lines as a text may hold, how many are not among them, and the small print."""
    room = LONGEST_TEXT - 200 - len(small)
    fit = sum(total <= room for total in accumulate(units(line) + 1 for line in found))
    left = len(found) - fit
    rest = [f"and {left} more"] if left else []
    return "\n".join([*found[:fit], *rest, *([small] if small else [])])


def _micros(seconds: float) -> int:
    return round(seconds * 1_000_000)
