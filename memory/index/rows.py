"""What look-ups return beside records: data only, so that callers may hold it without the index."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.changes import Facet, FieldEdit, Knowledge
from kubectl_smart.memory.records.errors import MemoryDamaged
from kubectl_smart.memory.records.facts import StatePlace
from kubectl_smart.memory.records.objects import ObjectRef

if TYPE_CHECKING:
    from kubectl_smart.memory.records.wiring import Wiring


class ObjectRow(NamedTuple):
    """One object by name, as of its newest recorded change.

    ref               the object
    derived           True if controllers make it
    owner             top of its owner chain; None if declared or not known
    uid               of the newest change; "" if not known
    resource_version  of the newest change; "" if not known
    first_at          first change known, microseconds since 1970-01-01 UTC
    last_at           newest change, the same unit
    gone_at           when it went away; None while it exists
    place             where its newest state can be read; None if gone or not known in full
    """

    ref: ObjectRef
    derived: bool
    owner: ObjectRef | None
    uid: str
    resource_version: str
    first_at: int
    last_at: int
    gone_at: int | None
    place: StatePlace | None


class Seed(NamedTuple):
    """What a fold must know of one object and facet to go on where the memory ends.

    happened_at  of the newest change, microseconds since 1970-01-01 UTC
    gone         True if that change took the object away
    place        where the state after it can be read; None if gone or not known in full
    """

    ref: ObjectRef
    facet: Facet
    derived: bool
    owner: ObjectRef | None
    uid: str
    resource_version: str
    happened_at: int
    gone: bool
    place: StatePlace | None


class Outline(NamedTuple):
    """As much of a change as the history of its object needs; `Index.listed` has the rest.

    number       what `Index.listed` knows it by; means nothing else
    happened_at  as in Change; so are uid, verb, knowledge, gone and edits
    place        where the state after it can be read; None if gone or not known in full
    declared     whether it is of the facet DECLARED
    """

    number: int
    happened_at: int
    uid: str
    verb: str
    knowledge: Knowledge
    gone: bool
    edits: tuple[FieldEdit, ...]
    place: StatePlace | None
    declared: bool = False


class Act(NamedTuple):
    """As much of a declared change as patterns need: of a million, one after the other.

    order   what changes are ordered by; number: what `Index.listed` knows it by
    """

    order: tuple[int, int, int, bytes]
    number: int
    object: ObjectRef
    verb: str
    actor: Actor
    gone: bool
    edits: tuple[FieldEdit, ...]

    @property
    def happened_at(self) -> int:
        """Microseconds since 1970-01-01 UTC."""
        return self.order[0]


class Standing(NamedTuple):
    """As much of a change as the state of the past needs: of ten thousand at once.

    id      as in Change; so are object, facet, derived, verb, actor, via, happened_at and owner
    edits   as in Change where the state after it is not known in full, else ()
    commit  object id of the commit that holds it; branch: where
    place   where the state after it can be read; None if not known in full
    """

    id: str
    object: ObjectRef
    facet: Facet
    derived: bool
    verb: str
    actor: Actor
    via: str
    happened_at: int
    edits: tuple[FieldEdit, ...]
    owner: ObjectRef | None
    commit: str
    branch: str
    place: StatePlace | None


class Wired(NamedTuple):
    """What an object said of others, and when.

    from_at  microseconds since 1970-01-01 UTC
    to_at    the same: when it said something else, or was gone; `spans.FOREVER` if it says so still
    change   what `Index.listed` knows the change by that brought it; means nothing else
    """

    ref: ObjectRef
    wiring: Wiring
    from_at: int
    to_at: int
    change: int


class Counts(NamedTuple):
    """How much the index holds."""

    objects: int
    changes: int
    observations: int
    steps: int
    notes: int
    incidents: int


class IndexUnusable(MemoryDamaged):
    """There is no index, or it is damaged, of another version or half built.

    Nothing is lost: it is rebuilt from git (`Index.rebuild`, `kubectl smart reindex`).
    """
