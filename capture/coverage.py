"""The account of what is heard right now, by source: for coverage, for status, for metrics.

Sources tell it; whoever runs them asks it. It holds nothing durable: `due` hands out the intervals
that ought to be written into the memory, joined, and forgets them only when told they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from kubectl_smart.memory.records.coverage import Heard, joined


@dataclass(frozen=True, slots=True)
class SourceState:
    """How one source is doing.

    source     "audit-webhook", "watch", "prometheus" ...
    listening  whether it hears right now
    since      microseconds since 1970-01-01 UTC: since when that is so
    heard_at   the same: until when it has heard without a gap; 0 if never
    trouble    why it does not hear, in words; "" if it does
    gaps       how often it stopped hearing since the process began
    """

    source: str
    listening: bool
    since: int
    heard_at: int = 0
    trouble: str = ""
    gaps: int = 0


class Hearing:
    """What all sources of one process hear. Not thread-safe: for one event loop.

    clock  microseconds since 1970-01-01 UTC
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._states: dict[str, SourceState] = {}
        self._due: dict[tuple[str, str], list[tuple[int, int]]] = {}

    def came(self, source: str, at: int) -> None:
        """`source` said something, which tells nothing of what it may have missed."""
        known = self._states.get(source)
        since = known.since if known is not None and known.listening else self._clock()
        gaps = known.gaps if known is not None else 0
        last = max(at, known.heard_at if known is not None else 0)
        self._states[source] = SourceState(source, True, since, last, "", gaps)

    def heard(self, source: str, session: str, from_at: int, to_at: int) -> None:
        """`source` missed nothing between these instants. Intervals of a session are joined."""
        self.came(source, to_at)
        self._due[source, session] = joined(
            [*self._due.get((source, session), ()), (from_at, to_at)]
        )

    def silent(self, source: str, trouble: str) -> None:
        """`source` does not hear, and why: one sentence."""
        known = self._states.get(source)
        if known is not None and not known.listening:
            self._states[source] = replace(known, trouble=trouble)
            return
        heard_at, gaps = (known.heard_at, known.gaps + 1) if known is not None else (0, 0)
        self._states[source] = SourceState(source, False, self._clock(), heard_at, trouble, gaps)

    def states(self) -> list[SourceState]:
        """Every source, by name."""
        return [self._states[name] for name in sorted(self._states)]

    def due(self) -> list[Heard]:
        """What was heard and is not yet `written`."""
        return [
            Heard(source=source, session=session, from_at=from_at, to_at=to_at)
            for (source, session), intervals in sorted(self._due.items())
            for from_at, to_at in intervals
        ]

    def written(self, heard: list[Heard]) -> None:
        """These stand in the memory; the last instant of each is where the next joins."""
        for one in heard:
            key = (one.source, one.session)
            left = [each for each in self._due.get(key, ()) if each[1] > one.to_at]
            self._due[key] = left
            if not left:
                del self._due[key]
