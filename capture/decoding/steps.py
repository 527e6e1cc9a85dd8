"""Bursts of requests become commands, and repeated commands one step.

A step stays open as long as it may be repeated: five minutes after the last time, half an hour
after the first. It is recorded when it is complete, under the place in the order of its first
event.
"""

from __future__ import annotations

from typing import NamedTuple

from immutables import Map

from kubectl_smart.capture.decoding.looking import (
    PREPARED,
    Command,
    Look,
    commands_in,
    without_preparation,
)
from kubectl_smart.memory.formats.identity import step_id
from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.steps import Step

REPEATED = 300_000_000
LONGEST = 1_800_000_000
"""Microseconds: repeats within REPEATED of the last are folded, for LONGEST at most."""

MOST = 1_000
"""Events in one step, and the most requests in one burst."""

_NEVER = 1 << 62


class OpenStep(NamedTuple):
    """A step that may still be repeated, and the spool entries it was gathered from."""

    sequences: tuple[int, ...]
    step: Step


class Burst(NamedTuple):
    """The requests of one person and client that follow each other closely."""

    actor: Actor
    looks: tuple[Look, ...]
    last_at: int


class Open(NamedTuple):
    """Everything still open.

    due_at     when the first of it has to be looked at again, microseconds since 1970-01-01 UTC
    low_water  lowest sequence of it; None if nothing is open
    """

    bursts: Map[tuple[str, str, str], Burst]
    steps: Map[tuple[str, str, str], OpenStep]
    due_at: int
    low_water: int | None


NOTHING_OPEN = Open(Map(), Map(), _NEVER, None)

Completed = list[tuple[int, Step]]


def add(open_: Open, actor: Actor, client: str, one: Look) -> Open:
    """One more request that a person only looked with, or deleted with, or tried in vain."""
    key = (actor.name, actor.acting_for, client)
    burst = open_.bursts.get(key)
    looks = (*burst.looks, one) if burst is not None else (one,)
    last_at = max(one.ended, burst.last_at) if burst is not None else one.ended
    return _kept(open_.bursts.set(key, Burst(actor, looks, last_at)), open_.steps)


def prepared(open_: Open, actor: Actor, client: str, write: Look) -> Open:
    """A write: the reads that only prepared it are forgotten."""
    key = (actor.name, actor.acting_for, client)
    burst = open_.bursts.get(key)
    if burst is None:
        return open_
    looks = without_preparation(burst.looks, write)
    if len(looks) == len(burst.looks):
        return open_
    if not looks:
        return _kept(open_.bursts.delete(key), open_.steps)
    return _kept(open_.bursts.set(key, burst._replace(looks=looks)), open_.steps)


def _kept(
    bursts: Map[tuple[str, str, str], Burst],
    steps: Map[tuple[str, str, str], OpenStep],
) -> Open:
    due = [burst.last_at + PREPARED for burst in bursts.values()]
    due += [_due(one.step) for one in steps.values()]
    low = [burst.looks[0].sequence for burst in bursts.values()]  # in the order they came
    low += [min(one.sequences) for one in steps.values()]
    return Open(bursts, steps, min(due, default=_NEVER), min(low, default=None))


def _due(step: Step) -> int:
    return min(step.until + REPEATED, step.happened_at + LONGEST)


def sweep(open_: Open, now: int) -> tuple[Open, Completed]:
    """What is over by `now` (the time of the newest event): steps complete, in order."""
    bursts, steps = open_.bursts, open_.steps
    done: Completed = []
    for key, burst in sorted(open_.bursts.items()):
        if now > burst.last_at + PREPARED or len(burst.looks) >= MOST:
            bursts = bursts.delete(key)
            steps, made = _folded(steps, burst)
            done += made
    for name, one in sorted(steps.items()):
        if now > _due(one.step):
            steps = steps.delete(name)
            done.append((min(one.sequences), one.step))
    return _kept(bursts, steps), sorted(done, key=lambda each: (each[0], each[1].id))


def close(open_: Open) -> tuple[Open, Completed]:
    """Complete everything."""
    return sweep(open_, _NEVER)


def _folded(
    steps: Map[tuple[str, str, str], OpenStep], burst: Burst
) -> tuple[Map[tuple[str, str, str], OpenStep], Completed]:
    done: Completed = []
    for command in commands_in(burst.looks):
        key = (burst.actor.name, burst.actor.acting_for, command.text)
        new = _opened(burst.actor, command)
        before = steps.get(key)
        if before is not None and _repeats(before.step, new.step):
            new = _repeated(before, new)
        elif before is not None:
            done.append((min(before.sequences), before.step))
        steps = steps.set(key, new)
    return steps, done


def _opened(actor: Actor, command: Command) -> OpenStep:
    looks = command.looks
    first = looks[0]
    step = Step(
        id=step_id(first.audit_id),
        actor=actor,
        action=command.action,
        target=command.target,
        namespace=command.namespace,
        command=command.text,
        happened_at=first.started,
        until=max(one.started for one in looks),
        count=1,
        status=command.main.code,
        outcome=command.main.message,
        audit_ids=tuple(one.audit_id for one in looks),
    )
    return OpenStep(tuple(one.sequence for one in looks), step)


def _repeats(before: Step, new: Step) -> bool:
    gap = new.happened_at - before.until
    return (
        -REPEATED <= gap <= REPEATED
        and new.until - before.happened_at <= LONGEST
        and len(before.audit_ids) + len(new.audit_ids) <= MOST
        and bool(before.outcome) == bool(new.outcome)
    )


def _repeated(before: OpenStep, new: OpenStep) -> OpenStep:
    old, again = before.step, new.step
    latest = again if again.until >= old.until else old
    step = Step(
        id=old.id,
        actor=old.actor,
        action=old.action,
        target=old.target,
        namespace=old.namespace,
        command=old.command,
        happened_at=min(old.happened_at, again.happened_at),
        until=latest.until,
        count=old.count + 1,
        status=latest.status,
        outcome=latest.outcome,
        audit_ids=old.audit_ids + again.audit_ids,
    )
    return OpenStep(before.sequences + new.sequences, step)
