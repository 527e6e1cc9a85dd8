"""What a command asks of the API, in the order it asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kubectl_smart.simulate.admission.objects import Object

Propagation = Literal["background", "foreground", "orphan"]


@dataclass(frozen=True, slots=True)
class Put:
    """Create the object, or replace what bears its name by this, in full and with defaults."""

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
