"""The rule `learnt`: changes of a field that trouble followed before, oftener than by chance.

`questions.learning` works out with `patterns.associations` what is learnt; what it is worth stands
here. Where configuration shows no way from the trouble to what was changed, what was
learnt is one, of the weight

    0.8 * (followed + 1) / (times + 2)

and it ends there; only changes of that field, within the lag, are reached by it. Where there is
a way it is told as evidence, and weighs nothing: that the same was followed by trouble before
counts in `record` already.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from kubectl_smart.memory.answers.causes import Learnt
from kubectl_smart.memory.graph.change_classes import effect_of
from kubectl_smart.memory.graph.reach import Reached, Step
from kubectl_smart.memory.graph.weighing import Trouble
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.objects import ObjectRef

LEARNT = 0.8
"""Of a way that always led to trouble, if it was seen infinitely often."""

LEAST_FOLLOWED = 3
"""So often trouble must have followed."""

LEAST_SHARE = 0.5
"""Of all the times that it was changed."""

SURE = 0.05
"""At most so many of all that is learnt are chance."""

_MINUTE = 60_000_000


def is_learnt(one: Learnt) -> bool:
    """Whether the figures are enough."""
    often = one.followed >= LEAST_FOLLOWED and one.followed >= LEAST_SHARE * one.times
    return often and one.q <= SURE


def weight_of(one: Learnt) -> float:
    """See the module."""
    return LEARNT * (one.followed + 1) / (one.times + 2)


def reached_by_learning(
    learnt: Iterable[Learnt], places: Collection[ObjectRef]
) -> Iterator[Reached]:
    """The ways to what no other way leads to, the surest to each."""
    best: dict[ObjectRef, Learnt] = {}
    for one in learnt:
        known = best.get(one.changed)
        if one.changed not in places and (known is None or _rank(one) < _rank(known)):
            best[one.changed] = one
    for ref, one in best.items():
        step = Step(one.troubled, ref, "learnt", said_of(one), figures_of(one), "learnt")
        yield Reached(ref, weight_of(one), (step,))


def _rank(one: Learnt) -> tuple[float, float, str]:
    return -weight_of(one), one.q, one.field


def learnt_of(change: Change, trouble: Trouble) -> Learnt | None:
    """What was learnt of the fields that a change changed, if it was made within the lag."""
    fields = {edit.path for edit in effect_of(change, trouble.symptom).edits}
    found = [
        one
        for one in trouble.learnt
        if one.changed == change.object
        and one.field in fields
        and 0 <= trouble.onset.high - change.happened_at <= one.lag
    ]
    return min(found, key=_rank, default=None)


# --- in words ------------------------------------------------------------------------------------


def said_of(one: Learnt) -> str:
    """What followed what, in words."""
    field = one.field.removeprefix("spec.template.spec.").removeprefix("data.")
    return (
        f"changes of {field} of {one.changed.title} were followed by {one.symptom} of "
        f"{one.troubled.title} within {one.lag // _MINUTE} min {one.followed} of {one.times} times"
    )


def figures_of(one: Learnt) -> str:
    """Its figures: `expected 0.8, p = 2.1e-05; q = 0.0004 over 12 tested`."""
    return f"expected {one.expected:.2g}, p = {one.p:.2g}; q = {one.q:.2g} over {one.tested} tested"
