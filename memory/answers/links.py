"""The answer to `links`: what happened because of what, as far as rules say so."""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_smart.memory.answers.basis import Basis, Citation
from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.links import Link
from kubectl_smart.memory.records.objects import ObjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One end of links.

    id        of the change, or of the first observation of a piece of trouble
    at        microseconds since 1970-01-01 UTC
    sentence  what happened, in words
    actor     who did it; None of what nobody decided
    """

    id: str
    object: ObjectRef
    at: int
    sentence: str
    actor: Actor | None
    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class LinksAnswer:
    """The links of a window, and those that lead to them.

    object   only what led to or came from this object, or what it owns; None: everything
    since    first instant of the window, microseconds since 1970-01-01 UTC
    until    its end, which is not part of it
    links    by the time of the effect; causes may lie before the window
    happened both ends of all of them, by id
    """

    basis: Basis
    object: ObjectRef | None
    namespace: str | None
    since: int
    until: int
    links: tuple[Link, ...]
    happened: dict[str, Happened]
