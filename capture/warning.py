"""What the memory says to whoever is about to write an object: rules broken, notes pinned. Pure.

A warning is what somebody said, in their words, with who and when. kubectl prints it as `Warning:`
and the API server may cut what is long, so each is short, and all together are, too. Only what a
request changes is spoken of: a value that was wrong before is not the matter of who changes
another one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from kubectl_smart.capture.decoding.state import plural_of
from kubectl_smart.capture.reviews import Review
from kubectl_smart.memory.formats.diffs import diff, field_values, narrow
from kubectl_smart.memory.formats.manifests import stored_form
from kubectl_smart.memory.formats.quantities import quantity
from kubectl_smart.memory.formats.rules import first_breach, rule_of
from kubectl_smart.memory.records.changes import ABSENT, UNKNOWN, FieldEdit
from kubectl_smart.memory.records.kinds import by_resource
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.records.rules import Rule
from kubectl_smart.memory.records.times import to_datetime

LONGEST = 256
"""Characters of a warning: what the API server shows of one when it has to cut."""
ALL = 4_096
"""Bytes of all warnings to one request."""
MOST = 5
"""Warnings to one request; how many more there are is one more line."""
_LONGEST_NAME = 64


class Pinned(NamedTuple):
    """A note about an object, and the rule it says; None if it says none."""

    note: Note
    rule: Rule | None


class Table(NamedTuple):
    """Every note pinned to an object.

    notes  by object, newest first
    kinds  (group, resource) -> kind of those that are none of Kubernetes' own
    """

    notes: Mapping[ObjectRef, tuple[Pinned, ...]]
    kinds: Mapping[tuple[str, str], str]


EMPTY = Table({}, {})


def table_of(notes: Iterable[Note]) -> Table:
    """The table of notes that stand; those without words or about no object are left out."""
    found: dict[ObjectRef, list[Pinned]] = {}
    for note in sorted(notes, key=lambda one: (-one.happened_at, one.id)):
        if note.about is not None and not note.retracted and note.text.strip():
            found.setdefault(note.about, []).append(Pinned(note, rule_of(note)))
    kinds = {(ref.group, plural_of(ref.kind)): ref.kind for ref in found}
    return Table({ref: tuple(each) for ref, each in found.items()}, kinds)


def ref_of(review: Review, kinds: Mapping[tuple[str, str], str]) -> ObjectRef | None:
    """The object that a review is about, of a scale the one that is scaled; None if unnamed."""
    info = by_resource(review.group, review.resource)
    kind = info.kind if info is not None else kinds.get((review.group, review.resource))
    shown = (review.obj or review.old or {}) if not review.subresource else {}
    metadata = shown.get("metadata") or {}
    name = review.name or str(metadata.get("name") or "")
    if not name:
        return None
    kind = kind or str(shown.get("kind") or review.resource)
    scoped = info.namespaced if info is not None else bool(review.namespace)
    # the namespace of a Namespace is its own name in a review
    return ObjectRef(review.group, kind, review.namespace if scoped else CLUSTER, name)


def warnings_of(review: Review, table: Table) -> tuple[str, ...]:
    """What is said to this request; () mostly."""
    if not table.notes or review.subresource not in ("", "scale"):
        return ()
    ref = ref_of(review, table.kinds)
    pinned = table.notes.get(ref) if ref is not None else None
    if not pinned:
        return ()
    broken, others = _concerned(pinned, review)
    if not broken and not others:
        return ()
    return _fitting([*broken, *others], f"{ref.kind.lower()}/{ref.name}" if ref else "")


def edits_of(review: Review) -> tuple[FieldEdit, ...] | None:
    """What an update or a scale changes; None where only the object after it is known."""
    if review.obj is None or review.old is None:
        return None
    if review.subresource == "scale":
        before, after = replicas_of(review.old), replicas_of(review.obj)
        return () if before == after else (FieldEdit("spec.replicas", before, after),)
    return diff(stored_form(review.old), stored_form(review.obj))


def replicas_of(obj: dict[str, Any] | None) -> Any:
    """What a Scale or a workload asks for; UNKNOWN if it does not say."""
    found = ((obj or {}).get("spec") or {}).get("replicas")
    return found if type(found) is int else UNKNOWN


def _concerned(pinned: tuple[Pinned, ...], review: Review) -> tuple[list[str], list[str]]:
    """(rules that it breaks, other notes about what it changes), as warnings."""
    if review.verb == "delete":
        return [], [_words(one.note, "") for one in pinned]
    edits = edits_of(review)
    broken, fields, whole = [], [], []
    for note, rule in pinned:
        touched = _touched(edits, review, note.field)
        if rule is not None:
            breach = first_breach(rule, "", touched)
            if breach is not None:
                broken.append(_words(note, _asked(breach.path, breach.after)))
        elif note.field and touched:
            fields.append(_words(note, ""))
        elif not note.field and (edits is None or edits):
            whole.append(_words(note, ""))
    return broken, [*fields, *whole]


def _touched(
    edits: tuple[FieldEdit, ...] | None, review: Review, field: str
) -> tuple[FieldEdit, ...]:
    if not field:
        return ()
    if edits is not None:
        return narrow(edits, field)
    form: dict[str, Any] = stored_form(review.obj or {})
    return tuple(FieldEdit(path, ABSENT, value) for path, value in field_values(form, field))


def _asked(path: str, value: Any) -> str:
    """What a request does to a field; a value is shown only if it is a quantity."""
    if value is ABSENT:
        return f"this removes {path}"
    figure = type(value) is int or (type(value) is str and quantity(value) is not None)
    return f"this sets {path} to {value}" if figure else f"this sets {path}"


def _words(note: Note, now: str) -> str:
    """`never below 5: provider SLA, see 2020-11-blackfriday (sarah, 2020-11-27; this sets …)`."""
    text = plain(note.text)
    if note.incident and note.incident not in text:
        text = f"{text.rstrip(' .')}, see {note.incident}"
    said = to_datetime(note.happened_at).date().isoformat()
    who = plain(note.author.name)[:_LONGEST_NAME] or "unknown"
    tail = f" ({'; '.join(part for part in (f'{who}, {said}', plain(now)) if part)})"
    room = max(LONGEST - len(tail), LONGEST // 4)
    if len(text) > room:
        text = f"{text[: room - 1].rstrip()}…"
    return text + tail


def plain(text: str) -> str:
    """The beginning on one line, without what a terminal or a header would not take as text."""
    shown = [char if char.isprintable() else " " for char in text[:ALL]]
    return " ".join("".join(shown).split())


def _fitting(lines: list[str], target: str) -> tuple[str, ...]:
    """As many as are shown, and how many more there are."""
    more = " more notes: kubectl smart why "
    room = ALL - len(f"{len(lines)}{more}{target}".encode())
    kept: list[str] = []
    for line in lines[:MOST]:
        room -= len(line.encode())
        if room < 0:
            break
        kept.append(line)
    if len(kept) < len(lines):
        kept.append(f"{len(lines) - len(kept)}{more}{target}"[:LONGEST])
    return tuple(kept)
