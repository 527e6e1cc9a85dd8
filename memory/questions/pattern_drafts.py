"""What each part of `patterns` hands over: candidates with their chance, written out if kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from kubectl_smart.memory.answers.basis import Citation
from kubectl_smart.memory.answers.patterns import Part

Cite: TypeAlias = int | Citation | None
"""The number of a change as `Index.listed` knows it; or a citation; or nothing to cite."""

Case: TypeAlias = tuple[int, Cite]
"""When it held, or did not, and where that stands."""


class Draft(NamedTuple):
    """A pattern but for its correction. As in `Pattern`; hits and against are all there are.

    way, subjects  which way something goes, and what all; returns: its coming back is told, too
    """

    part: Part
    kind: str
    statement: str
    held: int
    times: int
    within: int
    trials: int
    expected: float
    test: str
    hits: Sequence[Case]
    against: Sequence[Case]
    broken: int | None
    silent: int
    way: str = ""
    subjects: tuple[str, ...] = ()
    returns: bool = False


class Candidate(NamedTuple):
    """What was tested, with its chance; `draft` writes it out.

    about   what it is about, in a form that sorts; of those with the same `echo` that are sure
            enough the one of the least `rank` is told, the others say the same
    """

    p: float
    about: tuple[str, ...]
    echo: tuple[object, ...]
    rank: tuple[float, ...]
    draft: Callable[[], Draft]


class Found(NamedTuple):
    """The candidates of one part, and how many hypotheses were tested for them."""

    candidates: list[Candidate]
    tested: int

    def and_of(self, other: Found) -> Found:
        """The candidates of both."""
        return Found(self.candidates + other.candidates, self.tested + other.tested)


def plural(count: int, word: str) -> str:
    """`1 time`, `3 times`."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def short_field(path: str) -> str:
    """A field as people call it: `replicas`, `CACHE_SIZE`, `containers[main].image`."""
    for marker in (".env[", "env["):
        before, found, rest = path.partition(marker)
        if found and not before.endswith("]env"):
            return rest.partition("]")[0]
    for start in ("spec.template.spec.", "spec.template.", "spec.", "data."):
        if path.startswith(start):
            return path.removeprefix(start)
    return path
