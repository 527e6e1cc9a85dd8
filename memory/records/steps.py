"""A step: what a person did to find out, or tried and could not do."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.objects import ObjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing a person did while debugging; repeats are folded.

    id          32 hex digits, from the first audit id, or from the review it was asked in
    actor       the person
    action      get, list, watch, describe, logs, exec, attach, port-forward, top, debug,
                or "attempt" for a write that was refused, or of which only that it was asked
                for is known
    target      the object looked at; None for a list
    namespace   "" for all namespaces or cluster scope
    command     the kubectl command rebuilt: "kubectl logs api-6489644bfc-tntl9 -n prod"
    happened_at first time, microseconds since 1970-01-01 UTC
    until       last time, the same unit; equal to happened_at when count is 1
    count       how often, at least 1
    status      HTTP status of the last answer; 0 if not known
    outcome     "" if it worked, otherwise the API server's message, redacted
    audit_ids   of every event folded in, in order; none where no audit log told it
    """

    id: str
    actor: Actor
    action: str
    target: ObjectRef | None
    namespace: str
    command: str
    happened_at: int
    until: int
    count: int
    status: int
    outcome: str
    audit_ids: tuple[str, ...]
