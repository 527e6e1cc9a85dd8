"""From a request to its answer: what the words mean in this memory, then the question itself.

Every face asks through here, so that a namespace, a name or a window means the same in a terminal
and in a channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import TYPE_CHECKING, overload

from kubectl_smart.bot.grammar.objects import find_object, kinds_for, nothing_known, only_one
from kubectl_smart.bot.grammar.requests import (
    DependenciesRequest,
    DifferenceRequest,
    LinksRequest,
    LogRequest,
    PatternsRequest,
    ReplayRequest,
    Request,
    Scope,
    ShowRequest,
    SimulateRequest,
    StateRequest,
    TraceRequest,
    WhyRequest,
)
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.records.errors import BadInput, NothingKnown

if TYPE_CHECKING:
    from kubectl_smart.bot.grammar.objects import Named
    from kubectl_smart.bot.measuring import Metrics
    from kubectl_smart.memory.answers.causes import TraceAnswer
    from kubectl_smart.memory.answers.dependencies import DependenciesAnswer
    from kubectl_smart.memory.answers.links import LinksAnswer
    from kubectl_smart.memory.answers.past_state import DifferenceAnswer, PastObject, StateAnswer
    from kubectl_smart.memory.answers.patterns import PatternsAnswer
    from kubectl_smart.memory.answers.timeline import LogAnswer, ReplayAnswer, ShowAnswer
    from kubectl_smart.memory.answers.why import WhyAnswer
    from kubectl_smart.memory.records.privacy import Privacy
    from kubectl_smart.simulate.answers.model import Answer as Simulated

    Answer = (
        WhyAnswer
        | ReplayAnswer
        | StateAnswer
        | DifferenceAnswer
        | DependenciesAnswer
        | TraceAnswer
        | PatternsAnswer
        | Simulated
        | LogAnswer
        | ShowAnswer
    )

DEFAULT_NAMESPACE = "default"
_BEFORE = 1_800_000_000
_AFTER = 900_000_000


@overload
def ask(memory: Memory, request: WhyRequest, *, now: int) -> WhyAnswer: ...
@overload
def ask(memory: Memory, request: ReplayRequest, *, now: int) -> ReplayAnswer: ...
@overload
def ask(memory: Memory, request: StateRequest, *, now: int) -> StateAnswer: ...
@overload
def ask(memory: Memory, request: DifferenceRequest, *, now: int) -> DifferenceAnswer: ...
@overload
def ask(memory: Memory, request: DependenciesRequest, *, now: int) -> DependenciesAnswer: ...
@overload
def ask(memory: Memory, request: LinksRequest, *, now: int) -> LinksAnswer: ...
@overload
def ask(
    memory: Memory, request: TraceRequest, *, now: int, metrics: Metrics | None = None
) -> TraceAnswer: ...
@overload
def ask(
    memory: Memory,
    request: PatternsRequest,
    *,
    now: int,
    privacy: Privacy | None = None,
    calendar: tzinfo | None = None,
) -> PatternsAnswer: ...
@overload
def ask(memory: Memory, request: SimulateRequest, *, now: int) -> Simulated: ...
@overload
def ask(memory: Memory, request: LogRequest, *, now: int) -> LogAnswer: ...
@overload
def ask(memory: Memory, request: ShowRequest, *, now: int) -> ShowAnswer: ...
@overload
def ask(
    memory: Memory,
    request: Request,
    *,
    now: int,
    metrics: Metrics | None = None,
    privacy: Privacy | None = None,
    calendar: tzinfo | None = None,
) -> Answer: ...
def ask(
    memory: Memory,
    request: Request | LinksRequest,
    *,
    now: int,
    metrics: Metrics | None = None,
    privacy: Privacy | None = None,
    calendar: tzinfo | None = None,
) -> Answer | LinksAnswer:
    """The answer. NothingKnown, NotCovered or BadInput, in words, if there is none.

    now      microseconds since 1970-01-01 UTC
    metrics  whom a question may ask for metrics beside the memory; None: nobody
    privacy  what may be told of people by `patterns`; nothing that names them if not given
    calendar  whose calendar its rhythms are of; that of the request if not given
    """
    match request:
        case WhyRequest():
            return _why(memory, request)
        case ReplayRequest():
            return _replay(memory, request, now)
        case StateRequest():
            return _state(memory, request)
        case DifferenceRequest():
            if request.until <= request.at:
                raise BadInput("the second time is not after the first", "turn them round")
            from kubectl_smart.memory.questions.past_state import difference

            return difference(
                memory.store,
                memory.index,
                request.at,
                request.until,
                namespace=request.scope.namespace,
                derived=request.derived,
            )
        case DependenciesRequest():
            return _dependencies(memory, request)
        case LinksRequest():
            return _links(memory, request)
        case TraceRequest():
            return _trace(memory, request, now, metrics)
        case PatternsRequest():
            return _patterns(memory, request, privacy, calendar or request.zone)
        case SimulateRequest():
            from kubectl_smart.bot.simulating import asked

            return asked(memory, request.lines, request.at)
        case LogRequest():
            return _log(memory, request)
        case ShowRequest():
            from kubectl_smart.memory.questions.log import show

            return show(memory.store, memory.index, request.change)


def _why(memory: Memory, request: WhyRequest) -> WhyAnswer:
    from kubectl_smart.memory.questions.why import why

    scope = request.scope
    return why(
        memory.store,
        memory.index,
        find_object(memory.index, request.named, scope.namespace),
        field=request.field,
        value=request.value,
        since=scope.since,
        until=scope.until,
        limit=request.limit,
    )


def _replay(memory: Memory, request: ReplayRequest, now: int) -> ReplayAnswer:
    from kubectl_smart.memory.questions.replay import replay

    last = max((one.to_at for one in memory.index.coverage()), default=now)
    since, until = window(request, last)
    return replay(
        memory.store,
        memory.index,
        since=since,
        until=until,
        namespace=request.scope.namespace,
        at=request.at,
        words=request.words,
    )


def window(request: ReplayRequest, last: int) -> tuple[int, int]:
    """(from, to) of the window meant: `last` is the newest instant the memory knows.

    Around a moment the half hour before and the quarter of an hour after it, or half the width on
    either side; without any time the hour up to `last`.
    """
    scope, width = request.scope, request.width
    if request.at is not None:
        before, after = (_BEFORE, _AFTER) if width is None else (width // 2, width // 2)
        return (
            request.at - before if scope.since is None else scope.since,
            request.at + after if scope.until is None else scope.until,
        )
    until = last + 1 if scope.until is None else scope.until
    if scope.since is not None:
        return scope.since, max(until, scope.since + 1)
    return until - (2 * _BEFORE if width is None else width), until


def _dependencies(memory: Memory, request: DependenciesRequest) -> DependenciesAnswer:
    from kubectl_smart.memory.questions.dependencies import dependencies

    scope, at = request.scope, request.at
    since, until = scope.since, scope.until
    if at is not None and (since is not None or until is not None):
        raise BadInput("--at is an instant, --since and --until a window", "give one of them")
    return dependencies(
        memory.store,
        memory.index,
        find_object(memory.index, request.named, scope.namespace),
        since=since if at is None else at,
        until=until if at is None else at,
    )


def _links(memory: Memory, request: LinksRequest) -> LinksAnswer:
    from kubectl_smart.memory.graph.ties import ties_of
    from kubectl_smart.memory.questions.links import links

    scope, named = request.scope, request.named
    return links(
        memory.store,
        memory.index,
        ties_of(memory.index),
        ref=None if named is None else find_object(memory.index, named, scope.namespace).ref,
        namespace=scope.namespace,
        since=scope.since,
        until=scope.until,
    )


def _trace(memory: Memory, request: TraceRequest, now: int, metrics: Metrics | None) -> TraceAnswer:
    from kubectl_smart.bot.grammar.objects import find_serving
    from kubectl_smart.memory.graph.symptoms import Symptom
    from kubectl_smart.memory.graph.ties import ties_of
    from kubectl_smart.memory.questions.tracing import AFTER, BEFORE, trace

    at = request.at
    if at is None:
        at = max((one.to_at for one in memory.index.coverage()), default=now)
    ref = find_serving(memory.index, request.named, request.scope.namespace)
    found = None if metrics is None else metrics.around(memory, at - BEFORE, at + AFTER, now)
    return trace(
        memory.store,
        memory.index,
        ties_of(memory.index),
        ref=ref,
        symptom=Symptom(request.symptom),
        at=at,
        exact=request.exact,
        metrics=None if found is None else found.how,
        shifts=() if found is None else found.shifts,
    )


def _patterns(
    memory: Memory, request: PatternsRequest, privacy: Privacy | None, calendar: tzinfo
) -> PatternsAnswer:
    from kubectl_smart.memory.answers.patterns import Part
    from kubectl_smart.memory.questions.patterns import patterns

    scope = request.scope
    return patterns(
        memory.store,
        memory.index,
        parts=[Part(one) for one in request.parts],
        namespace=scope.namespace,
        since=scope.since,
        until=scope.until,
        zone=calendar,
        privacy=privacy,
    )


def _log(memory: Memory, request: LogRequest) -> LogAnswer:
    from kubectl_smart.memory.questions.log import log

    scope, named = request.scope, request.named
    ref = None if named is None else find_object(memory.index, named, scope.namespace).ref
    return log(
        memory.store,
        memory.index,
        ref=ref,
        namespace=scope.namespace,
        actor=request.actor,
        since=scope.since,
        until=scope.until,
        derived=request.derived,
        limit=request.limit,
    )


# --- the state of the past ----------------------------------------------------------------


def _state(memory: Memory, request: StateRequest) -> StateAnswer:
    from kubectl_smart.memory.questions.past_state import past_state

    scope, named = request.scope, request.named
    everything = named is None or named.word == "all"
    kinds = None if named is None or everything else kinds_for(memory.index, named.word)
    name = "" if named is None else named.name
    answer = past_state(
        memory.store,
        memory.index,
        request.at,
        namespace=_namespace(kinds, scope, name),
        kinds=kinds,
        name=name or None,
    )
    if named is None or not name:
        return answer
    return replace(answer, objects=(_the_one(memory, answer.objects, named, kinds or (), scope),))


def _namespace(kinds: Sequence[tuple[str, str]] | None, scope: Scope, name: str) -> str | None:
    """The namespace to look in: what -n says; all with -A, for a name and for what has none."""
    if scope.everywhere or name or scope.namespace is not None:
        return scope.namespace
    from kubectl_smart.memory.records.kinds import builtin

    cluster = {(info.group, info.kind) for info in builtin() if not info.namespaced}
    return None if kinds is not None and cluster.issuperset(kinds) else DEFAULT_NAMESPACE


def _the_one(
    memory: Memory,
    objects: Sequence[PastObject],
    named: Named,
    kinds: Sequence[tuple[str, str]],
    scope: Scope,
) -> PastObject:
    """The object meant, among those of that name that were alive."""
    by_ref = {one.ref: one for one in objects}
    ref = only_one(list(by_ref), kinds, named, scope.namespace, "existed then")
    if ref is not None:
        return by_ref[ref]
    rows = memory.index.find_objects(kinds, named.name, scope.namespace)
    if rows:
        raise NothingKnown(
            f"{rows[0].ref.title} did not exist at that time",
            f"see `kubectl smart why {named.word}/{named.name}` for when it did",
        )
    raise nothing_known(memory.index, kinds, named, scope.namespace)
