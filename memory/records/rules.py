"""A rule: a note that says what a field must or must not be; and a breach of one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kubectl_smart.memory.records.changes import Json, Unset
from kubectl_smart.memory.records.objects import ObjectRef


class Form(StrEnum):
    """What a rule demands; the words it begins with."""

    NEVER_BELOW = "never below"
    NEVER_ABOVE = "never above"
    NEVER = "never"
    ALWAYS = "always"
    EXACTLY = "exactly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What somebody said a field must be.

    note      id of the note that says it, 32 hex digits
    object    the object it is about
    field     field path or name it is about
    form      what it demands
    limit     the value, as written: "5", "512Mi", "api:1.7"
    because   the reason given; "" if none
    author    who said it
    incident  id of the incident it comes from; "" if none
    said_at   microseconds since 1970-01-01 UTC
    """

    note: str
    object: ObjectRef
    field: str
    form: Form
    limit: str
    because: str
    author: str
    incident: str
    said_at: int

    @property
    def words(self) -> str:
        """`never below 5`."""
        return f"{self.form.value} {self.limit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A change that broke a rule.

    change         id of the change
    path           the field that broke it
    before, after  its values
    """

    rule: Rule
    change: str
    path: str
    before: Json | Unset
    after: Json | Unset
