"""What `status` says of each source: since when it was heard, how much, and when not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a stretch of time one source was heard.

    from_at, to_at  the stretch: the last day or week, or as much of it as the memory is old
    heard           of it; all in microseconds, instants since 1970-01-01 UTC
    """

    from_at: int
    to_at: int
    heard: int

    @property
    def part(self) -> float:
        """From 0 to 1."""
        return self.heard / (self.to_at - self.from_at) if self.to_at > self.from_at else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardSource:
    """One source, as the memory heard it.

    since, last  first and last instant heard
    day, week    shares of the last 24 hours and of the last 7 days
    gaps         (from, to) of the last 7 days between two times heard, in order: those of a second
                 or more; short_gaps: how many were shorter
    Instants are microseconds since 1970-01-01 UTC.
    """

    source: str
    since: int
    last: int
    day: Share
    week: Share
    gaps: tuple[tuple[int, int], ...]
    short_gaps: int
