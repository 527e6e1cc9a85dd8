"""`doctor` on the figures of a process, and on what both witnesses say of a source."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kubectl_smart.bot.doctor import sources
from kubectl_smart.bot.doctor.findings import Outcome, State
from kubectl_smart.bot.doctor.process import judged as judged_figures
from kubectl_smart.bot.serve.hearing_file import Told
from kubectl_smart.capture.coverage import SourceState

MINUTE = 60_000_000


def _figures(**changed: float) -> dict[str, dict[str, float]]:
    base = {"ready": 1.0, "commit_lag_seconds": 0.0, "spool_entries": 3.0, "dropped": 0.0,
            "committer_restarts": 0.0, "changes": 10.0, "unresolved_actors": 1.0}  # fmt: skip
    return {name: {"": value} for name, value in {**base, **changed}.items()}


@pytest.mark.parametrize(
    ("figure", "value", "state", "remedy"),
    [
        ("commit_lag_seconds", 61.0, State.WARNING, "catches up"),
        ("commit_lag_seconds", 601.0, State.FAILED, "slow disk"),
        ("dropped", 1.0, State.FAILED, "report it"),
        ("committer_restarts", 2.0, State.WARNING, "log"),
        ("unresolved_actors", 9.0, State.WARNING, "step 4"),
    ],
)
def test_figures_that_are_not_well(figure: str, value: float, state: State, remedy: str) -> None:
    """Each alone, with what to do."""
    assert {one.state for one in judged_figures(_figures())} == {State.OK}
    (one,) = [one for one in judged_figures(_figures(**{figure: value})) if one.state != State.OK]
    assert one.state is state
    assert remedy in one.remedy


def _told(*states: SourceState, alive: bool = True) -> Told:
    return Told(100 * MINUTE, alive, 1, "host", "", states)


WEBHOOK = next(one for one in sources.SOURCES if one.name == "audit-webhook")
ALERTS = next(one for one in sources.SOURCES if one.name == "alertmanager")


@pytest.mark.parametrize(
    ("outcome", "state", "said"),
    [
        (lambda: sources.judged(WEBHOOK, 0, _told(), 100 * MINUTE), State.FAILED, "never heard"),
        (lambda: sources.judged(ALERTS, 0, _told(), 100 * MINUTE), State.WARNING, "never heard"),
        (lambda: sources.judged(WEBHOOK, 99 * MINUTE, None, 100 * MINUTE), State.FAILED,
         "no running process says that it listens; heard last 1 min ago"),
        (lambda: sources.judged(WEBHOOK, 80 * MINUTE, _told(), 100 * MINUTE), State.WARNING,
         "longer than usual"),
        (lambda: sources.judged(ALERTS, 1, _told(), 100 * MINUTE), State.OK, "heard last"),
        (lambda: sources.judged(
            WEBHOOK, 90 * MINUTE,
            _told(SourceState("audit-webhook", False, 97 * MINUTE, 0, "the disk is full", 1)),
            100 * MINUTE,
         ), State.FAILED, "not heard for 3 min: the disk is full"),
    ],
)  # fmt: skip
def test_sources_that_are_not_heard(
    outcome: Callable[[], Outcome], state: State, said: str
) -> None:
    """From what the memory and the process say together."""
    found = outcome()
    assert found.state is state
    assert said in found.said
    assert found.remedy or state is State.OK
