"""What is said of an incident in words, the same in a terminal and in a report."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import words
from kubectl_smart.memory.answers.incident import Fix, Ground

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.incident import Participant, SimilarIncident


def ground(fix: Fix, zone: tzinfo) -> str:
    """Why a decision is taken for what ended an incident; goes on after "because"."""
    last = fix.last_warning
    ended = "" if last is None else words.instant(last, zone)
    match fix.ground:
        case Ground.SAID:
            return f"{fix.said_by or 'somebody'} said so"
        case Ground.WARNINGS_ENDED:
            after = words.duration(max(0, (last or 0) - fix.item.at))
            return (
                "it is the last decision of a person before the warnings ended, "
                f"{after} later at {ended}"
            )
        case Ground.QUIET_SINCE:
            return (
                "it is the first decision of a person after the last warning, "
                f"at {ended}, and none was seen since"
            )
        case Ground.CLOSED:
            return (
                "it is the last decision of a person before the incident was closed; "
                "no warning was seen that would tell more"
            )


def alike(one: SimilarIncident) -> str:
    """In what a past incident is alike: objects, places, words, and the score."""
    found = [f"also about {ref.title}" for ref in one.objects]
    found += [f"also a {kind.lower()} in {place or 'the cluster'}" for place, kind in one.places]
    if one.words:
        found.append(f"both say {', '.join(one.words)}")
    return "; ".join([*found, f"score {one.score:.2f}"])


def deeds(one: Participant) -> str:
    """`1 change, 3 steps`: what there is of changes, steps and notes."""
    counts = ((one.changes, "change"), (one.steps, "step"), (one.notes, "note"))
    return ", ".join(f"{n} {what}{'' if n == 1 else 's'}" for n, what in counts if n)
