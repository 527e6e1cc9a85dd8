"""A backtest for a terminal: what was predicted against what came, the misses, the figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from kubectl_smart.bot.backtesting import Backtested, score
from kubectl_smart.bot.render.printable import one_line
from kubectl_smart.bot.render.text import heading
from kubectl_smart.bot.render.words import instant
from kubectl_smart.simulate.backtesting import Counted, Row

_SHOWN = 4


def backtest(found: Sequence[Backtested], zone: tzinfo, *, wide: bool = False) -> list[str]:
    """Lines. wide: also workloads that came as predicted, or to which something else was done."""
    if not found:
        return ["nothing was done in that window that moves pods"]
    lines: list[str] = []
    for one in found:
        lines += _operation(one, zone, wide)
    return [*lines, "", *_figures(found)]


def _operation(one: Backtested, zone: tzinfo, wide: bool) -> Iterator[str]:
    past = one.past
    seconds = (one.until - past.at) / 1_000_000
    by = f" by {one_line(past.actor.name)}" if past.actor.name else ""
    tests = [row for row in one.rows if not row.disturbed]
    right = sum(row.counts_right and row.pods_right for row in tests)
    verdict = f"{right} of {len(tests)} as predicted" if tests else "nothing to compare"
    yield heading(f"{instant(past.at, zone)} {past.operation} {one_line(past.object.title)}{by}")
    yield f"  {verdict}, {seconds:.1f} s afterwards"
    for row in one.rows:
        missed = not (row.counts_right and row.pods_right)
        if (missed and not row.disturbed) or wide:
            yield from _row(row, missed)
    if wide:
        yield from (f"  not known: {one_line(lack)}" for lack in one.lacks)


def _row(row: Row, missed: bool) -> Iterator[str]:
    mark = "no test" if row.disturbed else ("MISS" if missed else "right")
    yield f"  {mark}: {row.namespace}/{row.kind.lower()}/{row.name}"
    yield f"    before    {_counted(row.before)}"
    yield f"    predicted {_counted(row.predicted)}"
    yield f"    actual    {_counted(row.actual)}"
    for why in row.disturbed:
        yield f"    something else was done to it: {one_line(why)}"
    for why in row.why:
        yield f"    perhaps: {one_line(why)}"


def _counted(found: Counted) -> str:
    pending = f", {found.pending} pending" if found.pending else ""
    if not found.went:
        return f"{found.bound} bound{pending}"
    shown = ", ".join(found.went[:_SHOWN])
    more = f" and {len(found.went) - _SHOWN} more" if len(found.went) > _SHOWN else ""
    return f"{found.bound} bound{pending}; went: {shown}{more}"


def _figures(found: Sequence[Backtested]) -> Iterator[str]:
    figures = score(found)
    yield f"{figures.operations} operations, {figures.compared} workloads compared"
    if figures.compared:
        yield f"  {_share(figures.counts, figures.compared)} with the counts that were predicted"
        yield f"  {_share(figures.pods, figures.compared)} lost the very pods that were predicted"
    if figures.disturbed:
        yield f"  {figures.disturbed} more are no test: something else was done to them meanwhile"


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.0f} %)"
