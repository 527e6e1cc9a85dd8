"""A door on loopback with a strict acceptor behind it, which keeps what it was handed over."""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from kubectl_smart.bot.serve.web import doors, listening
from kubectl_smart.capture.accepting import Kept
from kubectl_smart.capture.coverage import Hearing
from kubectl_smart.capture.preparing import Prepared
from kubectl_smart.capture.sources.audit_webhook import AuditWebhook
from kubectl_smart.capture.sources.receiving import Callers, Door, Limits, Waiting
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.records.errors import SmartError
from kubectl_smart.memory.store.protocols import SpoolItem

TOKEN = "token-of-the-api-server"


def now() -> int:
    """Microseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000


@dataclass
class Keeper:
    """Keeps each key once; fails as it is told to.

    trouble  raised instead of keeping; None: nothing is
    """

    kept: dict[str, bytes] = field(default_factory=dict)
    trouble: SmartError | None = None

    async def accept(self, items: Sequence[SpoolItem]) -> Kept:
        """See `accepting.Acceptor`."""
        if self.trouble is not None:
            raise self.trouble
        new = {item.key: item.body for item in items if item.key not in self.kept}
        self.kept.update(new)
        return Kept(len(new), len(items) - len(new), 0)

    async def accept_events(
        self, events: Sequence[Prepared], source: str, also: Sequence[SpoolItem] = ()
    ) -> Kept:
        """The same."""
        items = [SpoolItem(one.key, source, 0, one.body) for one in events if one.body]
        return await self.accept([*items, *also])

    @property
    def events(self) -> set[str]:
        """Audit ids of the events kept."""
        return {key.partition("/")[0] for key in self.kept if not key.startswith("heard/")}


@dataclass
class DoorStage:
    """The webhook, and what stands behind it."""

    url: str
    hook: AuditWebhook
    keeper: Keeper
    hearing: Hearing


@asynccontextmanager
async def audit_door(
    *,
    callers: Callers = Callers(tokens=(TOKEN, "the-next-token")),  # noqa: B008 - frozen
    limits: Limits = Limits(),  # noqa: B008 - frozen
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[DoorStage]:
    """Listening at /audit until the block ends."""
    keeper, hearing = Keeper(), Hearing(now)
    door = Door(callers, limits, Waiting(limits.waiting))
    hook = AuditWebhook(door, keeper, Redactor(b"k" * 32), hearing, now)
    app = doors({"/audit": hook.handle})
    async with listening(app, "127.0.0.1", 0, tls) as address:
        yield DoorStage(f"{address}/audit", hook, keeper, hearing)
    hook.close()
