"""Answers as JSON documents: stable, versioned, documented in bot/README.md.

Every document has `apiVersion`, `kind` and `basis`. Instants are RFC 3339 in UTC. A value that was
absent is null; one that is not known is null too, and `unknown` names the side.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.changes import ABSENT, UNKNOWN, FieldEdit, Json, Unset
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.times import to_rfc3339

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.basis import (
        Basis,
        BrokenRule,
        Citation,
        Neighbour,
        Said,
        Superseded,
    )
    from kubectl_smart.memory.answers.past_state import DifferenceAnswer, PastObject, StateAnswer
    from kubectl_smart.memory.answers.timeline import (
        LogAnswer,
        ReplayAnswer,
        ShowAnswer,
        TimelineItem,
    )
    from kubectl_smart.memory.answers.why import Decision, Followed, ValueChange, WhyAnswer
    from kubectl_smart.memory.records.rules import Rule

API_VERSION = "smart.kubectl.dev/v1"

Document = dict[str, Any]


def document(kind: str, basis: Basis, **members: Any) -> Document:
    """A document of ours: what it is, its members, and what it rests on."""
    return {"apiVersion": API_VERSION, "kind": kind, **members, "basis": basis_document(basis)}


def basis_document(basis: Basis) -> Document:
    """What an answer rests on."""
    return {
        "memory": basis.memory,
        "indexBehindOn": list(basis.behind),
        "covered": basis.covered,
        "coverage": [
            {"source": one.source, "from": to_rfc3339(one.from_at), "to": to_rfc3339(one.to_at)}
            for one in basis.heard
        ],
        "gaps": [{"from": to_rfc3339(low), "to": to_rfc3339(high)} for low, high in basis.gaps],
    }


def reference(ref: ObjectRef | None) -> Document | None:
    """An object by name."""
    if ref is None:
        return None
    return {"group": ref.group, "kind": ref.kind, "namespace": ref.namespace, "name": ref.name}


def citation(found: Citation) -> Document:
    """Where a claim stands."""
    return {"commit": found.commit, "branch": found.branch, "changeId": found.record}


def actor(who: Actor | None) -> Document:
    """Who acted."""
    if who is None:
        return {"actor": None, "actorKind": None}
    found = {"actor": who.name, "actorKind": who.kind.value}
    return {**found, "actingFor": who.acting_for} if who.acting_for else found


def _sides(before: Json | Unset, after: Json | Unset) -> Document:
    sides = (("before", before), ("after", after))
    both = {name: None if found in (ABSENT, UNKNOWN) else found for name, found in sides}
    unknown = [name for name, found in sides if found is UNKNOWN]
    return {**both, "unknown": unknown} if unknown else both


def _edit(edit: FieldEdit) -> Document:
    return {"field": edit.path, **_sides(edit.before, edit.after)}


def said(one: Said) -> Document:
    """Words somebody left."""
    return {
        "text": one.text,
        "author": one.author,
        "at": to_rfc3339(one.at),
        "field": one.field,
        "incident": one.incident or None,
        "permalink": one.permalink or None,
        "rule": None if one.rule is None else _rule(one.rule, one.broken_by),
        "stale": None if one.stale is None else _superseded(one.stale),
        "commit": one.citation.commit,
        "id": one.citation.record,
    }


def _rule(rule: Rule, broken_by: Iterable[BrokenRule]) -> Document:
    return {
        "form": rule.form.value,
        "limit": rule.limit,
        "because": rule.because or None,
        "brokenBy": [
            {
                "at": to_rfc3339(one.at),
                "actor": one.actor,
                "field": one.path,
                "value": None if isinstance(one.after, Unset) else one.after,
                **citation(one.citation),
            }
            for one in broken_by
        ],
    }


def _superseded(found: Superseded) -> Document:
    return {
        "at": to_rfc3339(found.at),
        "actor": found.actor,
        "field": found.path,
        **_sides(found.before, found.after),
        "commit": found.citation.commit,
    }


def _neighbour(found: Neighbour | None) -> Document | None:
    if found is None:
        return None
    return {
        "at": to_rfc3339(found.at),
        "sentence": found.sentence,
        "actor": found.actor,
        **citation(found.citation),
    }


def _optional(at: int | None) -> str | None:
    return None if at is None else to_rfc3339(at)


# --- why ----------------------------------------------------------------------------------


def why(answer: WhyAnswer) -> Document:
    """Kind WhyAnswer; `changes` has one item for each field that each decision set."""
    return document(
        "WhyAnswer",
        answer.basis,
        object=reference(answer.object),
        exists=answer.exists,
        derived=answer.derived,
        owner=reference(answer.owner),
        field=answer.field or None,
        value=answer.value,
        current=[{"field": path, "value": value} for path, value in answer.current],
        changes=[one for decision in answer.decisions for one in _changes(decision)],
        leftOut=answer.left_out,
        unseenWrites=answer.unseen,
        knowledge=[said(one) for one in answer.knowledge],
        incidents=[{"id": id_, "title": title} for id_, title in answer.incidents],
        previousChange=_neighbour(answer.before),
        nextChange=_neighbour(answer.after),
    )


def _changes(decision: Decision) -> Iterable[Document]:
    common = {
        "at": to_rfc3339(decision.at),
        **actor(decision.actor),
        "verb": decision.verb,
        "via": decision.via,
        "sentence": decision.sentence,
        "reason": decision.reason or None,
        "reasons": [said(one) for one in decision.reasons],
        "followedBy": [_followed(one) for one in decision.followed],
        "knowledge": decision.knowledge.value,
        "gone": decision.gone,
        "late": decision.late,
        **_doubts(decision),
        **citation(decision.citation),
    }
    if not decision.values:
        yield {**common, "field": None, "before": None, "after": None, "until": None}
    for value in decision.values:
        yield {**common, **_value(value)}


def _doubts(found: Decision | TimelineItem) -> Document:
    """How sure the actor and the instant are; nothing where they are known."""
    doubts: Document = {}
    if found.not_before:
        doubts["notBefore"] = to_rfc3339(found.not_before)
    if found.attribution:
        doubts["attribution"] = found.attribution
    return doubts


def _value(value: ValueChange) -> Document:
    found: Document = {
        "field": value.path,
        **_sides(value.before, value.after),
        "until": _optional(value.until),
        "asked": value.asked,
        "unsure": value.unsure,
    }
    back = value.rollback
    if back is not None:
        found["rollback"] = {
            "undoes": back.undoes.record,
            "setAt": to_rfc3339(back.set_at),
            "afterSeconds": back.after / 1_000_000,
            "backToValueOf": to_rfc3339(back.back_to),
            "inBetween": [_followed(one) for one in back.seen],
            "steps": list(back.steps),
        }
    return found


def _followed(found: Followed) -> Document:
    return {
        "kind": found.kind,
        "about": reference(found.about),
        "count": found.count,
        "firstAt": to_rfc3339(found.first_at),
        "message": found.message,
        "commit": found.citation.commit,
    }


# --- at -----------------------------------------------------------------------------------


def past_object(one: PastObject) -> Document:
    """The object itself, as Kubernetes writes it; only its name where no more is known."""
    if one.state is not None:
        found: Document = one.state
        return found
    group, kind, namespace, name = one.ref
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": f"{group}/unknown" if group else "v1", "kind": kind, "metadata": metadata}


def state_list(answer: StateAnswer) -> Document:
    """A Kubernetes List of everything, which kubectl reads."""
    items = [past_object(one) for one in answer.objects]
    return {"apiVersion": "v1", "kind": "List", "metadata": {}, "items": items}


def difference(answer: DifferenceAnswer) -> Document:
    """Kind DifferenceAnswer."""
    return document(
        "DifferenceAnswer",
        answer.basis,
        at=to_rfc3339(answer.at),
        until=to_rfc3339(answer.until),
        objects=[
            {
                "object": reference(one.ref),
                "added": one.added,
                "removed": one.removed,
                "edits": [_edit(edit) for edit in one.edits],
                "commit": one.citation.commit if one.citation else None,
            }
            for one in answer.objects
        ],
    )


# --- replay, log, show --------------------------------------------------------------------


def item(one: TimelineItem) -> Document:
    """One line of a timeline."""
    return {
        "kind": one.kind.value,
        "at": to_rfc3339(one.at),
        "until": to_rfc3339(one.until),
        "object": reference(one.object),
        "sentence": one.sentence,
        **actor(one.actor),
        "via": one.via,
        "reason": one.reason or None,
        "edits": [_edit(edit) for edit in one.edits],
        "count": one.count,
        "warning": one.warning,
        **_doubts(one),
        "commit": one.citation.commit,
        "branch": one.citation.branch,
        "id": one.citation.record,
    }


def replay(answer: ReplayAnswer) -> Document:
    """Kind ReplayAnswer; `items` in the order of time."""
    from kubectl_smart.bot.render import causes_document

    return document(
        "ReplayAnswer",
        answer.basis,
        words=answer.words,
        since=to_rfc3339(answer.since),
        until=to_rfc3339(answer.until),
        namespace=answer.namespace,
        items=[item(one) for one in answer.items],
        moment=to_rfc3339(answer.moment),
        alive=dict(answer.alive),
        unwell=[{"object": reference(ref), "reason": reason} for ref, reason in answer.unwell],
        causes=None if answer.causes is None else causes_document.causes(answer.causes),
    )


def log(answer: LogAnswer) -> Document:
    """Kind LogAnswer; `items` newest first."""
    items = [item(one) for one in answer.items]
    return document("LogAnswer", answer.basis, items=items, more=answer.more)


def show(answer: ShowAnswer) -> Document:
    """Kind ShowAnswer."""
    return document(
        "ShowAnswer",
        answer.basis,
        change=item(answer.item),
        recordedAt=to_rfc3339(answer.recorded_at),
        uid=answer.uid,
        resourceVersion=answer.resource_version,
        auditId=answer.audit_id,
        state=answer.state,
        reasons=[said(one) for one in answer.reasons],
        previousChange=_neighbour(answer.before),
        nextChange=_neighbour(answer.after),
    )


def status(counts: dict[str, int], basis: Basis) -> Document:
    """Kind Status: how many records of each sort."""
    return document("Status", basis, counts=counts)
