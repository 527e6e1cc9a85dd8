"""Whether a decision that a person undid did harm, where nothing else was seen to go wrong.

Kubernetes notices no slow answers and no bound in a contract; people do, and what they do first is
to undo. A person who sets back what somebody else had set, soon afterwards, is a witness. Weighed
as every suspicion is (`weighing`), with the lag until it was undone in place of that until trouble:

    odds  = effect * time / (1 - time)
    score = odds / (1 + odds)

    effect   what such a change can do to a service (`change_classes`), at most; 0 for what gives
             more than before, and for what is meant to pass: a cordon, a restart, what is paused
    time     1 / (1 + r t ln 86400), t the lag, r how often the field is set anyway (`chance.rate`;
             of all that is known and of the last twenty lags the more often) plus once a day:
             decisions are undone for other reasons, too
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kubectl_smart.memory.graph import chance
from kubectl_smart.memory.graph.change_classes import EFFECTS, Class, class_of_edit
from kubectl_smart.memory.graph.giving import gives
from kubectl_smart.memory.graph.symptoms import SECOND, Symptom
from kubectl_smart.memory.records.changes import Change, FieldEdit

OTHERWISE = 86_400 * SECOND
"""So long a decision stands, or about, before somebody else undoes it for another reason."""

RECENT = 20
"""So many lags before are looked at by themselves: a busy hour is hidden in a quiet week."""

_PASSING = frozenset({Class.NODE, Class.RUN, Class.RESTART, Class.TAKEN, Class.REPLICAS_UP})
_PAUSES = frozenset({"suspend", "suspended", "pause", "paused"})
"""Fields, of any kind of object, that hold something up until somebody lets it go on."""
_UNSEEN = (Symptom.LATENCY, Symptom.ERRORS, Symptom.AVAILABILITY, Symptom.SATURATION)
"""What people notice and Kubernetes may not, the likeliest first."""


class Harm(NamedTuple):
    """What an undone edit can have done: its class, to which kind of trouble, how much (0 to 1)."""

    of: Class
    symptom: Symptom
    weight: float


class Doubt(NamedTuple):
    """How strongly an undone decision is suspected. time, score: 0 to 1."""

    time: float
    score: float


def harm_of(change: Change, edits: Iterable[FieldEdit]) -> Harm:
    """The most that the edits that were undone can do; of equal ones the first."""
    found = Harm(Class.NOTHING, Symptom.LATENCY, 0.0)
    for edit in edits:
        of = class_of_edit(change, edit)
        if of in _PASSING or edit.path.rsplit(".", 1)[-1] in _PAUSES:
            continue
        for symptom in _UNSEEN:
            weight = 0.0 if gives(edit, symptom) else EFFECTS[of].get(symptom, 0.0)
            if weight > found.weight:
                found = Harm(of, symptom, weight)
    return found


def doubt(harm: Harm, lag: int, others: Sequence[int], looked_back: int) -> Doubt:
    """How strongly it is suspected.

    lag          microseconds until it was undone
    others       how long before that the field was set besides, microseconds each
    looked_back  how far others are known, microseconds
    """
    near = max(lag, SECOND)
    known = max(looked_back, near)
    often = chance.rate(len(others), known)
    recent = min(RECENT * near, known)
    lately = sum(one <= recent for one in others)
    if lately:
        often = max(often, chance.rate(lately, recent))
    time = 1.0 / (1.0 + (often + 1.0 / OTHERWISE) * near * chance.SPREAD)
    odds = harm.weight * time / (1.0 - time)
    return Doubt(time, odds / (1.0 + odds))
