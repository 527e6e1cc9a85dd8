"""What the doctor found: data, which renderers write and tests compare."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """How one thing is."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    NOT_CONFIGURED = "not configured"


class Outcome(NamedTuple):
    """What one check came to.

    said    what was found, or what was tried; one sentence, never with a secret in it
    remedy  what to do next, one sentence; "" where nothing is to be done
    steps   lines to copy: commands, or a piece of YAML
    """

    state: State
    said: str
    remedy: str = ""
    steps: tuple[str, ...] = ()


class Finding(NamedTuple):
    """An outcome with its place: "cluster", "rights"."""

    area: str
    check: str
    outcome: Outcome


class Report(NamedTuple):
    """All that was found, area by area, in the order in which it is read.

    at  when, microseconds since 1970-01-01 UTC
    """

    at: int
    findings: tuple[Finding, ...]

    @property
    def counts(self) -> dict[State, int]:
        """How many findings of each state."""
        found = [one.outcome.state for one in self.findings]
        return {state: found.count(state) for state in State}

    @property
    def failed(self) -> bool:
        """Whether anything failed."""
        return self.counts[State.FAILED] > 0


def ok(said: str) -> Outcome:
    """It works."""
    return Outcome(State.OK, said)


def warning(said: str, remedy: str, *steps: str) -> Outcome:
    """It works, but not as well as it should, or not for long."""
    return Outcome(State.WARNING, said, remedy, steps)


def failed(said: str, remedy: str, *steps: str) -> Outcome:
    """It does not work."""
    return Outcome(State.FAILED, said, remedy, steps)


def not_configured(said: str, remedy: str = "", *steps: str) -> Outcome:
    """Nobody asked for it, or it could not be looked at; `said` tells what was tried."""
    return Outcome(State.NOT_CONFIGURED, said, remedy, steps)
