"""Chains of causes as JSON; the members are documented in bot/README.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubectl_smart.bot.render import documents
from kubectl_smart.memory.records.times import to_rfc3339

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.causes import (
        Causes,
        Chain,
        ChainStep,
        Cut,
        Learnt,
        SimilarChain,
    )

Document = dict[str, Any]


def causes(found: Causes) -> Document:
    """The chains, who was ruled out, and what stays unexplained."""
    return {
        "rules": found.rules,
        "troubles": found.troubles,
        "chains": [chain(one) for one in found.chains],
        "alsoSuspected": [chain(one) for one in found.others],
        "ruledOut": [
            {
                "at": to_rfc3339(one.at),
                "sentence": one.sentence,
                **documents.actor(one.actor),
                "why": one.why,
                "citation": documents.citation(one.citation),
            }
            for one in found.ruled_out
        ],
        "unexplained": [step(one) for one in found.unexplained],
        "moved": [chain(one) for one in found.moved],
        "takenBack": [
            {"change": step(one.change), "back": step(one.back)} for one in found.taken_back
        ],
        **({"leftOut": found.left_out} if found.left_out else {}),
        **({"cut": [_cut(one) for one in found.cut]} if found.cut else {}),
    }


def _cut(found: Cut) -> Document:
    return {
        "object": documents.reference(found.object),
        "lookedAt": found.looked_at,
        "of": found.of,
    }


def chain(found: Chain) -> Document:
    """One chain, from the symptom to the change."""
    return {
        "confidence": found.confidence,
        "score": found.score,
        "explains": found.explains,
        "steps": [step(one) for one in found.steps],
        "symptoms": [step(one) for one in found.symptoms],
        "factors": [
            {"name": one.name, "value": round(one.value, 6), "words": one.words}
            for one in found.factors
        ],
        "incidents": [{"id": id_, "title": title} for id_, title in found.incidents],
        "ended": None if found.ended is None else step(found.ended),
        "prevention": list(found.prevention),
        "similar": [_similar(one) for one in found.similar],
        "learnt": None if found.learnt is None else _learnt(found.learnt),
    }


def _learnt(one: Learnt) -> Document:
    """What followed earlier changes of a field, with its figures."""
    return {
        "changed": documents.reference(one.changed),
        "field": one.field,
        "troubled": documents.reference(one.troubled),
        "symptom": one.symptom,
        "followed": one.followed,
        "times": one.times,
        "expected": round(one.expected, 6),
        "p": float(f"{one.p:.6g}"),
        "q": float(f"{one.q:.6g}"),
        "tested": one.tested,
        "lagSeconds": one.lag / 1_000_000,
    }


def _similar(one: SimilarChain) -> Document:
    """A past case: in what it is alike, what ended it, how long it lasted."""
    return {
        "incident": {"id": one.incident[0], "title": one.incident[1]},
        "onset": to_rfc3339(one.onset),
        "score": one.score,
        "same": list(one.same),
        "other": list(one.other),
        "root": None if one.root is None else step(one.root),
        "ended": None if one.ended is None else step(one.ended),
        "ground": one.ground or None,
        "lastedSeconds": None if one.lasted is None else one.lasted / 1_000_000,
        "citation": documents.citation(one.citation),
    }


def step(found: ChainStep) -> Document:
    """One step of a chain."""
    return {
        "kind": found.kind.value,
        "at": to_rfc3339(found.at) if found.at else None,
        "object": documents.reference(found.object),
        "sentence": found.sentence,
        **documents.actor(found.actor),
        "via": found.via,
        "reasons": [documents.said(one) for one in found.reasons],
        "evidence": found.evidence,
        "citation": None if found.citation is None else documents.citation(found.citation),
    }
