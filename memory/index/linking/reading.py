"""Rows of links -> `Link`, as look-ups return them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kubectl_smart.memory.index import packing
from kubectl_smart.memory.index.decoding import Decoder, uncollected
from kubectl_smart.memory.records.links import Link, LinkRule

_RULES = tuple(LinkRule)
TROUBLE_RULES, TROUBLE_UNTIL = "trouble rules", "trouble until"
"""Keys of the table `meta`: by which rules trouble is linked, and up to which instant."""

PROOFS = {
    LinkRule.ROLLOUT: "ownerReferences: {cause} makes {effect}",
    LinkRule.REPLICAS: "ownerReferences and template hash: {cause} makes {effect}",
    LinkRule.REPLACED: "ownerReferences and template hash: in the place of {cause}",
    LinkRule.REDUCED: "ownerReferences: {cause} needs it no longer",
    LinkRule.ENDED: "deletionTimestamp: its deletion had been asked for",
    LinkRule.COLLECTED: "ownerReferences: it belonged to {cause}",
    LinkRule.NODE: "spec.nodeName: it was on {cause}",
    LinkRule.AUTOSCALED: "scaleTargetRef: {cause} scales {effect}",
    LinkRule.DECLARED: "the repository had come to declare it",
    LinkRule.STARTED: "{field}",
}
"""Rule -> what proves a link by it."""


def links_of(decoder: Decoder, rows: Iterable[Sequence[Any]]) -> list[Link]:
    """Rows of one of the statements about links, in their order."""
    with uncollected():
        return [_link(decoder, row) for row in rows]


def _link(decoder: Decoder, row: Sequence[Any]) -> Link:
    at, effect, rule, cause, cause_at, confidence, field, *names = row
    effect_of, cause_of = decoder.ref(*names[:3]), decoder.ref(*names[3:])
    named = _RULES[rule]
    return Link(
        effect=packing.unpack_id(effect),
        effect_of=effect_of,
        effect_at=at,
        cause=packing.unpack_id(cause),
        cause_of=cause_of,
        cause_at=cause_at,
        rule=named,
        confidence=confidence / 1000,
        evidence=PROOFS[named].format(
            effect=effect_of.title, cause=cause_of.title, field=(field or b"").decode()
        ),
    )


def trouble_links_of(decoder: Decoder, rows: Iterable[Sequence[Any]], version: str) -> list[Link]:
    """Rows of links to trouble, in their order; version: of the rules that they were made by."""
    return [
        Link(
            effect=packing.unpack_id(effect),
            effect_of=decoder.ref(*names[:3]),
            effect_at=at,
            cause=packing.unpack_id(cause),
            cause_of=decoder.ref(*names[3:]),
            cause_at=cause_at,
            rule=_RULES[rule],
            confidence=confidence / 10_000,
            evidence=packing.unpack_detail(evidence)[0],
            version=version,
        )
        for at, effect, rule, cause, cause_at, confidence, evidence, *names in rows
    ]


def in_order(found: Iterable[Link]) -> list[Link]:
    """Each once, by time and effect, then rule and cause."""
    return sorted(dict.fromkeys(found), key=order_of)


def order_of(link: Link) -> tuple[int, str, int, str]:
    """What links are ordered by."""
    return link.effect_at, link.effect, _RULES.index(link.rule), link.cause
