"""The published formula: what evidence is worth, and the constants it is worked out with.

    strength of a deviation   s = w(kind) x ln(z), z in spreads, up to 1,000; 0 for z < 1
    own evidence              E = s1 + s2/2 + s3/4 ...   the strongest first, one for each kind
    of a symptom's kind       s x (1 - 0.9 x what deviating dependencies account for) x material
    recent change             C = -log10(chance that one falls so close before by accident), to 4
    score                     E x path + C/2 x (1/2 + 1/2 x E, E up to 1)

A logarithm, because how much a metric is off says little once it is clearly off: ten spreads or
twenty are both a fault, and a metric measured with little noise must not outshout all others. The
halving lets a second kind of evidence confirm the first without letting many kinds outvote it.
`trace --explain` prints the terms.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from kubectl_smart.memory.graph.chance import ENOUGH, SPREAD
from kubectl_smart.memory.graph.measured import metrics

RULES = "trace/2"
"""Version of the rule set: changes whenever an answer may."""

CALLS = "calls made"
SILENCE = "silence"
EVENTS = "events"
ALERTS = "alerts"

WEIGHTS = {
    metrics.CPU: 1.0,
    metrics.MEMORY: 1.0,
    metrics.ERRORS: 1.0,
    metrics.AVAILABILITY: 1.0,
    metrics.LATENCY: 1.0,
    metrics.LOGS: 1.0,
    EVENTS: 1.0,
    ALERTS: 0.5,
    metrics.DISK: 1.0,
    metrics.CONNECTIONS: 0.5,
    metrics.OTHER: 0.5,
    CALLS: 0.5,
    SILENCE: 0.5,
    metrics.NETWORK: 0.3,
    metrics.RATE: 0.3,
    metrics.OUTBOUND: 0.3,
}
"""1 for what is the entity's own doing or suffering, 0.5 for what is so only often, 0.3 for what is
as a rule the effect of something elsewhere: less traffic, slow answers of others."""

EXPLAINABLE = (metrics.LATENCY, metrics.ERRORS, metrics.AVAILABILITY, ALERTS)
"""Kinds that a deviating dependency brings about; resources, events and edits are one's own."""
EXPLAINED = 0.9
"""What is left of them is a tenth: enough to come before those that do not deviate at all."""
MOST_SPREADS = 1_000.0
NO_PATH = 0.5
"""For what the symptom does not reach in a graph that reaches something: graphs have holes."""
OTHER_KIND = 0.5
"""For what the symptom that is named would not be expected to come from: less traffic, and such."""
CHANGE = 0.5
MOST_SURPRISE = 4.0
UNSEEN = 0.5
"""What a change counts on an entity that shows nothing, beside one that surely does."""
SURE = 1.0
"""Own evidence from which on an entity surely deviates: about three spreads."""
UNLIKELY = 1.3
"""Surprise below which a change is not accused: a chance of one in twenty that a change falls so
close before by accident on any of the candidates, among which the first was chosen."""
UNLIKELY_UNSEEN = 2.0
"""The same where the candidate does not deviate: one in a hundred."""


UNLIKELY_WEIGHED = math.log10(ENOUGH / (1.0 - ENOUGH) * SPREAD)
"""The same for a change that a memory weighed: where the memory itself accuses, at three to one."""


def strength(kind: str, spreads: float) -> float:
    """Of one deviation."""
    return WEIGHTS[kind] * math.log(min(spreads, MOST_SPREADS)) if spreads > 1.0 else 0.0


def together(strengths: Iterable[float]) -> float:
    """Of all kinds of evidence of one entity."""
    ordered = sorted(strengths, reverse=True)
    return math.fsum(one / 2**place for place, one in enumerate(ordered))


def surprise(lag: float, often: float) -> float:
    """How unlikely a change falls within `lag` before by accident, as -log10 of the chance.

    often  changes to one entity in the unit of `lag`
    """
    chance = -math.expm1(-often * lag)
    return min(MOST_SURPRISE, -math.log10(chance)) if chance > 0.0 else MOST_SURPRISE


def weighed(weight: float, expected: float) -> float:
    """The same of a change of which a memory knows more: what speaks for it against that chance.

    expected  how many changes as suspicious fall so close before by accident
    """
    chance = -math.expm1(-expected)
    if weight <= 0.0:
        return 0.0
    return min(MOST_SURPRISE, max(0.0, math.log10(weight / chance))) if chance else MOST_SURPRISE


def confidence(score: float, others: Iterable[float]) -> float:
    """The part of the best five scores that is this one's, 0 to 1; the noise of ln(e) beside."""
    total = score + math.fsum(sorted(others, reverse=True)[:4]) + 1.0
    return score / total if score > 0.0 else 0.0
