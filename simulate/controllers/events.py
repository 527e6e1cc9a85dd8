"""The account of what happened, from which stages and answers are made."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from kubectl_smart.simulate.cluster.pods import Owner, Pod
from kubectl_smart.simulate.scheduling.board import Numbers


class What(Enum):
    """One kind of thing that happens to a pod."""

    CREATED = "created"
    REFUSED = "not created"
    BOUND = "placed"
    UNSCHEDULABLE = "not placed"
    NOMINATED = "makes room"
    READY = "ready"
    DELETED = "deletion asked for"
    FINISHED = "ended"
    GONE = "gone"
    BLOCKED = "eviction refused"
    AVAILABLE = "available"
    FAILED = "failed"

    __hash__ = object.__hash__  # by identity: asked a million times in a large simulation


class Event(NamedTuple):
    """at: seconds since the command; detail: the reason, the node or the message.

    pod   None for one that a quota refused, and for what failed without a pod that waits
    tied  the slots of the nodes that were as good
    """

    at: float
    what: What
    key: tuple[str, str]
    pod: Pod | None
    owner: Owner | None
    node: str | None
    detail: str = ""
    tied: Sequence[int] | Numbers = ()
