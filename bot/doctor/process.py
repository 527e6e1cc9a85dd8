"""The running `serve`: whether it answers, whether it can accept, and what its figures say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiohttp import ClientError, ClientSession, ClientTimeout

from kubectl_smart.bot.doctor.case import Case
from kubectl_smart.bot.doctor.examining import Area, Check, aside, unreached
from kubectl_smart.bot.doctor.findings import Outcome, failed, not_configured, ok, warning
from kubectl_smart.bot.render.words import duration
from kubectl_smart.bot.serve.hearing_file import Told, hearing_file, read_hearing

LATE, TOO_LATE = 60.0, 600.0
"""Seconds after which what was accepted ought to be committed: warned of, failed."""
UNKNOWN_PART = 0.5
"""Part of the changes by nobody known, from which on it is warned of."""
_PREFIX = "kubectl_smart_"
_HERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}  # noqa: S104 - not listened on

Figures = Mapping[str, Mapping[str, float]]
"""Name without prefix -> value of the label ("" without labels) -> figure."""


def area(case: Case) -> Area:
    """What a process says of itself over HTTP."""
    process = _Process(case)
    late = "it hangs: see its log, then start it anew; what it accepted is in the spool"
    return Area(
        "serve",
        [
            Check("answers", process.answers, late, needed=True),
            Check("ready", process.ready, late),
            Check("figures", process.figures, late),
        ],
    )


class _Process:
    def __init__(self, case: Case) -> None:
        self._case = case
        self._address = ""

    async def answers(self) -> Sequence[Outcome]:
        """/healthz."""
        case = self._case
        told = await aside(lambda: read_hearing(hearing_file(case.memory), case.now))
        self._address = address(case, told)
        start = f"kubectl smart serve {case.named}"
        if not self._address:
            if case.model is None:
                last = "" if told is None else "; the one that wrote this memory last has ended"
                said = f"no --config, and no process says that it writes to this memory{last}"
                return [not_configured(said)]
            said = "listen.port is 0, and no process says where it listens"
            return [failed(said, "start it, or set listen.port", start)]
        try:
            status, said = await self._get("/healthz")
        except (ClientError, OSError) as problem:
            said = f"nobody answers at {self._address}/healthz: {unreached(problem)}"
            if case.model is not None and case.model.capture is None:
                return [not_configured(said, "the bot alone, `slack serve`, has no such page")]
            return [failed(said, "start it, or see its log if it was started", start)]
        if (status, said.strip()) != (200, "ok"):
            said = f"another program listens at {self._address}: its /healthz is not ours"
            return [failed(said, "end it, or set listen.port to a free one, and start anew", start)]
        who = f", process {told.pid} on {told.host}" if told is not None and told.alive else ""
        return [ok(f"answers at {self._address}{who}")]

    async def ready(self) -> Sequence[Outcome]:
        """/readyz."""
        status, said = await self._asked("/readyz")
        if status == 200:
            return [ok("it can accept")]
        why = said.strip()
        if "being opened" in why:
            return [warning(f"not ready: {why}", "wait; a large spool or index takes minutes")]
        remedy = "make room or mend what it says; senders keep what it refuses, and try again"
        return [failed(f"not ready: {why}", remedy)]

    async def figures(self) -> Sequence[Outcome]:
        """/metrics."""
        _, text = await self._asked("/metrics")
        found = figures_of(text)
        if "ready" not in found:
            return [not_configured("this process captures nothing, so it has no figures of that")]
        return judged(found)

    async def _asked(self, path: str) -> tuple[int, str]:
        try:
            return await self._get(path)
        except ClientError as problem:
            raise OSError(f"{self._address}{path}: {problem}") from None

    async def _get(self, path: str) -> tuple[int, str]:
        timeout = ClientTimeout(total=self._case.within)
        async with (
            ClientSession(timeout=timeout) as session,
            session.get(self._address + path) as answer,
        ):
            return answer.status, await answer.text()


def address(case: Case, told: Told | None) -> str:
    """Where the process tells of itself: as it says, else as configured; "" if neither is known."""
    if told is not None and told.alive and told.health:
        scheme, _, rest = told.health.partition("://")
        host, _, port = rest.rpartition(":")
        return f"{scheme}://{_HERE.get(host, host)}:{port}"
    if case.model is None or not case.model.listen.port:
        return ""
    listen = case.model.listen
    return f"http://{_HERE.get(listen.host, listen.host)}:{listen.port}"


def figures_of(text: str) -> Figures:
    """From Prometheus' text format; samples of histograms are left out."""
    # heavy, and only needed where a process answers
    from prometheus_client.parser import text_string_to_metric_families

    found: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(text):
        if family.type not in ("gauge", "counter") or not family.name.startswith(_PREFIX):
            continue
        values = found.setdefault(family.name.removeprefix(_PREFIX), {})
        for sample in family.samples:
            if not sample.name.endswith("_created"):
                values["/".join(sample.labels.values())] = sample.value
    return found


def judged(found: Figures) -> Sequence[Outcome]:
    """What the figures of a process that captures say."""

    def total(name: str) -> float:
        return sum(found.get(name, {}).values())

    lag, waits = total("commit_lag_seconds"), total("spool_entries")
    said = f"{waits:,.0f} entries wait to be committed, the oldest for {_seconds(lag)}"
    behind = "see its log: a full or slow disk, or an index that cannot be reached"
    outcomes = [
        failed(said, behind)
        if lag > TOO_LATE
        else warning(said, f"it catches up after a burst; if it does not, {behind}")
        if lag > LATE
        else ok(said)
    ]
    if total("dropped"):
        said = f"{total('dropped'):,.0f} accepted and lost"
        outcomes.append(failed(said, "this must never be: report it, with the log"))
    else:
        outcomes.append(ok("nothing accepted was lost"))
    if died := total("committer_restarts"):
        remedy = "see its log for why; nothing is lost, but each time it reads the spool again"
        outcomes.append(warning(f"the committer died {died:,.0f} times", remedy))
    which = ", ".join(
        f"{name} {count:,.0f}" for name, count in found.get("gaps", {}).items() if count
    )
    said = f"since it began, sources stopped being heard {total('gaps'):,.0f} times"
    outcomes.append(ok(f"{said}{f' ({which}); see `kubectl smart status`' if which else ''}"))
    return [*outcomes, *_unresolved(total("unresolved_actors"), total("changes"))]


def _unresolved(nobody: float, changes: float) -> Sequence[Outcome]:
    if not changes:
        return []
    said = f"of {changes:,.0f} changes {nobody:,.0f} were made by nobody known"
    if nobody / changes <= UNKNOWN_PART:
        return [ok(said)]
    remedy = "only the API server's audit log names people: see deploy/README.md, step 4"
    return [warning(said, remedy)]


def _seconds(found: float) -> str:
    return duration(round(found * 1_000_000))
