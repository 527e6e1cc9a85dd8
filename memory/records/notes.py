"""A note: words. A reason for a change, or knowledge about an object."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.objects import ObjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a person said, kept with what it is about.

    id           32 hex digits
    author       who said it
    text         the words, Markdown, redacted
    about        the object it is pinned to; None if it only explains a change
    field        field path it is pinned to; "" for the whole object
    explains     id of the Change it is the reason of; "" if none
    incident     incident id; "" if none
    happened_at  when it was said, microseconds since 1970-01-01 UTC
    permalink    where it was said; "" if nowhere
    """

    id: str
    author: Actor
    text: str
    about: ObjectRef | None
    field: str
    explains: str
    incident: str
    happened_at: int
    permalink: str = ""
