"""What the moments of one family say of each other: the mechanical rules.

Fed in order of time, a family says of each moment what it came from. It keeps only what later ones
can come from: the newest order, and what makers and pods went through within the last hour, by
which controllers have acted, their back-off included. What was edited last holds however long ago
that was.

A Pod is made because its maker was made or told to have more, or because a sibling was taken away:
whichever came last. Where the other happened within the hour as well, that is a little less sure.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from kubectl_smart.memory.index.linking.moments import CREATED, By, Role
from kubectl_smart.memory.records.links import LinkRule

Key: TypeAlias = tuple[int, int, int, int, bytes]
"""What moments are ordered by: when, role, and as changes are: version, sequence, packed id."""

WITHIN = 3_600_000_000
RULES = tuple(LinkRule)
_MANY = 256
_WHO = CREATED - 1

SURE, LESS_SURE, LIKELY = 1000, 900, 800
"""Confidence in thousandths."""


class Moment(NamedTuple):
    """key; by, maker: see `moments`; change, subject: numbers of the change and of its object."""

    key: Key
    by: int
    maker: int
    change: int
    subject: int

    @property
    def role(self) -> int:
        """See `Role`."""
        return self.key[1]


class Row(NamedTuple):
    """A link as the index keeps it: at and effect, the rule, the cause, confidence, evidence."""

    at: int
    effect: int
    rule: int
    cause: int
    confidence: int
    evidence: bytes | None = None


_Past: TypeAlias = dict[int, Moment]


class Family:
    """What can still be the cause of something in one family.

    fed     key of the last moment that was told
    pod     the last Pod made
    """

    __slots__ = (
        "doomed", "fed", "less", "maker_gone", "more", "order", "order_gone", "pod", "repository",
        "scaler", "taken",
    )  # fmt: skip

    def __init__(self) -> None:
        self.fed: Key | None = None
        self.order: Moment | None = None
        self.order_gone: Moment | None = None
        self.scaler: Moment | None = None
        self.repository: Moment | None = None
        self.pod: Moment | None = None
        self.more: _Past | None = None
        self.less: _Past | None = None
        self.taken: _Past | None = None
        self.maker_gone: _Past | None = None
        self.doomed: _Past | None = None

    def feed(self, moment: Moment) -> Row | None:
        """What a moment came from, if that is known; and it is remembered."""
        self.fed = moment.key
        role = moment.key[1]
        if role == Role.POD:
            return self._made(moment)
        if role == Role.ORDER:
            return self._ordered(moment)
        if role == Role.ENDED:
            return self._ended(moment)
        if role in (Role.MORE, Role.LESS):
            return self._resized(moment)
        if role == Role.CULLED:
            return self._culled(moment)
        if role == Role.DOOMED:
            self.doomed = _kept(self.doomed, moment.subject, moment)
            self.taken = _kept(self.taken, moment.maker, moment)
        elif role == Role.LOST:
            return _row(moment, LinkRule.NODE, _newer(self.order, self.order_gone), WITHIN)
        elif role == Role.ORDER_GONE:
            self.order_gone = moment
        elif role == Role.MAKER_GONE:
            return self._maker_ended(moment)
        elif role == Role.SCALER:
            self.scaler = moment
        elif role == Role.REPOSITORY:
            self.repository = moment
        return None

    def _ordered(self, moment: Moment) -> Row | None:
        self.order = moment
        if moment.by & _WHO == By.AUTOSCALER:
            return _row(moment, LinkRule.AUTOSCALED, self.scaler, None)
        if moment.by & _WHO == By.AUTOMATION:
            return _row(moment, LinkRule.DECLARED, self.repository, WITHIN, LIKELY)
        return None

    def _resized(self, moment: Moment) -> Row | None:
        if moment.key[1] == Role.MORE:
            self.more = _kept(self.more, moment.maker, moment)
        else:
            self.less = _kept(self.less, moment.maker, moment)
        if moment.by & _WHO != By.CONTROLLER:
            return None
        return _row(moment, LinkRule.ROLLOUT, self.order, None)

    def _maker_ended(self, moment: Moment) -> Row | None:
        self.maker_gone = _kept(self.maker_gone, moment.maker, moment)
        if moment.by & _WHO == By.COLLECTOR:
            return _row(moment, LinkRule.COLLECTED, self.order_gone, WITHIN)
        if moment.by & _WHO == By.CONTROLLER:
            return _row(moment, LinkRule.ROLLOUT, self.order, WITHIN)
        return None

    def _culled(self, moment: Moment) -> Row | None:
        self.doomed = _kept(self.doomed, moment.subject, moment)
        if moment.maker:
            return _row(moment, LinkRule.REDUCED, _of(self.less, moment.maker), WITHIN)
        self.taken = _kept(self.taken, 0, moment)
        return _row(moment, LinkRule.REDUCED, self.order, WITHIN)

    def _ended(self, moment: Moment) -> Row | None:
        doomed = None if self.doomed is None else self.doomed.pop(moment.subject, None)
        if doomed is not None and moment.key[0] - doomed.key[0] <= WITHIN:
            return _row(moment, LinkRule.ENDED, doomed, WITHIN)
        self.taken = _kept(self.taken, moment.maker, moment)
        if moment.by & _WHO == By.COLLECTOR:
            gone = _newer(_of(self.maker_gone, moment.maker), self.order_gone)
            return _row(moment, LinkRule.COLLECTED, gone, WITHIN)
        return None

    def _made(self, moment: Moment) -> Row | None:
        self.pod = moment
        told = _of(self.more, moment.maker) if moment.maker else self.order
        taken = _of(self.taken, moment.maker)
        last = _newer(told, taken)
        if last is None:
            return None
        since = moment.key[0] - WITHIN
        both = told is not None and taken is not None
        both = both and told.key[0] >= since and taken.key[0] >= since  # type: ignore[union-attr]
        rule = LinkRule.REPLACED if last is taken else LinkRule.REPLICAS
        return _row(moment, rule, last, WITHIN, LESS_SURE if both else SURE)


MADE_BY: dict[int, tuple[LinkRule, ...]] = {
    Role.ORDER: (LinkRule.AUTOSCALED, LinkRule.DECLARED),
    Role.NOTED: (LinkRule.AUTOSCALED, LinkRule.DECLARED),
    Role.MORE: (LinkRule.ROLLOUT,),
    Role.LESS: (LinkRule.ROLLOUT,),
    Role.KEPT: (LinkRule.ROLLOUT,),
    Role.MAKER_GONE: (LinkRule.COLLECTED, LinkRule.ROLLOUT),
    Role.CULLED: (LinkRule.REDUCED,),
    Role.LOST: (LinkRule.NODE,),
    Role.ENDED: (LinkRule.ENDED, LinkRule.COLLECTED),
    Role.POD: (LinkRule.REPLICAS, LinkRule.REPLACED, LinkRule.STARTED),
}
"""Role -> the rules by which such a moment is an effect, or was before its edits were told anew.
One change may make a moment in each of two families; no rule is of two of them."""

_NUMBERS = {rule: number for number, rule in enumerate(RULES)}


def _row(
    effect: Moment, rule: LinkRule, cause: Moment | None, within: int | None, confidence: int = SURE
) -> Row | None:
    if cause is None or cause.change == effect.change:
        return None
    at = effect.key[0]
    if within is not None and at - cause.key[0] > within:
        return None
    return Row(at, effect.change, _NUMBERS[rule], cause.change, confidence)


def surest(rule: LinkRule) -> float:
    """The confidence of links by a rule; less where something else comes into question as well."""
    return (LIKELY if rule in (LinkRule.DECLARED, LinkRule.STARTED) else SURE) / 1000


def rules_of(moment: Moment) -> list[int]:
    """The numbers of the rules by which a moment can be an effect."""
    return [_NUMBERS[rule] for rule in MADE_BY.get(moment.role, ())]


def started(effect: Moment, cause: int, evidence: bytes) -> Row:
    """The link of the first Pod since what it reads was changed."""
    return Row(effect.key[0], effect.change, _NUMBERS[LinkRule.STARTED], cause, LIKELY, evidence)


def _of(past: _Past | None, key: int) -> Moment | None:
    return None if past is None else past.get(key)


def _newer(one: Moment | None, other: Moment | None) -> Moment | None:
    if one is None or other is None:
        return one or other
    return one if one.key > other.key else other


def _kept(past: _Past | None, key: int, moment: Moment) -> _Past:
    """With this one; what is too old to be a cause is forgotten now and then."""
    if past is None:
        return {key: moment}
    if len(past) >= _MANY:
        since = moment.key[0] - WITHIN
        past = {one: held for one, held in past.items() if held.key[0] >= since}
    past[key] = moment
    return past
