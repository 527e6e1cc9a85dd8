"""What a command asks of the API, in the order it asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Object = Mapping[str, Any]
"""A raw Kubernetes object, with apiVersion and kind."""
Propagation = Literal["background", "foreground", "orphan"]


class Objects(Protocol):
    """The cluster as the command finds it; nothing of it is changed."""

    def get(self, kind: str, namespace: str, name: str) -> Object | None:
        """One object; `namespace` is "" for kinds outside namespaces."""

    def list(self, kind: str, namespace: str | None) -> Iterable[Object]:
        """All of a kind in a namespace; None for everywhere."""


@dataclass(frozen=True, slots=True)
class Put:
    """Create the object, or replace what bears its name by this, in full."""

    obj: Object


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete one object.

    grace_seconds  None where the object's own counts
    """

    kind: str
    namespace: str
    name: str
    grace_seconds: int | None = None
    propagation: Propagation = "background"


@dataclass(frozen=True, slots=True)
class Evict:
    """Drain's second half: move these pods off a node, all at once, retrying what is refused.

    pods              (namespace, name) of each
    grace_seconds     None where each pod's own counts
    timeout_seconds   after which drain gives up; 0 for never
    disable_eviction  delete, past every disruption budget
    """

    pods: tuple[tuple[str, str], ...]
    node: str
    grace_seconds: int | None = None
    timeout_seconds: float = 0
    disable_eviction: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """What kubectl says instead of doing a part of it; what stands before and after it is done."""

    message: str


Effect = Put | Delete | Evict | Refused
