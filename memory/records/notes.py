"""A note: words. A reason for a change, or knowledge about an object."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.objects import ObjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a person said, kept with what it is about. Of one id the last version is valid.

    id           32 hex digits
    author       who said it; of a retraction, who took it back
    text         the words, Markdown, redacted; "" once retracted
    about        the object it is pinned to; None if it only explains a change
    field        field path it is pinned to; "" for the whole object
    explains     id of the Change it is the reason of; "" if none
    incident     incident id; "" if none
    happened_at  when it was said, microseconds since 1970-01-01 UTC
    permalink    where it was said; "" if nowhere
    captured_by  who had it recorded, if that was not the author; "" otherwise
    surface      "slack", "cli"; "" if not known
    channel      id of the channel it was said in; "" if in none
    thread       the thread there; "" if in none
    changed_at   when this version was made, if the words were edited or taken back; else 0
    retracted    it was taken back: no answer shows it, and git keeps what it said
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
    captured_by: str = ""
    surface: str = ""
    channel: str = ""
    thread: str = ""
    changed_at: int = 0
    retracted: bool = False

    @property
    def version_at(self) -> int:
        """When this version was made: said, edited or taken back."""
        return self.changed_at or self.happened_at
