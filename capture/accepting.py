"""The seam between sources and the spool: whoever hands something over learns when it is durable.

A live source (a webhook, a watch, a poller) makes items or prepared audit events and hands them to
an `Acceptor`. What `accept` has returned for survives power loss; what it raised for does not
exist. A source may hand the same thing over again: it is known by its key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from kubectl_smart.capture.preparing import Prepared
from kubectl_smart.memory.records.errors import SmartError
from kubectl_smart.memory.store.protocols import SpoolItem


class Overloaded(SmartError):
    """Nothing was kept; hand it over again after `retry_after` seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message, f"try again in {retry_after} s")
        self.retry_after = retry_after


class Kept(NamedTuple):
    """What has become of what was handed over.

    new         accepted now
    repeated    already in the memory or in the spool
    irrelevant  nothing to remember
    """

    new: int
    repeated: int
    irrelevant: int


class Acceptor(Protocol):
    """Makes things durable."""

    async def accept(self, items: Sequence[SpoolItem]) -> Kept:
        """Durable on return.

        StorageFull if the disk is full, Overloaded if too much waits: then nothing was kept.
        """

    async def accept_events(
        self, events: Sequence[Prepared], source: str, also: Sequence[SpoolItem] = ()
    ) -> Kept:
        """The same for audit events; `source` is "audit-webhook" or "audit-log".

        also  items that become durable with them, or not at all
        """
