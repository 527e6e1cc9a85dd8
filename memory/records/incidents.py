"""An incident: a report that is opened, added to and closed over time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kubectl_smart.memory.records.actors import Actor


class IncidentStatus(StrEnum):
    """Where an incident is in its life."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One version of an incident report; the last one recorded is the valid one.

    id           the file name without ".md": "2026-11-23-cache-outage"
    title        one line
    status       open or closed
    opened_at    microseconds since 1970-01-01 UTC
    closed_at    the same; 0 while open
    actor        who made this version
    happened_at  when this version was made
    text         the report below its front matter, Markdown, redacted
    """

    id: str
    title: str
    status: IncidentStatus
    opened_at: int
    closed_at: int
    actor: Actor
    happened_at: int
    text: str
