"""What the doctor found, for terminals, scripts and Markdown; nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from kubectl_smart.bot.doctor.findings import State
from kubectl_smart.bot.render.documents import API_VERSION
from kubectl_smart.bot.render.markdown import escape
from kubectl_smart.bot.render.printable import one_line, visible
from kubectl_smart.bot.render.text import HEADING
from kubectl_smart.memory.records.times import to_rfc3339

if TYPE_CHECKING:
    from kubectl_smart.bot.doctor.findings import Finding, Report

_WIDTH = max(len(state) for state in State)


def lines(report: Report) -> list[str]:
    """For a terminal: by area, what is wrong with what to do under it."""
    found: list[str] = []
    for name, findings in groupby(report.findings, key=lambda one: one.area):
        found.append(f"{HEADING}{name}")
        for one in findings:
            found += _finding(one)
        found.append("")
    return [*found, summary(report)]


def _finding(one: Finding) -> Iterator[str]:
    outcome = one.outcome
    yield f"  {outcome.state:<{_WIDTH}}   {one.check}: {one_line(outcome.said)}"
    blank = " " * (_WIDTH + 5)
    if outcome.remedy:
        yield f"{blank}-> {one_line(outcome.remedy)}"
    for step in outcome.steps:
        yield f"{blank}   {visible(step)}"


def summary(report: Report) -> str:
    """`12 ok, 1 warning, 2 failed, 3 not configured`."""
    return ", ".join(f"{count} {state}" for state, count in report.counts.items())


def document(report: Report) -> dict[str, Any]:
    """Kind Doctor."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Doctor",
        "at": to_rfc3339(report.at),
        "counts": {state.value: count for state, count in report.counts.items()},
        "findings": [
            {
                "area": one.area,
                "check": one.check,
                "state": one.outcome.state.value,
                "said": one.outcome.said,
                "remedy": one.outcome.remedy or None,
                "steps": list(one.outcome.steps),
            }
            for one in report.findings
        ],
    }


def markdown(report: Report) -> list[str]:
    """For a ticket."""
    found = [f"# kubectl smart doctor: {summary(report)}"]
    for name, findings in groupby(report.findings, key=lambda one: one.area):
        found += ["", f"## {name}", ""]
        for one in findings:
            outcome = one.outcome
            found.append(f"- **{outcome.state}** {one.check}: {escape(one_line(outcome.said))}")
            if outcome.remedy:
                found.append(f"  - to do: {escape(one_line(outcome.remedy))}")
            if outcome.steps:
                found += ["", "    ```", *(f"    {visible(step)}" for step in outcome.steps)]
                found += ["    ```", ""]
    return found
