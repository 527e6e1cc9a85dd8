"""An observation: what happened without anyone deciding it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kubectl_smart.memory.records.objects import ObjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Something seen, folded: repeats of the same thing raise `count` and `last_at`.

    id         32 hex digits, the same for every repeat that is folded into it; of several
               recorded versions of one id the one recorded last is the valid one
    kind       "OOMKilled", "CrashLoopBackOff", "Unhealthy", "FailedScheduling", "NodeNotReady" ...:
               Kubernetes' own reason where it has one
    about      the object it was seen on
    owner      the declared object at the top of that object's owner chain, if known
               (`about` itself when that is declared)
    first_at   microseconds since 1970-01-01 UTC
    last_at    microseconds since 1970-01-01 UTC
    count      how often, at least 1
    message    the last message, redacted, at most 1,024 characters
    warning    True for what a person on call would want to see
    source     "event", "pod status", "node status" ...
    audit_id   the audit event of the version recorded; "" when it came from elsewhere
    detail     what else the source tells, as JSON: of a metric shift its metric, direction, size
               and the uncertainty of its onset; of an alert its labels; {} if nothing
    """

    id: str
    kind: str
    about: ObjectRef
    owner: ObjectRef | None
    first_at: int
    last_at: int
    count: int
    message: str
    warning: bool
    source: str
    audit_id: str = ""
    detail: dict[str, Any] = field(default_factory=dict, hash=False)
