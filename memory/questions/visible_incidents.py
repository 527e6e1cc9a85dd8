"""Which incidents somebody may see who may not see everything: those that lie in what they see.

An incident lies in some namespaces if every object it has to do with does: those its notes are
pinned to, those of the changes they explain, and every object, whenever it lived, that is called
like a word of its titles, of what people wrote in any version of its report, or of its notes. A
namespace that is named lies in itself, a node in "". An incident that has to do with no object is
about the whole cluster, and one with more names than are looked up may be: they lie nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.index.restricted import May
from kubectl_smart.memory.questions.linked_objects import (
    MOST_NAMES,
    named_objects,
    names_in,
    objects_of_note,
    prose,
)
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef


def incidents_within(
    index: Index, namespaces: Collection[str], may: May | None = None
) -> frozenset[str]:
    """The ids of the incidents that lie in these namespaces; "" for cluster-scoped objects.

    index  one that sees everything
    may    as `RestrictedIndex` takes it
    """

    def seen(ref: ObjectRef) -> bool:
        place = _place(ref)
        return place in namespaces and (may is None or may(ref.group, ref.kind, place))

    words: dict[str, set[str]] = {}
    for each in index.incidents(versions=True):
        if isinstance(each.record, Incident):
            words.setdefault(each.record.id, set()).add(prose(each.record))
    if not words:
        return frozenset()
    pinned: dict[str, set[ObjectRef]] = {one: set() for one in words}
    for each in index.notes():
        note = each.record
        if isinstance(note, Note) and note.incident in words:
            words[note.incident].add(note.text)
            pinned[note.incident] |= objects_of_note(index, note)
    return frozenset(
        one for one in words if _lies_in(index, "\n".join(words[one]), pinned[one], seen)
    )


def _lies_in(
    index: Index, text: str, pinned: Collection[ObjectRef], seen: Callable[[ObjectRef], bool]
) -> bool:
    if len(names_in(text)) >= MOST_NAMES:
        return False
    found = {*pinned, *named_objects(index, text)}
    return bool(found) and all(map(seen, found))


def _place(ref: ObjectRef) -> str:
    return ref.name if (ref.group, ref.kind) == ("", "Namespace") else ref.namespace
