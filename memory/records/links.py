"""A link: one thing that happened because of another, by a rule that anybody can check.

Links are worked out from records and add nothing to them: the same records give the same links, in
whatever order they came. The index keeps them as a time series (see `index.linking`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kubectl_smart.memory.records.objects import ObjectRef

LINKS = "links/1"
"""The version of the rules that links are made by; it stands in every link."""

SETTLE = 7 * 3_600_000_000
"""Microseconds after trouble began: what happens later changes nothing of what led to it."""


class LinkRule(StrEnum):
    """How it is known that one thing caused another; SAYS has it in words."""

    ROLLOUT = "rollout"
    REPLICAS = "replicas"
    REPLACED = "replaced"
    REDUCED = "reduced"
    ENDED = "ended"
    COLLECTED = "collected"
    NODE = "node"
    AUTOSCALED = "autoscaled"
    DECLARED = "declared"
    STARTED = "started"
    TOPOLOGY = "topology"
    TEMPORAL = "temporal"
    LEARNT = "learnt"


SAYS: Mapping[LinkRule, str] = {
    LinkRule.ROLLOUT: "a ReplicaSet or Job is made or resized as its maker's newest edit says",
    LinkRule.REPLICAS: "a Pod is made because its maker was made, or was told to have more",
    LinkRule.REPLACED: "a Pod is made in the place of one that was taken away",
    LinkRule.REDUCED: "a Pod is taken away because its maker is to have fewer, or makes it anew",
    LinkRule.ENDED: "a Pod is gone because somebody asked for its deletion or eviction",
    LinkRule.COLLECTED: "an object is gone because what it belongs to was deleted",
    LinkRule.NODE: "a Pod is taken away because its Node was deleted, tainted or drained",
    LinkRule.AUTOSCALED: "an autoscaler set the replicas of what its newest edit names",
    LinkRule.DECLARED: "automation wrote what a manifest repository had come to say just before",
    LinkRule.STARTED: "the first Pod of a workload since what it reads or mounts was changed",
    LinkRule.TOPOLOGY: "trouble of what a service calls, which was there when its own began",
    LinkRule.TEMPORAL: "trouble after a change on a way to it, sooner than chance would have it",
    LinkRule.LEARNT: "trouble after a change that it followed before, oftener than by chance",
}

OF_TROUBLE = frozenset({LinkRule.TOPOLOGY, LinkRule.TEMPORAL, LinkRule.LEARNT})
"""Those that lead to trouble: they are weighed, and end at observations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One directed edge from a cause to an effect.

    effect        id of the change that is explained; of trouble (rules OF_TROUBLE) that of the
                  first observation of it
    effect_of     the object it is of
    effect_at     microseconds since 1970-01-01 UTC; of trouble, by when it had begun
    cause         id of the change that caused it; by rule TOPOLOGY of an observation, as above
    cause_of      the object that is of
    cause_at      microseconds since 1970-01-01 UTC
    rule          how that is known
    version       of the rules
    confidence    0 to 1: 1.0 where Kubernetes works like that and nothing else comes into question
    evidence      what proves it: a field, an actor, in words
    """

    effect: str
    effect_of: ObjectRef
    effect_at: int
    cause: str
    cause_of: ObjectRef
    cause_at: int
    rule: LinkRule
    confidence: float
    evidence: str
    version: str = LINKS

    @property
    def lag(self) -> int:
        """From the cause to the effect, microseconds."""
        return self.effect_at - self.cause_at
