"""The jobs that keep a memory well: packing, the commit graph, links to trouble, room on the disk.

Where this process captures, the committer holds the memory, and packs between two commits. Where it
does not, the memory is opened for writing like by anybody else: while somebody writes, it is Busy.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from datetime import tzinfo
from pathlib import Path

from kubectl_smart.bot.checking import whereabouts
from kubectl_smart.bot.serve.committing import AT_A_TIME, LINK, MAINTAIN, PACK
from kubectl_smart.bot.serve.live import LiveMemory
from kubectl_smart.bot.serve.schedule_settings import ScheduleModel, cron
from kubectl_smart.bot.serve.scheduling import Job
from kubectl_smart.memory.opening import open_for_writing
from kubectl_smart.memory.records.errors import MemoryDamaged, StorageFull

_MIB = 1 << 20
_TIMES = 30
"""So often AT_A_TIME pieces of trouble are linked in one run of the job; the next goes on."""
_LOOKS, _BETWEEN = 6, 5.0
"""How often, and after how many seconds, it is looked again: a commit is told to git first."""


def upkeep(
    model: ScheduleModel, zone: tzinfo | str, memory: Path, index: str | None,
    live: LiveMemory | None, digest: Callable[[], Awaitable[None]] | None = None,
) -> list[Job]:  # fmt: skip
    """The jobs that the configuration wants.

    digest  tells the patterns in Slack; None where there is no bot here
    """

    async def packed(errand: str) -> None:
        if live is not None:
            await live.committer.errand(errand)
        else:
            await asyncio.to_thread(_maintained, memory, index, full=errand == PACK)

    async def linked() -> None:
        for _ in range(_TIMES):
            if live is not None:
                more = await live.committer.errand(LINK)
            else:
                more = await asyncio.to_thread(_linked, memory, index)
            if not more:
                return

    async def room() -> None:
        await asyncio.to_thread(_has_room, memory, model.free * _MIB)

    async def agrees() -> None:
        await _agrees(lambda: whereabouts(memory, index))

    wanted: list[tuple[str, str | None, Callable[[], Awaitable[None]]]] = [
        ("maintain", model.maintain, lambda: packed(MAINTAIN)),
        ("pack", model.pack, lambda: packed(PACK)),
        ("links", model.links, linked),
        ("disk", model.disk, room),
        ("check", model.check, agrees),
    ]
    if digest is not None:
        wanted.append(("digest", model.digest, digest))
    return [Job(name, cron(when, zone), work) for name, when, work in wanted if when is not None]


def _maintained(memory: Path, index: str | None, *, full: bool) -> None:
    with open_for_writing(memory, index=index) as opened:
        opened.store.maintain(full=full)


def _linked(memory: Path, index: str | None) -> bool:
    from kubectl_smart.memory.questions.trouble_links import link_trouble

    with open_for_writing(memory, index=index) as opened:
        return not link_trouble(opened.store, opened.index, AT_A_TIME).whole


def _has_room(memory: Path, least: int) -> None:
    free = shutil.disk_usage(memory).free
    if free < least:
        raise StorageFull(
            f"{memory} has {free // _MIB:,} MiB free, less than {least // _MIB:,}", "make room"
        )


async def _agrees(look: Callable[[], str]) -> None:
    for left in reversed(range(_LOOKS)):
        found = await asyncio.to_thread(look)
        if not found:
            return
        if left:
            await asyncio.sleep(_BETWEEN)
    raise MemoryDamaged(found, "run `kubectl smart verify`")
