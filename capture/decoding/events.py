"""An audit event as the fold sees it: trimmed and redacted by intake, typed here.

Intake writes these as the bodies of spool entries; the fold reads them back. Whatever an audit
event lacks (levels Metadata and Request) is None or empty here, never made up.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from kubectl_smart.memory.records.times import from_rfc3339

READS = frozenset({"get", "list", "watch"})
LOOKS = frozenset({"exec", "attach", "portforward", "log", "proxy"})
"""Subresources that look into an object and change nothing, whatever their verb is."""


ELSEWHERE = "watch/"
"""What the ids of events begin with that stem from no audit log but stand for what was seen."""


class AuditEvent(NamedTuple):
    """One request to the API server, answered.

    started_at     microseconds since 1970-01-01 UTC (requestReceivedTimestamp; `at` if missing)
    at             the same unit (stageTimestamp): when it was answered
    user, groups   as authenticated; impersonated, impersonated_groups: acted as, or ""
    name           of the object; "" for a list, a deletecollection, or a name yet to be made
    query          query parameters, each with all its values
    code           HTTP status; 0 if not known
    status         "Success" or "Failure" where the answer was a Status; "" otherwise
    details        the answer's details where it was a Status (name, kind, uid)
    request        request object, or None; a JSON patch is a list
    response       response object, or None
    before         a node as it was before, where that is known: the fold fills it in
    known          True if its record is made already, and it only tells what led up to it
    """

    audit_id: str
    stage: str
    started_at: int
    at: int
    verb: str
    user: str
    groups: tuple[str, ...]
    impersonated: str
    impersonated_groups: tuple[str, ...]
    agent: str
    group: str
    resource: str
    subresource: str
    namespace: str
    name: str
    query: dict[str, list[str]]
    code: int
    status: str
    message: str
    details: dict[str, Any]
    request: Any
    response: dict[str, Any] | None
    known: bool = False
    before: Any = None

    @property
    def audited(self) -> str:
        """The API server's audit id; "" if it wrote none."""
        return "" if self.audit_id.startswith(ELSEWHERE) else self.audit_id

    @property
    def field_manager(self) -> str:
        """What the client calls itself as owner of fields; "" if it does not."""
        return self.parameter("fieldManager")

    def parameter(self, name: str) -> str:
        """The first value of a query parameter; "" if it is not there."""
        values = self.query.get(name)
        return values[0] if values else ""

    @property
    def dry_run(self) -> bool:
        """True if the request was not to change anything, by its query or by its options."""
        if self.query.get("dryRun"):
            return True
        body = self.request
        if type(body) is not dict:
            return False
        options = body.get("deleteOptions") if body.get("kind") == "Eviction" else body
        if type(options) is not dict or (options is body and body.get("kind") != "DeleteOptions"):
            return False
        return bool(options.get("dryRun"))

    @property
    def reads(self) -> bool:
        """True if it only looks."""
        return self.verb in READS or self.subresource in LOOKS

    @property
    def failed(self) -> bool:
        """True if the API server refused or could not do it."""
        refused = self.code >= 400
        return refused or self.status == "Failure" or self.stage == "Panic"


def decode(body: bytes) -> AuditEvent:
    """The event in the body of a spool entry, as `trimming.trimmed` wrote it."""
    return from_json(orjson.loads(body))


def from_json(event: dict[str, Any]) -> AuditEvent:
    """A trimmed event; ValueError if its time is none."""
    at = from_rfc3339(event["stageTimestamp"])
    started = event.get("requestReceivedTimestamp")
    user = event.get("user") or {}
    other = event.get("impersonatedUser") or {}
    where = event.get("objectRef") or {}
    answer = event.get("responseStatus") or {}
    response = event.get("responseObject")
    details = answer.get("details")
    return AuditEvent(
        event["auditID"],
        event["stage"],
        from_rfc3339(started) if started else at,
        at,
        event["verb"],
        user.get("username") or "",
        tuple(user.get("groups") or ()),
        other.get("username") or "",
        tuple(other.get("groups") or ()),
        event.get("userAgent") or "",
        where.get("apiGroup") or "",
        where.get("resource") or "",
        where.get("subresource") or "",
        where.get("namespace") or "",
        where.get("name") or "",
        event.get("query") or {},
        answer.get("code") or 0,
        answer.get("status") or "",
        answer.get("message") or "",
        details if isinstance(details, dict) else {},
        event.get("requestObject"),
        response if isinstance(response, dict) else None,
        event.get("known") is True,
    )
