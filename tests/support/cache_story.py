"""Six weeks of one service whose cache was made too large again and again.

`api` reads CACHE_SIZE of a ConfigMap when its pods start. Four times it is raised so far that the
new pods are killed for want of memory, and set back; of the first and the third time an incident
tells, the second nobody reported, and the fourth (`LAST`) is the one to be traced: the third like
incident. Between them there is ordinary work on other fields and objects, which harms nobody.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from built_memory import CONTROLLER, SARAH, TOM, Past, config, container, deployment, minutes, pod

from kubectl_smart.bot.reporting import keep_report
from kubectl_smart.memory.opening import open_for_writing
from kubectl_smart.memory.records.actors import Actor, ActorKind

DAY = 24 * 60
API = deployment("api", "prod")
CACHE = config("cache-config", "prod")
OTHER = config("mail-config", "prod")
ANA = Actor("ana@example.com", ActorKind.HUMAN)


class Raised(NamedTuple):
    """One time that it was raised: when (minutes after START), by whom, to what, how long it took.

    incident  id of its report; "" if nobody opened one
    """

    at: int
    by: Actor
    to: str
    lasted: int
    incident: str = ""


FIRST = Raised(5 * DAY + 200, TOM, "4096", 25, "2025-11-28-cache")
UNREPORTED = Raised(13 * DAY + 330, ANA, "3500", 12)
SECOND = Raised(24 * DAY + 95, SARAH, "unlimited", 40, "2025-12-17-cache-again")
LAST = Raised(40 * DAY + 260, ANA, "8192", 0)
OVER = LAST.at + 60


def _pods(past: Past, at: int, number: int) -> None:
    """New pods that read what stands now."""
    past.write(
        pod(f"api-{number}", "prod"), minutes(at), by=CONTROLLER, derived=True, owner=API,
        containers=[container("main", "api:1")],
    )  # fmt: skip


def _raise(past: Past, one: Raised, number: int) -> None:
    past.write(CACHE, minutes(one.at), by=one.by, via="kubectl edit configmap/cache-config",
               data={"CACHE_SIZE": one.to, "TTL": "60"})  # fmt: skip
    _pods(past, one.at + 2, number)
    for later in (4, 6, 8):
        past.seen(pod(f"api-{number}", "prod"), minutes(one.at + later), "OOMKilled", owner=API)
    if not one.lasted:
        return
    if one.incident:
        past.incident(minutes(one.at + 9), one.incident, "The api dies", "Out of memory: api.\n")
    past.write(CACHE, minutes(one.at + one.lasted), by=SARAH, via="kubectl edit configmap",
               data={"CACHE_SIZE": "512", "TTL": "60"})  # fmt: skip
    _pods(past, one.at + one.lasted + 1, number + 1)
    if one.incident:
        past.incident(minutes(one.at + one.lasted + 20), one.incident, "The api dies",
                      "Out of memory: api.\n", opened_at=minutes(one.at + 9),
                      closed_at=minutes(one.at + one.lasted + 20))  # fmt: skip


def six_weeks(*, reads: bool = True, times: int = 4) -> Past:
    """All of it; only the first so many `times`; `reads`: whether the api says what it reads."""
    past = Past()
    past.heard(minutes(0), minutes(OVER))
    main = container("main", "api:1")
    if reads:
        main["envFrom"] = [{"configMapRef": {"name": "cache-config"}}]
    past.write(CACHE, data={"CACHE_SIZE": "512", "TTL": "60"})
    past.write(OTHER, data={"SENDER": "0"})
    past.write(API, containers=[main])
    _pods(past, 1, 0)
    every = (FIRST, UNREPORTED, SECOND, LAST)
    raised = {one.at // DAY: one for one in (*every[: times - 1], LAST)}
    for day in range(OVER // DAY + 1):
        for hour in (1, 3, 5, 7):
            if day * DAY + hour * 60 < LAST.at - 10:
                past.write(OTHER, minutes(day * DAY + hour * 60), by=TOM,
                           data={"SENDER": f"{day}-{hour}"})  # fmt: skip
        if day in raised:
            _raise(past, raised[day], 10 * (day + 1))
    past.note(minutes(SECOND.at + 50), "Follow-up: check CACHE_SIZE against the memory limit",
              of_incident=SECOND.incident, by=TOM)  # fmt: skip
    past.records.sort(key=lambda one: getattr(one, "happened_at", getattr(one, "first_at", 0)))
    return past


def reported(past: Past, path: Path) -> Path:
    """The memory at `path`, with the reports as the program keeps them up to date."""
    past.record(path)
    with open_for_writing(path) as memory:
        for one in (FIRST, SECOND):
            keep_report(memory, one.incident, now=minutes(one.at + one.lasted + 30))
    return path
