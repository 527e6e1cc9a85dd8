"""The whole examination: which areas there are, in the order in which they are read."""

from __future__ import annotations

from contextlib import AsyncExitStack

from kubectl_smart.bot.doctor import (
    alertmanager,
    audit,
    certificates,
    cluster,
    memory,
    process,
    prometheus,
    setup,
    slack,
    sources,
)
from kubectl_smart.bot.doctor.case import Case
from kubectl_smart.bot.doctor.examining import examined
from kubectl_smart.bot.doctor.findings import Report


async def examine(case: Case) -> Report:
    """Every check, all areas at once; each costs its time-out at most."""
    async with AsyncExitStack() as stack:
        areas = [
            setup.area(case),
            memory.area(case),
            certificates.area(case),
            process.area(case),
            sources.area(case),
            audit.area(case),
            cluster.area(case, stack),
            prometheus.area(case, stack),
            alertmanager.area(case),
            slack.area(case),
        ]
        found = await examined(areas, case.within)
    return Report(case.now, tuple(found))
