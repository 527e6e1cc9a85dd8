"""Notes pinned to an object, held against what became of it: rules broken, facts gone by.

A note about a field is stale if the field's value, when the note was said, was known, and is
another now; one that changed and changed back is not. What a rule demands does not pass with the
value it was said about: a rule is never stale, and the decisions that broke it since are named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from kubectl_smart.memory.answers.basis import BrokenRule, Said, Superseded
from kubectl_smart.memory.formats.rules import broken, first_breach, rule_of
from kubectl_smart.memory.formats.values import same
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.index.rows import Outline
from kubectl_smart.memory.questions.field_history import Moved, history
from kubectl_smart.memory.questions.grounds import citation, said
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.changes import UNKNOWN, Change, FieldEdit
from kubectl_smart.memory.records.facts import Committed, ReadStates
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.rules import Breach, Rule


def pinned(
    notes: Iterable[Committed], changes: Sequence[Outline], index: Index, read: ReadStates
) -> list[Said]:
    """The notes about an object, oldest first; those taken back (without words) are left out.

    changes  all changes of the object, oldest first
    """
    histories: dict[str, list[Moved]] = {}
    found = []
    for each in notes:
        note, words = each.record, said(each)
        if not isinstance(note, Note) or words is None or not note.text.strip():
            continue
        if note.incident and note.author.kind is ActorKind.AUTOMATION:
            continue  # an alert's line in an incident: nobody's knowledge
        if note.field and note.field not in histories:
            histories[note.field] = history(changes, note.field, read).moves
        moves = histories.get(note.field, [])
        later = [one for one in moves if one.change.happened_at > note.happened_at]
        rule = rule_of(note)
        if rule is not None:
            words = replace(words, rule=rule, broken_by=tuple(_breaking(rule, later, index)))
        else:
            words = replace(words, stale=_superseded(later, index))
        found.append(words)
    return found


def _breaking(rule: Rule, later: Iterable[Moved], index: Index) -> Iterable[BrokenRule]:
    breaches = {
        moved.change.number: breach
        for moved in later
        if not moved.change.gone and (breach := first_breach(rule, "", moved.edits)) is not None
    }
    listed = index.listed(breaches)
    for number, breach in breaches.items():
        each = listed[number]
        if isinstance(each.record, Change):
            yield BrokenRule(
                at=each.record.happened_at,
                actor=each.record.actor.name,
                path=breach.path,
                after=breach.after,
                citation=citation(each),
            )


def _superseded(later: Iterable[Moved], index: Index) -> Superseded | None:
    """The newest change that left a field with another value than it had before all of them."""
    first: dict[str, FieldEdit] = {}
    last: dict[str, tuple[Moved, FieldEdit]] = {}
    for moved in later:
        for edit in moved.edits:
            first.setdefault(edit.path, edit)
            last[edit.path] = (moved, edit)
    changed = [
        (moved.change.happened_at, path, moved.change.number, edit.after)
        for path, (moved, edit) in last.items()
        if UNKNOWN not in (first[path].before, edit.after)
        and not same(first[path].before, edit.after)
    ]
    if not changed:
        return None
    at, path, number, after = max(changed, key=lambda one: one[:2])
    each = index.listed([number])[number]
    if not isinstance(each.record, Change):
        return None
    return Superseded(
        path=path,
        before=first[path].before,
        after=after,
        at=at,
        actor=each.record.actor.name,
        citation=citation(each),
    )


def rules_broken(index: Index, change: Change) -> tuple[Breach, ...]:
    """The rules that a change breaks, of those said before it, oldest first.

    For whoever must say so at once. `change` as it was recorded or is about to be: of a create its
    `state` is looked at.
    """
    found = []
    for each in index.notes_about(change.object):
        rule = rule_of(each.record) if isinstance(each.record, Note) else None
        if rule is not None and rule.said_at <= change.happened_at:
            breach = broken(rule, change)
            if breach is not None:
                found.append(breach)
    return tuple(found)
