"""What the fold knows while it reads: an immutable value, made anew by every event.

Small on purpose: of each live object its canonical JSON and a few words, of objects that are
gone only the uid, so that a write that arrives late does not bring them back. A memory that is
opened again gives the same value through `seeded`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from immutables import Map

from kubectl_smart.capture.decoding.kinds import Kinds
from kubectl_smart.memory.records.changes import Change, Facet
from kubectl_smart.memory.records.objects import ObjectRef

GONE_KEPT = 20_000
"""Uids of objects that are gone are forgotten after between one and two times as many more
have gone: about 3 MB, and more than a busy cluster loses within an audit webhook's skew."""


class Known(NamedTuple):
    """One live object.

    version      resourceVersion as a number, so that versions can be compared; 0 if not known
    state        canonical JSON of its newest state known in full: what its file holds; or None
    status       the same of the trimmed status of a declared Pod or Node; None otherwise
    best         `state` with what is known of later writes in part; None if nothing is
    derived      see `ownership`
    owner        the declared object at the top; None for declared objects or if not known
    happened_at  of its newest version, microseconds since 1970-01-01 UTC
    unchanged    the last write that left it as it was, by somebody who is no machine: a change
                 after all, should an earlier write come late; None if there is none
    """

    uid: str
    version: int
    state: bytes | None
    status: bytes | None
    best: bytes | None
    derived: bool
    owner: ObjectRef | None
    happened_at: int
    unchanged: Change | None = None

    @property
    def stale(self) -> bool:
        """True if something was written since that `state` does not show."""
        return self.best is not self.state


class Objects(NamedTuple):
    """Every object alive, and those lately gone."""

    alive: Map[ObjectRef, Known]
    gone: Map[str, int]
    gone_before: Map[str, int]
    kinds: Kinds

    def has(self, ref: ObjectRef) -> bool:
        """Whether it is alive."""
        return ref in self.alive

    def called(self, name: str) -> list[ObjectRef]:
        """Those alive of that name."""
        return [ref for ref in self.alive if ref.name == name]

    def bury(self, uid: str, happened_at: int) -> Objects:
        """The same, remembering that the object with this uid is gone."""
        if not uid:
            return self
        gone = self.gone.set(uid, happened_at)
        if len(gone) < GONE_KEPT:
            return self._replace(gone=gone)
        return self._replace(gone=Map(), gone_before=gone)

    def gone_at(self, uid: str) -> int | None:
        """When the object with this uid went; None if it is not known to be gone."""
        if not uid:
            return None
        found = self.gone.get(uid)
        return self.gone_before.get(uid) if found is None else found


NO_OBJECTS = Objects(Map(), Map(), Map(), Map())


class SeedState(NamedTuple):
    """What a memory tells of one object and facet, with the state that was read for it."""

    ref: ObjectRef
    facet: Facet
    derived: bool
    owner: ObjectRef | None
    uid: str
    resource_version: str
    happened_at: int
    gone: bool
    state: bytes | None


def number(resource_version: str) -> int:
    """A resourceVersion as a number, so that versions can be compared (KEP-5504); 0 if none."""
    return int(resource_version) if resource_version.isdecimal() else 0


def seeded(seeds: Iterable[SeedState]) -> Objects:
    """The objects of a fold that goes on where a memory ends."""
    alive: dict[ObjectRef, Known] = {}
    gone: dict[str, int] = {}
    kinds: dict[tuple[str, str], str] = {}
    statuses: dict[ObjectRef, SeedState] = {}
    for seed in seeds:
        if seed.facet is Facet.STATUS:
            statuses[seed.ref] = seed
        elif seed.gone:
            gone[seed.uid] = seed.happened_at
        else:
            version = number(seed.resource_version)
            alive[seed.ref] = Known(
                seed.uid, version, seed.state, None, seed.state, seed.derived, seed.owner,
                seed.happened_at,
            )  # fmt: skip
    for ref, status in statuses.items():
        known = alive.get(ref)
        if known is not None:
            alive[ref] = known._replace(
                status=status.state,
                version=max(known.version, number(status.resource_version)),
                happened_at=max(known.happened_at, status.happened_at),
            )
    for ref in alive:
        if "." in ref.group:
            kinds[ref.group, plural_of(ref.kind)] = ref.kind
    return Objects(Map(alive), Map(gone), Map(), Map(kinds))


def plural_of(kind: str) -> str:
    """The usual plural of a custom kind, as code generators make it."""
    word = kind.lower()
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2:-1] not in ("a", "e", "i", "o", "u"):
        return word[:-1] + "ies"
    return word + "s"
