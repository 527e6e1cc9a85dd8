"""Past incidents that are like one: by objects, by kinds and namespaces, by words.

    score = (0.5 * objects + 0.2 * places + 0.3 * words) / (sum of the weights of what is asked)

    objects  share of the objects asked about that the past incident names or has notes about
    places   share of their (namespace, kind) pairs in which it has such an object, or a note
    words    share of the words asked, each weighing 1 / (1 + number of past incidents with it)

What is not asked (no object, no word) has no weight. Below 0.1 nothing is alike. Of equal scores
the newer comes first, then the id decides. The same memory gives the same list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

from kubectl_smart.memory.answers.incident import SimilarIncident
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.grounds import citation
from kubectl_smart.memory.questions.linked_objects import linked_objects, names_in, prose
from kubectl_smart.memory.records.actors import UNKNOWN_ACTOR
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef

LEAST = 0.1
"""Below this score nothing is alike."""

_OBJECTS, _PLACES, _WORDS = 0.5, 0.2, 0.3
_SHOWN_WORDS = 8
_SHORTEST_WORD = 3
_SAY_NOTHING = frozenset({
    "about", "after", "all", "and", "are", "because", "been", "before", "but", "can", "for",
    "from", "had", "has", "have", "into", "its", "not", "off", "one", "our", "out", "should",
    "than", "that", "the", "their", "then", "there", "they", "this", "was", "were", "when",
    "which", "will", "with", "you",
})  # fmt: skip
_BEGINNING, _END = -(1 << 62), 1 << 62


class _Past(NamedTuple):
    each: Committed
    incident: Incident
    names: frozenset[str]
    about: frozenset[ObjectRef]


class _Asked(NamedTuple):
    objects: frozenset[ObjectRef]
    places: frozenset[tuple[str, str]]
    words: frozenset[str]


def similar(
    index: Index,
    words: str,
    objects: Collection[ObjectRef] = (),
    *,
    other_than: str = "",
    opened_before: int | None = None,
    limit: int = 3,
) -> tuple[SimilarIncident, ...]:
    """The incidents most like what these words and objects say, the most similar first.

    words          a title, or a whole report: objects that it names count as well
    other_than     id of an incident that is left out: the one asked about
    opened_before  only incidents opened before that instant (microseconds); None for all
    """
    asked_for = _as_incident(words)
    named = linked_objects(index, asked_for, (), since=_BEGINNING, until=_END)
    asked = _asked(words, named | frozenset(objects))
    past = [
        one
        for one in _past(index)
        if one.incident.id != other_than
        and (opened_before is None or one.incident.opened_at < opened_before)
    ]
    spread = Counter(name for one in past for name in one.names)
    found = [_likeness(one, asked, spread) for one in past]
    found = [one for one in found if one.score >= LEAST]
    found.sort(key=lambda one: (-one.score, -one.opened_at, one.id))
    return tuple(found[:limit])


def similar_to(
    index: Index, incident: Incident, objects: Collection[ObjectRef], *, limit: int = 3
) -> tuple[SimilarIncident, ...]:
    """The incidents opened before this one that are most like it.

    objects  those linked to it
    """
    return similar(
        index,
        prose(incident),
        objects,
        other_than=incident.id,
        opened_before=incident.opened_at,
        limit=limit,
    )


def _as_incident(words: str) -> Incident:
    return Incident(
        id="",
        title="",
        status=IncidentStatus.OPEN,
        opened_at=0,
        closed_at=0,
        actor=UNKNOWN_ACTOR,
        happened_at=0,
        text=words,
    )


def _telling(names: Iterable[str]) -> frozenset[str]:
    return frozenset(
        name
        for name in names
        if len(name) >= _SHORTEST_WORD and not name.isdecimal() and name not in _SAY_NOTHING
    )


def _asked(words: str, objects: frozenset[ObjectRef]) -> _Asked:
    places = frozenset((ref.namespace, ref.kind) for ref in objects)
    return _Asked(objects, places, _telling(names_in(words)))


def _past(index: Index) -> list[_Past]:
    """Every incident with the words of people and what its notes are about."""
    notes: dict[str, list[Note]] = {}
    for each in index.notes():
        note = each.record
        if isinstance(note, Note) and note.incident and note.text.strip():
            notes.setdefault(note.incident, []).append(note)
    found = []
    for each in index.incidents():
        incident = each.record
        if isinstance(incident, Incident):
            of = notes.get(incident.id, ())
            text = "\n".join([prose(incident), *(note.text for note in of)])
            about = frozenset(note.about for note in of if note.about is not None)
            found.append(_Past(each, incident, _telling(names_in(text)), about))
    return found


def _likeness(one: _Past, asked: _Asked, spread: Counter[str]) -> SimilarIncident:
    objects = frozenset(
        ref for ref in asked.objects if ref in one.about or ref.name.lower() in one.names
    )
    here = frozenset((ref.namespace, ref.kind) for ref in objects | one.about)
    places = asked.places & here
    words = asked.words & one.names
    weights = {word: 1 / (1 + spread[word]) for word in sorted(asked.words)}
    parts = (
        (_OBJECTS, len(objects), len(asked.objects)),
        (_PLACES, len(places), len(asked.places)),
        (_WORDS, _sum(weights, words), _sum(weights, asked.words)),
    )
    weight = sum(weight for weight, _, of in parts if of)
    score = sum(weight * share / of for weight, share, of in parts if of)
    shared = {(ref.namespace, ref.kind) for ref in objects}
    return SimilarIncident(
        id=one.incident.id,
        title=one.incident.title,
        opened_at=one.incident.opened_at,
        closed_at=one.incident.closed_at,
        score=round(score / weight, 4) if weight else 0.0,
        objects=tuple(sorted(objects)),
        places=tuple(sorted(places - shared)),
        words=tuple(sorted(words, key=lambda word: (spread[word], word))[:_SHOWN_WORDS]),
        citation=citation(one.each),
    )


def _sum(weights: dict[str, float], words: Collection[str]) -> float:
    """In a fixed order: sums of floats depend on it."""
    return sum(weights[word] for word in sorted(words))
