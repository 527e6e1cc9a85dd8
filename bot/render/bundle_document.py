"""The answer to `trace` as a JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kubectl_smart.bot.render.documents import API_VERSION
from kubectl_smart.memory.records.times import to_rfc3339

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.bundle_trace import (
        BundleAnswer,
        Cause,
        Changed,
        Onset,
        Reason,
    )

_DIGITS = 6


def document(answer: BundleAnswer) -> dict[str, Any]:
    """Everything the answer holds; `causes` best first, `change` the id at the root or null."""
    return {
        "apiVersion": API_VERSION,
        "kind": "BundleAnswer",
        "source": answer.source,
        "rules": answer.rules,
        "verdict": answer.verdict,
        "symptom": {
            "entity": answer.entity or None,
            "metric": answer.metric or None,
            "stat": answer.stat or None,
            "noticedAt": to_rfc3339(answer.noticed_at),
            "onset": _onset(answer.onset),
        },
        "ordinary": [_span(span) for span in answer.ordinary],
        "incident": _span(answer.incident),
        "causes": [_cause(one) for one in answer.causes],
        "change": None if answer.change is None else answer.change.id,
        "changed": _changed(answer.change),
        "chain": [
            {
                "role": step.role,
                "at": None if step.at is None else to_rfc3339(step.at),
                "entity": step.entity or None,
                "sentence": step.words,
                "actor": step.actor or None,
            }
            for step in answer.chain
        ],
        "ruledOut": [
            {
                "change": one.change or None,
                "entity": one.entity,
                "reason": one.reason,
                "sentence": one.words,
            }
            for one in answer.ruled_out
        ],
        "inputs": {
            "series": answer.inputs.series,
            "seriesUsed": answer.inputs.used,
            "missing": round(answer.inputs.missing, _DIGITS),
            "candidates": answer.inputs.candidates,
            "edges": dict(answer.inputs.edges),
            "events": answer.inputs.events,
            "changes": answer.inputs.changes,
            "alerts": answer.inputs.alerts,
        },
    }


def _span(span: tuple[int, int]) -> dict[str, str]:
    return {"from": to_rfc3339(span[0]), "to": to_rfc3339(span[1])}


def _onset(begun: Onset | None) -> dict[str, Any] | None:
    if begun is None:
        return None
    return {
        "entity": begun.entity,
        "metric": begun.metric,
        "stat": begun.stat,
        "at": to_rfc3339(begun.at),
        "between": [to_rfc3339(begun.from_at), to_rfc3339(begun.to_at)],
    }


def _changed(change: Changed | None) -> dict[str, Any] | None:
    if change is None:
        return None
    return {
        "id": change.id,
        "at": to_rfc3339(change.at),
        "actor": change.actor or None,
        "entity": change.entity,
        "what": change.kind or None,
        "object": change.object or None,
        "before": change.before or None,
        "after": change.after or None,
        "sentence": change.text or None,
        "lagSeconds": change.lag / 1_000_000,
        "chance": round(change.chance, _DIGITS),
        "weight": None if change.weight is None else round(change.weight, _DIGITS),
    }


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        "entity": cause.entity,
        "kind": cause.kind or None,
        "score": round(cause.score, _DIGITS),
        "confidence": round(cause.confidence, _DIGITS),
        "evidence": round(cause.evidence, _DIGITS),
        "path": cause.path,
        "surprise": round(cause.surprise, _DIGITS),
        "changeWeight": round(cause.change_weight, _DIGITS),
        "change": _changed(cause.change),
        "onset": _onset(cause.onset),
        "way": list(cause.way),
        "reasons": [_reason(one) for one in cause.reasons],
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "kind": reason.kind,
        "metric": reason.metric or None,
        "stat": reason.stat or None,
        "perRequest": reason.per_request,
        "before": _number(reason.before),
        "after": _number(reason.after),
        "spreads": _number(reason.spreads),
        "sentence": reason.words or None,
        "strength": round(reason.strength, _DIGITS),
        "explainedBy": reason.explained_by or None,
        "explained": round(reason.explained, _DIGITS),
        "material": round(reason.material, _DIGITS),
        "ofKind": reason.of_kind,
        "counted": round(reason.counted, _DIGITS),
        "foundOn": reason.found_on or None,
    }


def _number(value: float | None) -> float | None:
    """Seven digits: more are noise of the arithmetic."""
    return None if value is None else float(f"{value:.7g}")
