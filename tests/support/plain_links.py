"""The links of a set of records, searched for one by one: slow, and plain to see."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from kubectl_smart.memory.index.linking.moments import By, Role, happenings
from kubectl_smart.memory.index.packing import numeric_version
from kubectl_smart.memory.index.rows import Wired
from kubectl_smart.memory.records.changes import Change, FieldEdit
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.links import Link, LinkRule
from kubectl_smart.memory.records.objects import ObjectRef

HOUR = 3_600_000_000
FORTNIGHT = 14 * 24 * HOUR
Key = tuple[int, int, int, int, str]


class Moment(NamedTuple):
    """A moment with the change that makes it."""

    key: Key
    role: Role
    by: int
    maker: int
    change: Change


class Found(NamedTuple):
    """One link without its words: effect, rule, cause, confidence."""

    effect: str
    rule: LinkRule
    cause: str
    confidence: float


def found(link: Link) -> Found:
    """What of a link is compared."""
    return Found(link.effect, link.rule, link.cause, link.confidence)


def plain_links(
    committed: Sequence[Committed],
    wired_of: Callable[[ObjectRef], Sequence[Wired]],
    edits_of: Mapping[str, tuple[FieldEdit, ...]],
    compared: Collection[str],
) -> set[Found]:
    """Every link of these records.

    edits_of  those that the index tells, by change
    compared  the changes whose edits are the difference to the state before
    """
    families = _families(committed, edits_of, compared)
    links: set[Found] = set()
    for family, moments in families.items():
        for at, moment in enumerate(moments):
            links |= set(_mechanical(moments[:at], moment))
            if moment.role is Role.POD:
                links |= set(_started(families, family, moments[:at], moment, wired_of))
    return links


def _families(
    committed: Sequence[Committed],
    edits_of: Mapping[str, tuple[FieldEdit, ...]],
    compared: Collection[str],
) -> dict[ObjectRef, list[Moment]]:
    families: dict[ObjectRef, list[Moment]] = {}
    for each in dict.fromkeys(committed):
        change = each.record
        if not isinstance(change, Change):
            continue
        change = replace(change, edits=edits_of[change.id])
        version = numeric_version(change.resource_version)
        for family, role, by, maker in happenings(change):
            if role is Role.ORDER and not change.edits and change.id in compared and by < 8:
                continue
            key = (change.happened_at, int(role), version, each.sequence, change.id)
            moment = Moment(key, role, by & 7, maker, change)
            families.setdefault(family or change.object, []).append(moment)
    for moments in families.values():
        moments.sort(key=lambda one: one.key)
    return families


def _mechanical(before: list[Moment], moment: Moment) -> Iterator[Found]:
    def last(*roles: Role, maker: int | None = None) -> Moment | None:
        return next(
            (
                one
                for one in reversed(before)
                if one.role in roles and (maker is None or one.maker == maker)
            ),
            None,
        )

    def link(rule: LinkRule, cause: Moment | None, sure: float = 1.0, hours: float = 1) -> None:
        if cause is not None and moment.key[0] - cause.key[0] <= hours * HOUR:
            made.append(Found(moment.change.id, rule, cause.change.id, sure))

    made: list[Found] = []
    ever, maker = 10**9, moment.maker
    match moment.role:
        case Role.ORDER if moment.by == By.AUTOSCALER:
            link(LinkRule.AUTOSCALED, last(Role.SCALER), hours=ever)
        case Role.ORDER if moment.by == By.AUTOMATION:
            link(LinkRule.DECLARED, last(Role.REPOSITORY), 0.8)
        case Role.MORE | Role.LESS if moment.by == By.CONTROLLER:
            link(LinkRule.ROLLOUT, last(Role.ORDER), hours=ever)
        case Role.MAKER_GONE if moment.by == By.COLLECTOR:
            link(LinkRule.COLLECTED, last(Role.ORDER_GONE))
        case Role.MAKER_GONE if moment.by == By.CONTROLLER:
            link(LinkRule.ROLLOUT, last(Role.ORDER))
        case Role.CULLED:
            told = last(Role.LESS, maker=maker) if maker else last(Role.ORDER)
            link(LinkRule.REDUCED, told)
        case Role.LOST:
            link(LinkRule.NODE, last(Role.ORDER, Role.ORDER_GONE))
        case Role.ENDED:
            doomed = _doomed(before, moment)
            if doomed is not None:
                link(LinkRule.ENDED, doomed)
            elif moment.by == By.COLLECTOR:
                gone = [last(Role.MAKER_GONE, maker=maker), last(Role.ORDER_GONE)]
                link(LinkRule.COLLECTED, max(filter(None, gone), default=None))
        case Role.POD:
            told = last(Role.MORE, maker=maker) if maker else last(Role.ORDER)
            taken = next(
                (
                    one
                    for at, one in reversed([*enumerate(before)])
                    if one.maker == maker and _takes_away(before[:at], one)
                ),
                None,
            )
            lately = [one for one in (told, taken) if one and moment.key[0] - one.key[0] <= HOUR]
            newest = max(filter(None, (told, taken)), default=None)
            rule = LinkRule.REPLICAS if newest is told else LinkRule.REPLACED
            link(rule, newest, 0.9 if len(lately) == 2 else 1.0)
        case _:
            pass
    return iter(made)


def _doomed(before: list[Moment], moment: Moment) -> Moment | None:
    """What asked for the end of this pod, not long ago."""
    roles = (Role.DOOMED, Role.CULLED, Role.ENDED)
    own = [one for one in before if one.role in roles and one.change.object == moment.change.object]
    if not own or own[-1].role is Role.ENDED or moment.key[0] - own[-1].key[0] > HOUR:
        return None
    return own[-1]


def _takes_away(before: list[Moment], one: Moment) -> bool:
    if one.role is Role.CULLED:
        return one.maker == 0
    return one.role is Role.DOOMED or (one.role is Role.ENDED and _doomed(before, one) is None)


def _started(
    families: dict[ObjectRef, list[Moment]],
    reader: ObjectRef,
    before: list[Moment],
    pod: Moment,
    wired_of: Callable[[ObjectRef], Sequence[Wired]],
) -> Iterator[Found]:
    earlier = [one for one in before if one.role is Role.POD]
    if not earlier or not any(one.role is Role.ORDER for one in before):
        return
    at = pod.key[0]
    for wired in wired_of(reader):
        if not wired.from_at <= at < wired.to_at:
            continue
        for target in {
            one.target for one in wired.wiring.references if one.kind in ("reads", "mounts")
        }:
            orders = [
                one
                for one in families.get(target, [])
                if one.role is Role.ORDER and one.key < pod.key
            ]
            if orders and orders[-1].key > max(earlier[-1].key, (at - FORTNIGHT, -1, 0, 0, "")):
                yield Found(pod.change.id, LinkRule.STARTED, orders[-1].change.id, 0.8)
