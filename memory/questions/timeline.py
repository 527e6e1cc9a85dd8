"""Lines of timelines: every kind of record as one line with its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kubectl_smart.memory.answers.timeline import ItemKind, TimelineItem
from kubectl_smart.memory.formats.subjects import subject
from kubectl_smart.memory.questions.grounds import citation
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.changes import Change, Facet
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step

FOLDED = 60_000_000
"""Microseconds: what controllers do for one owner in a minute is one line."""

BOOKKEEPING = "bookkeeping only"
"""How the subject of a change ends that only moved a controller's own notes, such as a revision."""

METRIC_SHIFT = "MetricShift"
"""Observations whose message says all: what, from which level to which. Each has its own line."""

_Pair = tuple[Committed, Change]
_PEOPLE = frozenset({ActorKind.HUMAN, ActorKind.AUTOMATION})
_DONE = {"create": "created", "delete": "deleted", "bind": "bound", "evict": "evicted"}


def line(each: Committed) -> TimelineItem | None:
    """One record as one line; None for what a timeline does not show."""
    record = each.record
    match record:
        case Change():
            return _change_line(each, record)
        case Observation():
            times = f" ({record.count} times)" if record.count > 1 else ""
            message = record.message.strip().partition("\n")[0]
            said = f": {message}" if message else ""
            kind = f": {record.kind}" if record.kind != METRIC_SHIFT or not message else ""
            return TimelineItem(
                kind=ItemKind.OBSERVATION,
                at=record.first_at,
                until=record.last_at,
                object=record.about,
                sentence=f"{record.about.title}{kind}{times}{said}",
                actor=None,
                via=record.source,
                reason="",
                edits=(),
                count=record.count,
                warning=record.warning,
                citation=citation(each),
            )
        case Step():
            return TimelineItem(
                kind=ItemKind.STEP,
                at=record.happened_at,
                until=record.until,
                object=record.target,
                sentence=_step_sentence(record),
                actor=record.actor,
                via=record.command,
                reason=record.outcome,
                edits=(),
                count=record.count,
                warning=False,
                citation=citation(each),
            )
        case Note() | Incident():
            note = isinstance(record, Note)
            return TimelineItem(
                kind=ItemKind.NOTE if note else ItemKind.INCIDENT,
                at=record.happened_at,
                until=record.happened_at,
                object=record.about if isinstance(record, Note) else None,
                sentence=subject(record),
                actor=record.author if isinstance(record, Note) else record.actor,
                via="",
                reason=record.text,
                edits=(),
                count=1,
                warning=False,
                citation=citation(each),
            )
        case _:
            return None


def _step_sentence(step: Step) -> str:
    times = f" ({step.count} times)" if step.count > 1 else ""
    answer = f" → {step.outcome}" if step.outcome else ""
    return f"{step.command}{times}{answer}"


def _change_line(each: Committed, change: Change) -> TimelineItem:
    return TimelineItem(
        kind=ItemKind.DERIVED if change.derived else ItemKind.CHANGE,
        at=change.happened_at,
        until=change.happened_at,
        object=change.object,
        sentence=subject(change),
        actor=change.actor,
        via=change.via,
        reason=change.reason,
        edits=change.edits,
        count=1,
        warning=False,
        citation=citation(each),
        not_before=change.not_before,
        attribution=change.attribution,
    )


def folded(bulk: Iterable[Committed]) -> Iterator[TimelineItem]:
    """What controllers did, a line for each owner, kind, verb and minute.

    Changes of derived objects made by people and automation keep lines of their own. Statuses are
    left out: observations tell them.
    """
    groups: dict[tuple[ObjectRef | None, str, str, int], list[_Pair]] = {}
    for each in bulk:
        change = each.record
        if not isinstance(change, Change) or change.facet is Facet.STATUS:
            continue
        if change.actor.kind in _PEOPLE:
            yield _change_line(each, change)
            continue
        verb = change.verb
        if change.gone:
            verb = "delete"
        elif verb == "delete":
            continue  # on its way: the line is for when it has gone
        minute = change.happened_at // FOLDED
        groups.setdefault((change.owner, change.object.kind, verb, minute), []).append(
            (each, change)
        )
    for (owner, kind, verb, _), ones in groups.items():
        if verb not in _DONE:
            continue  # updates in between: what came of them is seen in creations and deletions
        yield _group_line(owner, kind, verb, ones)


def noticed(observations: Iterable[Committed]) -> Iterator[TimelineItem]:
    """Observations, a line for each owner, kind and minute; of a metric's shift one of its own."""
    groups: dict[tuple[ObjectRef, str, int, str], list[TimelineItem]] = {}
    for each in observations:
        seen, item = each.record, line(each)
        if isinstance(seen, Observation) and item is not None:
            alone = seen.id if seen.kind == METRIC_SHIFT else ""
            key = (seen.owner or seen.about, seen.kind, seen.first_at // FOLDED, alone)
            groups.setdefault(key, []).append(item)
    for (owner, kind, _, _), items in groups.items():
        if len(items) == 1:
            yield items[0]
            continue
        objects = {item.object for item in items}
        count = sum(item.count for item in items)
        last = max(items, key=lambda item: item.until)
        where = f" on {len(objects)} objects" if len(objects) > 1 else ""
        said = last.sentence.partition(f"{kind}")[2].partition(": ")[2]
        yield replace(
            items[0],
            until=last.until,
            object=owner,
            sentence=f"{owner.title}: {kind} ({count} times{where}){f': {said}' if said else ''}",
            count=count,
            warning=any(item.warning for item in items),
        )


def _group_line(owner: ObjectRef | None, kind: str, verb: str, ones: list[_Pair]) -> TimelineItem:
    item = _change_line(*ones[0])
    if len(ones) == 1:
        return item
    prefix = f"{owner.title}: " if owner is not None else ""
    return replace(
        item,
        until=ones[-1][1].happened_at,
        object=owner,
        sentence=f"{prefix}{len(ones)} {kind.lower()}s {_DONE[verb]}",
        edits=(),
        count=len(ones),
    )
