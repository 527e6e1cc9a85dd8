"""Changes of a bundle: what people, automation and nobody known decided.

What controllers do about it is an effect, and what only moved their notes is no change. Of what a
controller made (a pod), only what somebody known did to it counts: it is told of its workload.
"""

from __future__ import annotations

from collections.abc import Collection

import orjson

from kubectl_smart.memory.formats.subjects import in_words
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.bundle_parts import entity_id
from kubectl_smart.memory.questions.timeline import BOOKKEEPING
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import Change, Facet, Json, Unset
from kubectl_smart.memory.records.evidence import Edit
from kubectl_smart.memory.records.objects import ObjectRef

_KNOWN = frozenset({ActorKind.HUMAN, ActorKind.AUTOMATION})
_DECIDES = _KNOWN | {ActorKind.UNKNOWN}
"""Who is unknown may be a person, if the change is a decision."""

_LONGEST_VALUE = 200


def decisions(
    index: Index,
    around: Collection[ObjectRef],
    since: int,
    until: int,
    namespaces: Collection[str] | None,
) -> list[Change]:
    """Of a window: those in the namespaces (None: in all), and on what is around; each once."""
    if namespaces is None:
        found = index.changes_between(since, until, derived=True)
    else:
        found = []
        for place in sorted({*namespaces, *(ref.namespace for ref in around)} - {""}):
            found += index.changes_between(since, until, place, derived=True)
        for ref in sorted(ref for ref in around if not ref.namespace):
            found += index.changes_of(ref, since=since, until=until)
    kept = {
        one.id: one
        for each in found
        if isinstance(one := each.record, Change)
        and one.facet is Facet.OBJECT
        and one.actor.kind in (_KNOWN if one.derived else _DECIDES)
        and (namespaces is None or one.object.namespace in namespaces or changed(one) in around)
    }
    return [one for one in kept.values() if not in_words(one).endswith(BOOKKEEPING)]


def changed(change: Change) -> ObjectRef:
    """What a change is told of."""
    return change.owner or change.object


def edit_of(change: Change) -> Edit:
    """One change; its values stand in it if it is of one field, else its words must do."""
    alone = change.edits[0] if len(change.edits) == 1 else None
    said = (change.reason, change.attribution)
    about = "" if change.object == changed(change) else entity_id(change.object)
    return Edit(
        id=change.id,
        at=change.happened_at,
        actor=_who(change.actor),
        entity=entity_id(changed(change)),
        kind=change.verb,
        object=", ".join(one.path for one in change.edits) or about,
        before="" if alone is None else _value(alone.before),
        after="" if alone is None else _value(alone.after),
        text="".join([in_words(change), *(f" ({one})" for one in said if one)]),
    )


def _who(actor: Actor) -> str:
    return f"{actor.acting_for} as {actor.name}" if actor.acting_for else actor.name


def _value(value: Json | Unset) -> str:
    if isinstance(value, Unset):
        return ""
    if isinstance(value, str):
        text = value
    else:
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
