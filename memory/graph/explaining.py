"""From pieces of trouble to the few changes that explain most of them.

Each piece is looked at by itself (`suspects`). A change may explain a piece if it is its strongest
suspect or at least half as strong as that. It is accused if the odds of its clearest piece are
enough, each other object on which the case itself proves it (`taking_effect.PROOF`) counted as
another piece of evidence: four workloads whose pods were all on one node are no coincidence. The
change that explains most is taken first, with all it explains; then the one that explains most of
what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kubectl_smart.memory.graph.symptoms import Episode
from kubectl_smart.memory.graph.taking_effect import PROOF
from kubectl_smart.memory.graph.weighing import ENOUGH, Suspect, Suspects

AS_STRONG = 0.5
"""Of the strongest suspect of a piece of trouble: who is at least so strong explains it, too."""
WORTH = 0.3
"""Odds below this explain nothing, whoever else is accused."""


class Judged(NamedTuple):
    """A piece of trouble and who is suspected of it."""

    episode: Episode
    suspects: Suspects


class Explanation(NamedTuple):
    """One change, as the suspect of each piece of trouble that it explains, the clearest first."""

    pieces: tuple[tuple[Judged, Suspect], ...]

    @property
    def clearest(self) -> tuple[Judged, Suspect]:
        """Where it is suspected most."""
        return self.pieces[0]


def explanations(judged: Sequence[Judged]) -> tuple[list[Explanation], list[Judged]]:
    """(changes that explain trouble, the one that explains most first; what none explains)."""
    left = list(judged)
    found: list[Explanation] = []
    while left:
        by_change: dict[str, list[tuple[Judged, Suspect]]] = {}
        for one in left:
            for suspect in _plausible(one.suspects):
                by_change.setdefault(suspect.change.id, []).append((one, suspect))
        by_change = {key: pieces for key, pieces in by_change.items() if _enough(pieces)}
        if not by_change:
            break
        best = max(
            by_change.values(),
            key=lambda pieces: (_weight(pieces), pieces[0][1].change.id),
        )
        best.sort(
            key=lambda piece: (-piece[1].odds, piece[0].episode.onset, piece[0].episode.object)
        )
        found.append(Explanation(tuple(best)))
        done = {id(one) for one, _ in best}
        left = [one for one in left if id(one) not in done]
    return found, left


def _plausible(found: Suspects) -> list[Suspect]:
    if not found.strongest:
        return []
    least = max(found.strongest[0].odds * AS_STRONG, WORTH)
    return [one for one in found.strongest if one.odds >= least]


def _enough(pieces: Sequence[tuple[Judged, Suspect]]) -> bool:
    odds = max(suspect.odds for _, suspect in pieces)
    proven = {one.episode.object for one, suspect in pieces if suspect.taken.proven}
    return odds * PROOF ** max(len(proven) - 1, 0) >= ENOUGH / (1 - ENOUGH)


def _weight(pieces: Sequence[tuple[Judged, Suspect]]) -> float:
    """How much it explains: each piece by how strongly it is suspected of it."""
    return sum(suspect.score for _, suspect in pieces)
