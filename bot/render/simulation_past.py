"""What a simulation took from the memory, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_smart.bot.render.printable import one_line
from kubectl_smart.bot.render.text import heading
from kubectl_smart.memory.answers.operations import SimilarPast
from kubectl_smart.memory.records.times import to_rfc3339
from kubectl_smart.simulate.answers.model import Ground, ServiceEnd

_SHOWN = 8


def ground(found: Ground | None) -> Iterator[str]:
    """From which cluster it was worked out, and what is not known of that."""
    if found is None:
        return
    match found.source:
        case "memory":
            moment = "" if found.at is None else to_rfc3339(found.at)
            yield f"from the memory: the cluster as of {moment}"
        case "live":
            which = f"context {one_line(found.place)}" if found.place else "its current context"
            yield f"from the live cluster, {which}"
        case _:
            yield f"from {one_line(found.place)}"
    for lack in found.lacks:
        yield f"  not known: {one_line(lack)}"


def callers(service: ServiceEnd) -> Iterator[str]:
    """Who calls a service that has no endpoints."""
    found = [f"{one.namespace}/{one.kind.lower()} {one.name}" for one in service.callers]
    if found:
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        yield f"    called by {', '.join(found[:_SHOWN])}{more}"


def history(found: Sequence[SimilarPast]) -> Iterator[str]:
    """How the most similar past operations went."""
    if not found:
        return
    yield ""
    yield heading("HISTORICAL CONTEXT")
    for one in found:
        past = one.past
        by = f" by {one_line(past.actor.name)}" if past.actor.name else ""
        yield f"  {to_rfc3339(past.at)} {past.operation} {one_line(past.object.title)}{by}"
        yield f"    alike ({one.score:.2f}): {one_line('; '.join(one.why))}"
        yield f"    {_went(one)}"
        for each in one.by_hand:
            later = (each.at - past.at) / 1_000_000
            yield f"    after {later:.0f} s {one_line(each.actor)}: {one_line(each.sentence)}"
        if one.incident is not None:
            yield f"    incident: {one_line(' '.join(one.incident))}"


def _went(one: SimilarPast) -> str:
    """How long it took, in words."""
    pods = "1 pod was" if one.made == 1 else f"{one.made} pods were"
    if not one.made:
        text = "no pod was made for it"
    elif one.recovered is not None:
        text = f"{pods} made, the last was ready after {_lasted(one.recovered)}"
    else:
        text = f"{pods} made, {one.ready} of them ready by {to_rfc3339(one.until)}"
    if one.warned is not None:
        text += f"; warnings ended after {_lasted(one.warned)}"
    return text


def _lasted(microseconds: int) -> str:
    return f"{microseconds / 1_000_000:.1f} s"
