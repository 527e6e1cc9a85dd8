"""The first line of a commit: at most 72 characters, a sentence a person would write.

    payments/deployment payment-api: replicas 3 → 5
    prod/configmap api-config: CACHE_SIZE 512 → unlimited
    prod/deployment api: image api:1.7 → api:4.9 (main) +2 more
    node worker-5: cordoned

Only for people: nothing reads a subject back, so it may be shortened.
"""

from __future__ import annotations

import re

import orjson

from kubectl_smart.memory.formats.field_paths import Segment, parse_path
from kubectl_smart.memory.records.changes import (
    ABSENT,
    UNKNOWN,
    Change,
    Facet,
    FieldEdit,
    Json,
    Knowledge,
    Unset,
)
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.steps import Step

MAX_SUBJECT = 72
_MAX_TITLE = 44
_MAX_VALUE = 24
_CONTROL = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ud800-\udfff]+")
_TRAILER_LIKE = re.compile(r"[A-Za-z0-9-]+\s*:|---|\(cherry picked")
_RESTARTED = "kubectl.kubernetes.io/restartedAt"
_BOOKKEEPING = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        "deployment.kubernetes.io/revision",
        "deployment.kubernetes.io/desired-replicas",
        "deployment.kubernetes.io/max-replicas",
        "kubernetes.io/change-cause",
        "control-plane.alpha.kubernetes.io/leader",
        "creationTimestamp",
        "uid",
    }
)


def _shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _one_line(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()


def _fit(prefix: str, detail: str, more: str = "") -> str:
    """The line, with the detail shortened rather than what frames it."""
    room = MAX_SUBJECT - len(prefix) - len(more)
    line = _one_line(f"{prefix}{_shorten(detail, room)}{more}")
    return _shorten(f"it: {line}" if _TRAILER_LIKE.match(line) else line, MAX_SUBJECT)


def _title(ref: ObjectRef) -> str:
    title = _one_line(ref.title)
    if len(title) <= _MAX_TITLE:
        return title
    kept = title.removeprefix(f"{ref.namespace}/") if ref.namespace else title
    return _shorten(kept, _MAX_TITLE)


# --- edits --------------------------------------------------------------------------------


def _rank(steps: tuple[Segment, ...]) -> int:
    """How telling an edit is; 0 tells most, 9 is bookkeeping."""
    words = [step.text for step in steps if not step.is_item]
    if not words:
        return 8
    last = words[-1]
    if last in _BOOKKEEPING:
        return 9
    if last == _RESTARTED or words == ["spec", "replicas"] or words == ["spec", "unschedulable"]:
        return 0
    if last == "image":
        return 1
    if words[0] in ("data", "stringData", "binaryData") or "env" in words:
        return 2
    if words[0] == "spec" and "metadata" not in words:
        return 3
    if "metadata" not in words:
        return 4
    return 5 if "labels" in words else 6


def _value(value: Json | Unset, *, image: bool = False) -> str:
    if isinstance(value, str):
        text = value.rpartition("/")[2] if image else value
        return _shorten(text or '""', _MAX_VALUE)
    return _shorten(orjson.dumps(value).decode(), _MAX_VALUE)


def _plain(value: Json | Unset) -> bool:
    """True for a value that fits into a sentence."""
    if isinstance(value, str):
        return "\n" not in value and len(value) <= 200 and not value.startswith("redacted:")
    return not isinstance(value, dict | list | Unset)


def _field_name(steps: tuple[Segment, ...]) -> tuple[str, str]:
    """(what the field is called, the container or item it is in) of an edit."""
    last = steps[-1]
    items = [step for step in steps if step.is_item and step.text]
    where = items[0].text if items and not last.is_item else ""
    if len(steps) > 2 and last.text == "value" and steps[-3].text == "env":
        return steps[-2].text, steps[-4].text if len(steps) > 3 and steps[-4].is_item else ""
    if last.is_item:
        holder = steps[-2].text.removesuffix("s") if len(steps) > 1 else "item"
        label = last.text or f"{max(last.number, 1)}"
        return f"{holder} {label}", items[0].text if len(items) > 1 else ""
    words = [step.text for step in steps if not step.is_item]
    if "annotations" in words[:-1]:
        return f"annotation {last.text}", ""
    if "labels" in words[:-1]:
        return f"label {last.text}", ""
    if last.text in ("cpu", "memory") and len(words) > 2:
        return f"{words[-2].removesuffix('s')} {last.text}", where
    return last.text, where


def _sentence(edit: FieldEdit, steps: tuple[Segment, ...]) -> str:
    """What one edit did, in words."""
    if not steps:
        return "changed"
    last, before, after = steps[-1].text, edit.before, edit.after
    if last == _RESTARTED and after is not ABSENT:
        return "restarted"
    if last == "unschedulable" and len(steps) == 2 and after is not UNKNOWN:
        return "cordoned" if after is True else "uncordoned"
    name, where = _field_name(steps)
    image = last == "image"
    place = f" ({where})" if where else ""
    if after is ABSENT:
        return f"{name} removed{place}"
    if _plain(before) and _plain(after):
        return f"{name} {_value(before, image=image)} → {_value(after, image=image)}{place}"
    if before is ABSENT and steps[-1].is_item:
        return f"{name} added{place}"
    if before in (ABSENT, UNKNOWN) and _plain(after):
        return f"{name} set to {_value(after, image=image)}{place}"
    return f"{name} changed{place}"


def _edits_in_words(edits: tuple[FieldEdit, ...]) -> tuple[str, str]:
    """(the most telling edit, " +2 more")."""
    ranked = [(_rank(steps), edit, steps) for edit in edits for steps in (parse_path(edit.path),)]
    rank, edit, steps = min(ranked, key=lambda item: item[0])
    others = sum(1 for item in ranked if item[0] < 9) - 1
    if rank == 9:
        return "bookkeeping only", ""
    return _sentence(edit, steps), f" +{others} more" if others > 0 else ""


_DONE = {
    "create": "created",
    "delete": "deleted",
    "evict": "evicted",
    "bind": "bound to a node",
    "apply": "applied",
    "patch": "patched",
    "update": "updated",
    "scale": "scaled",
}


def _of_change(change: Change) -> str:
    prefix = f"{_title(change.object)}: "
    if change.late:
        prefix += "(late) "
    return _fit(prefix, *_what(change))


def _what(change: Change) -> tuple[str, str]:
    """(what a change did, " +2 more")."""
    if change.facet is Facet.STATUS and not change.gone:
        return "status changed", ""
    if change.gone:
        return "evicted" if change.verb == "evict" else "deleted", ""
    if change.verb == "create" and change.knowledge is not Knowledge.FIELDS:
        return "created", ""
    if change.edits:
        return _edits_in_words(change.edits)
    return _DONE.get(change.verb, change.verb or "changed"), ""


def in_words(change: Change) -> str:
    """What a change did to which object, in one line that is not cut to a subject's length."""
    return _one_line(f"{change.object.title}: {''.join(_what(change))}")


def _of_note(note: Note) -> str:
    first_line = note.text.strip().partition("\n")[0]
    prefix = f"note on {_title(note.about)}: " if note.about else "a note: "
    return _fit(prefix, "taken back" if note.retracted else _one_line(first_line))


def subject(record: Change | Step | Note | Incident) -> str:
    """One line of at most 72 characters that says what the record says."""
    match record:
        case Change():
            return _of_change(record)
        case Step():
            tried = "tried" if record.outcome else "looked"
            times = f" ({record.count} times)" if record.count > 1 else ""
            who = _shorten(_one_line(record.actor.name) or "somebody", 32)
            return _fit(f"{who} {tried}: ", record.command or record.action, times)
        case Note():
            return _of_note(record)
        case Incident():
            done = "closed" if record.status is IncidentStatus.CLOSED else "open"
            return _fit(f"incident {_shorten(_one_line(record.id), 32)} ({done}): ", record.title)
