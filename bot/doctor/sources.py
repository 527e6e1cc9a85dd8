"""Each source of the configuration: whether it is heard, and when it was heard last.

Two witnesses are asked: the memory, which holds when each source was heard, and the file in which
a running process says how each does (`bot/serve/hearing_file.py`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from kubectl_smart.bot.doctor.case import Case
from kubectl_smart.bot.doctor.examining import Area, Check, aside
from kubectl_smart.bot.doctor.findings import Outcome, failed, not_configured, ok, warning
from kubectl_smart.bot.render.words import duration
from kubectl_smart.bot.serve.hearing_file import Told, hearing_file, read_hearing
from kubectl_smart.bot.serve.settings import CaptureModel
from kubectl_smart.capture.coverage import SourceState
from kubectl_smart.memory.index.opening import open_index
from kubectl_smart.memory.index.rows import IndexUnusable
from kubectl_smart.memory.opening import index_place

_MINUTE = 60_000_000


class _Source(NamedTuple):
    """A source as the doctor knows it.

    configured  whether the configuration has it
    quiet       microseconds after which silence is odd; 0: it may be silent for ever
    never       what to do if it was never heard
    """

    name: str
    configured: Callable[[CaptureModel], bool]
    quiet: int
    never: str


SOURCES = (
    _Source(
        "audit-webhook",
        lambda capture: capture.audit_webhook is not None,
        15 * _MINUTE,
        "the API server has never called: give it the four flags of deploy/README.md, step 4, then "
        "see `Error in audit plugin` in its log",
    ),
    _Source(
        "audit-log",
        lambda capture: capture.audit_log is not None,
        15 * _MINUTE,
        "see whether the path is that of --audit-log-path of the API server",
    ),
    _Source(
        "watch",
        lambda capture: capture.watch is not None,
        2 * _MINUTE,
        "see the area cluster below",
    ),
    _Source(
        "prometheus",
        lambda capture: capture.prometheus is not None,
        10 * _MINUTE,
        "see the area Prometheus below",
    ),
    _Source(
        "alertmanager",
        lambda capture: capture.alertmanager is not None,
        0,
        "it calls only when an alert fires; send one to see whether it arrives: "
        "`amtool alert add hello-memory --alertmanager.url=URL`",
    ),
)


def area(case: Case) -> Area:
    """A check for each source there is."""
    witnesses = _Witnesses(case)
    late = "the memory does not answer: look at its disk, or at the database of the index"
    return Area(
        "sources",
        [
            Check("coverage", witnesses.coverage, late, needed=True),
            *(Check(one.name, _looking(witnesses, one), late) for one in SOURCES),
        ],
    )


def _looking(witnesses: _Witnesses, source: _Source) -> Callable[[], Awaitable[Sequence[Outcome]]]:
    async def look() -> Sequence[Outcome]:
        return await aside(lambda: witnesses.look(source))

    return look


class _Witnesses:
    def __init__(self, case: Case) -> None:
        self._case = case
        self._heard: Mapping[str, int] = {}

    async def coverage(self) -> Sequence[Outcome]:
        """What the memory heard, asked once for all sources."""
        case = self._case
        if not await aside((case.memory / "HEAD").exists):
            return [not_configured("there is no memory yet that could tell what was heard")]
        try:
            self._heard = await aside(lambda: last_heard(case))
        except (IndexUnusable, ModuleNotFoundError) as problem:
            said = f"the memory does not tell what was heard: {problem}"
            return [warning(said, "see index in the area memory, then look again")]
        names = ", ".join(sorted(self._heard))
        return [ok(f"the memory heard {names}" if names else "the memory heard nothing yet")]

    def look(self, source: _Source) -> Sequence[Outcome]:
        """How one source does."""
        case = self._case
        capture = None if case.model is None else case.model.capture
        heard_at = self._heard.get(source.name, 0)
        if capture is None or not source.configured(capture):
            if not heard_at:
                return [not_configured(f"no capture.{source.name.replace('-', '_')}")]
            age = duration(max(case.now - heard_at, 0))
            return [ok(f"not configured here; heard last {age} ago")]
        told = read_hearing(hearing_file(case.memory), case.now)
        return [judged(source, heard_at, told, case.now)]


def last_heard(case: Case) -> Mapping[str, int]:
    """Source -> the last instant of it that the memory holds, microseconds since 1970-01-01 UTC.

    IndexUnusable, and what a database that is not reached raises.
    """
    index = open_index(index_place(case.memory.absolute(), case.index))
    try:
        found: dict[str, int] = {}
        for one in index.coverage():
            found[one.source] = max(one.to_at, found.get(one.source, 0))
        return found
    finally:
        index.close()


def judged(source: _Source, heard_at: int, told: Told | None, now: int) -> Outcome:
    """From what both witnesses say."""
    state = _state(told, source.name)
    last = max(heard_at, 0 if state is None else state.heard_at)
    when = f"heard last {duration(max(now - last, 0))} ago" if last else "never heard"
    if told is None or not told.alive:
        start = "start `serve`; what is missed meanwhile is a gap, and shown as one"
        return failed(f"no running process says that it listens; {when}", start)
    if state is not None and not state.listening:
        since = duration(max(now - state.since, 0))
        return failed(f"not heard for {since}: {state.trouble}; {when}", source.never)
    if not last:
        return (failed if source.quiet else warning)("never heard", source.never)
    if source.quiet and now - last > source.quiet:
        return warning(f"{when}, which is longer than usual", source.never)
    return ok(when)


def _state(told: Told | None, name: str) -> SourceState | None:
    if told is None or not told.alive:
        return None
    return next((one for one in told.states if one.source == name), None)
