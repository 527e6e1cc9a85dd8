"""`kubectl smart serve`: the process that listens, answers and keeps, put together.

Roles: `capture` hears and records, `bot` answers in Slack, `schedule` does what is due by the
clock. Each ends in order: first the doors and sources, then the bot with what it began, then the
committer with what is complete. What was accepted and is not committed by then lies in the spool,
and is committed by the next run.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import tzinfo
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from kubectl_smart.bot.serve.admission import PATHS, admission, keeping
from kubectl_smart.bot.serve.alarms import Alarms
from kubectl_smart.bot.serve.alert_settings import AlertmanagerModel
from kubectl_smart.bot.serve.committing import RARELY, Came
from kubectl_smart.bot.serve.hearing_file import hearing_file, write_hearing
from kubectl_smart.bot.serve.live import LiveMemory
from kubectl_smart.bot.serve.measures import Measures
from kubectl_smart.bot.serve.pen import LivePen
from kubectl_smart.bot.serve.pinned import PinnedNotes
from kubectl_smart.bot.serve.scheduling import Schedule
from kubectl_smart.bot.serve.settings import CaptureModel, ServeModel
from kubectl_smart.bot.serve.upkeep import upkeep
from kubectl_smart.bot.serve.watch_settings import watching
from kubectl_smart.bot.serve.web import Handler, doors, health, listening, tls_context
from kubectl_smart.bot.slack.answering import Source
from kubectl_smart.capture.accepting import Overloaded
from kubectl_smart.capture.decoding.fold import tick_item
from kubectl_smart.capture.sources.alertmanager import Alertmanager
from kubectl_smart.capture.sources.audit_follow import AuditFollow
from kubectl_smart.capture.sources.audit_webhook import AuditWebhook
from kubectl_smart.capture.sources.receiving import Callers, Door, Limits, Waiting
from kubectl_smart.memory.records.errors import StorageFull
from kubectl_smart.memory.store.git_store import OURS

if TYPE_CHECKING:
    from kubectl_smart.bot.measuring import Metrics
    from kubectl_smart.bot.slack.bot import Bot

_log = logging.getLogger(__name__)
CAPTURE, BOT, SCHEDULE = "capture", "bot", "schedule"
ROLES = (CAPTURE, BOT, SCHEDULE)

COVERAGE_EVERY = 30.0
"""Seconds between two entries that say what was heard: what a killed process can no longer say."""
TICK_EVERY = 10.0
LAG = 45_000_000
"""Seconds between two ticks, and microseconds after which all is taken to have been told: the API
server hands over a batch after 30 s at most, unless told otherwise."""
TOLD_EVERY = 10.0
"""Seconds between two tellings of what is heard just now; see `hearing_file`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the process.

    memory, index  which memory; index: URL, None for the file beside it
    roles          of ROLES
    environment    where secrets are, besides files
    tell           is told in sentences what goes on
    """

    model: ServeModel
    memory: Path
    index: str | None
    zone: tzinfo
    roles: frozenset[str]
    environment: Mapping[str, str]
    tell: Callable[[str], None]


def serve(run: Run) -> None:
    """Until SIGTERM or SIGINT. BadInput, Busy if it cannot begin."""
    gc.set_threshold(*RARELY)
    asyncio.run(_served(run))


async def _served(run: Run) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await served(run, stop)


async def served(run: Run, stop: asyncio.Event) -> None:
    """Until `stop` is set; see `serve`."""
    measures = Measures()
    async with AsyncExitStack() as stack, _Going(stop) as going:
        live: LiveMemory | None = None
        handlers: dict[str, Handler] = {}
        if CAPTURE in run.roles and run.model.capture is not None:
            live = await _captured(run, run.model.capture, measures, handlers, stack, going)
        trouble = (lambda: "") if live is None else live.trouble
        app = health(measures, trouble)
        place = listening(app, run.model.listen.host, run.model.listen.port)
        address = await stack.enter_async_context(place)
        run.tell(f"health and figures at {address}")
        if live is not None:
            going.begin(_tell_what_is_heard(live, hearing_file(run.memory), address))
        bot: Bot | None = None
        begun = live is None or await _first(live.committer.begun, stop)
        if begun and BOT in run.roles and run.model.slack is not None:
            bot = await _answering(run, live, stack)
        if begun and SCHEDULE in run.roles and run.model.schedule is not None:
            model = run.model.schedule
            digest = None if bot is None or bot.digests is None else bot.digests.say
            jobs = upkeep(model, model.zone or run.zone, run.memory, run.index, live, digest)
            schedule = Schedule(jobs)
            measures.jobs = schedule.figures
            going.begin(schedule.run())
            run.tell(f"by the clock: {', '.join(one.name for one in jobs) or 'nothing'}")
        if handlers and run.model.capture is not None:
            door = run.model.capture.doors
            context = tls_context(door.tls)
            place = listening(doors(handlers), door.host, door.port, context)
            address = await stack.enter_async_context(place)
            for path in handlers:
                run.tell(f"listening at {address}{path}")
        await stop.wait()
        run.tell("stopping; what was accepted is committed first")


async def _captured(
    run: Run,
    model: CaptureModel,
    measures: Measures,
    handlers: dict[str, Handler],
    stack: AsyncExitStack,
    going: _Going,
) -> LiveMemory:
    """The memory live, and the sources of the configuration heard until the stack ends."""
    pinned = PinnedNotes(run.memory, run.index)

    def came(how_far: Came) -> None:
        measures.came(how_far)
        pinned.came(how_far, live.committer.restarts)

    live = LiveMemory(
        run.memory,
        index=run.index,
        clock=_now,
        room=model.spool.room(),
        decisions_every=model.commit.decisions,
        journal_every=model.commit.journal,
        on_came=came,
    )
    await stack.enter_async_context(live)
    measures.watch(live)
    run.tell(f"recording into {run.memory}")
    waiting = Waiting(model.doors.waiting << 20)
    limits = model.doors.limits()
    if model.audit_webhook is not None:
        callers = model.audit_webhook.callers("capture.audit_webhook", run.environment)
        hook = AuditWebhook(
            _door("audit", callers, limits, waiting, measures),
            live,
            live.redactor,
            live.hearing,
            _now,
        )
        stack.callback(hook.close)
        measures.rejected["audit-webhook"] = hook
        handlers["/audit"] = hook.handle
    if model.alertmanager is not None:
        callers = model.alertmanager.callers("capture.alertmanager", run.environment)
        alarms = _alarms(run, model.alertmanager, live)
        if alarms is not None:
            going.begin(alarms.run())
        alerts = Alertmanager(
            _door("alertmanager", callers, limits, waiting, measures),
            live,
            live.redactor,
            live.hearing,
            _now,
            (lambda: None) if alarms is None else alarms.taken,
        )
        measures.rejected["alertmanager"] = alerts
        handlers["/alertmanager"] = alerts.handle
    if model.admission is not None:
        reviews = admission(
            model.admission, run.environment, limits, waiting, live, pinned, _now, keeping(model)
        )
        stack.push_async_callback(reviews.close)
        measures.doors["admission"] = reviews.door.answered
        measures.admissions = reviews.counts
        handlers |= dict.fromkeys(PATHS, reviews.handle)
        going.begin(pinned.keep())
    if model.audit_log is not None:
        path = Path(model.audit_log.path).expanduser().absolute()
        follow = AuditFollow(
            path,
            run.memory / OURS / "imports" / f"follow-{sha256(str(path).encode()).hexdigest()[:16]}",
            live,
            live.redactor,
            live.hearing,
            _now,
            pause=model.audit_log.every,
        )
        measures.rejected["audit-log"] = follow
        going.begin(follow.run())
        run.tell(f"following {path}")
    if model.watch is not None:
        audited = model.audit_webhook is not None or model.audit_log is not None
        watch = await watching(
            model.watch, live, run.index, run.memory, stack, _now, audited=audited
        )
        measures.rejected["watch"] = watch
        going.begin(_begun(live, watch.run()))
        run.tell("watching the cluster")
    if model.prometheus is not None:
        # numpy is heavy, and only this source needs it
        from kubectl_smart.capture.sources.prometheus import Prometheus

        asked = model.prometheus.settings("capture.prometheus", run.environment)
        name = f"prometheus-{sha256(asked.url.encode()).hexdigest()[:16]}"
        prometheus = Prometheus(
            asked,
            run.memory / OURS / "imports" / name,
            live,
            live.redactor,
            live.hearing,
            _now,
        )
        measures.rejected["prometheus"] = prometheus
        going.begin(prometheus.run())
        run.tell(f"asking {asked.url}")
    going.begin(_keep(live))
    if live.keeping is not None:
        going.mind(live.keeping)
    return live


def _alarms(run: Run, model: AlertmanagerModel, live: LiveMemory) -> Alarms | None:
    """What opens incidents for alerts; None if nothing does."""
    if model.incidents is None:
        return None
    source = _source(run)
    pen = LivePen(live, asyncio.get_running_loop(), source)
    return Alarms(live, source, pen, model.incidents.rules(), _now)


def _source(run: Run) -> Source:
    return Source(
        memory=run.memory,
        index=run.index,
        zone=run.zone,
        now=_now,
        privacy=run.model.patterns.privacy(),
        calendar=run.model.patterns.calendar(run.zone),
    )


def _door(
    name: str, callers: Callers, limits: Limits, waiting: Waiting, measures: Measures
) -> Door:
    door = Door(callers, limits, waiting)
    measures.doors[name] = door.answered
    return door


async def _answering(run: Run, live: LiveMemory | None, stack: AsyncExitStack) -> Bot:
    """The bot, connected until the stack ends."""
    from kubectl_smart.bot.slack import settings as configured
    from kubectl_smart.bot.slack.serving import connected

    model = configured.FileModel.model_construct(
        memory=run.model.memory, index=run.model.index, zone=run.model.zone, slack=run.model.slack
    )
    source = replace(_source(run), metrics=_metrics(run))
    how = configured.connection(model.slack, run.memory, run.environment)
    settings = configured.bot_settings(model, run.memory)
    pen = None if live is None else LivePen(live, asyncio.get_running_loop(), source)
    return await stack.enter_async_context(connected(settings, source, how, run.tell, pen))


def _metrics(run: Run) -> Metrics | None:
    """Whom questions ask for what the memory has not heard of metrics itself."""
    model = None if run.model.capture is None else run.model.capture.prometheus
    if model is None:
        return None
    from kubectl_smart.bot.measuring import Metrics

    return Metrics(model.settings("capture.prometheus", run.environment), unless_heard=True)


async def _begun(live: LiveMemory, work: Coroutine[Any, Any, None]) -> None:
    """`work`, from when the memory is open: it asks the index what is known."""
    try:
        await live.committer.begun.wait()
        await work
    finally:
        work.close()


async def _keep(live: LiveMemory) -> None:
    """Write down what was heard, and that time passes, for as long as it lives."""
    last = time.monotonic()
    try:
        while True:
            await asyncio.sleep(TICK_EVERY)
            with contextlib.suppress(StorageFull, Overloaded):
                if live.committer.came.gathering:
                    await live.accept([tick_item(_now(), LAG)])
                if time.monotonic() - last >= COVERAGE_EVERY:
                    await live.write_coverage()
                    last = time.monotonic()
    finally:
        with contextlib.suppress(StorageFull, Overloaded):
            await live.write_coverage()


async def _tell_what_is_heard(live: LiveMemory, file: Path, health: str) -> None:
    """Keep the file up to date for as long as it lives, and say in the end that it has ended."""

    def write(*, ended: bool = False) -> None:
        try:
            write_hearing(file, live.hearing.states(), _now(), health, ended=ended)
        except OSError as problem:  # a full disk: the older one stays, and grows old
            _log.warning("what is heard cannot be told to others: %s", problem)

    try:
        while True:
            await asyncio.to_thread(write)
            await asyncio.sleep(TOLD_EVERY)
    finally:
        write(ended=True)


async def _first(event: asyncio.Event, stop: asyncio.Event) -> bool:
    """Wait for either; whether the event came before the stop."""
    waits = [asyncio.create_task(one.wait()) for one in (event, stop)]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for one in waits:
        one.cancel()
    await asyncio.gather(*waits, return_exceptions=True)
    return event.is_set() and not stop.is_set()


class _Going:
    """What goes on beside everything else: if any of it ends by a fault of ours, all of it does.

    Then the process ends with that fault, and whoever keeps it running starts it anew: what was
    accepted is in the spool.
    """

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop
        self._tasks: list[asyncio.Task[None]] = []
        self._fault: BaseException | None = None

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Until the block ends."""
        task = asyncio.create_task(work)
        self._tasks.append(task)
        self.mind(task)

    def mind(self, task: asyncio.Task[None]) -> None:
        """End when it fails."""
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        fault = None if task.cancelled() else task.exception()
        if fault is not None:
            self._fault = self._fault or fault
            self._stop.set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._fault is not None:
            raise self._fault


def _now() -> int:
    return time.time_ns() // 1_000
