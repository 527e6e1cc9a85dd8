"""What the memory holds and how far it has heard, for Slack."""

from __future__ import annotations

from datetime import tzinfo

from kubectl_smart.bot.render.blocks_words import message
from kubectl_smart.bot.render.messages import Message
from kubectl_smart.bot.render.spans import Data, Line, Moment, Ours, Strong, Told
from kubectl_smart.memory.formats.subjects import in_words
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus

_SOURCES = 3
_END = 1 << 62


def status(memory: Memory, zone: tzinfo) -> Message:
    """What was heard until when, the newest change, open incidents; as far as it may be seen.

    memory  as the reader sees it
    """
    index = memory.index
    lines: list[Line] = []
    heard = sorted(index.coverage(), key=lambda one: one.to_at, reverse=True)
    for one in heard[:_SOURCES]:
        span = (Ours(" from "), Moment(one.from_at), Ours(" to "), Moment(one.to_at))
        lines.append((Strong("heard"), Ours(" "), Data(one.source), *span))
    if not heard:
        lines.append((Ours("nothing was heard yet"),))
    newest = index.neighbours(_END, None)[0]
    if newest is not None and isinstance(newest.record, Change):
        change = newest.record
        who = Told(change.actor.name or "somebody unknown", 60)
        when = (Ours(", "), Moment(change.happened_at), Ours(" by "), who)
        lines.append((Ours("newest change: "), Data(in_words(change), 160), *when))
    every = [each.record for each in index.incidents()]
    still = [
        one for one in every if isinstance(one, Incident) and one.status is IncidentStatus.OPEN
    ]
    lines.append((Ours(f"{len(still)} incidents are open"),))
    small: list[Line] = [(Ours("memory "), Data("+".join(_tips(index.tips()))))]
    return message(lines, zone, small=small)


def _tips(tips: dict[str, str]) -> list[str]:
    return [commit[:12] for _, commit in sorted(tips.items())][:3]
