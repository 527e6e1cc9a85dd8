"""What can be asked, as data: the same whether it was typed in a terminal or in a channel.

A face parses what its users write into one of these (click on the command line, `chat` in Slack);
`asking` answers it. Instants are microseconds since 1970-01-01 UTC. NamedTuples, not dataclasses:
they take a fifth of the time to define, which a cold question feels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import NamedTuple

from kubectl_smart.bot.grammar.objects import Named, split_name
from kubectl_smart.memory.records.errors import BadInput

SHOWN = 50
"""Decisions of a long history that `why` shows, the newest, unless it is asked for more."""


class Scope(NamedTuple):
    """Where and when to look.

    namespace   None: not said
    everywhere  -A was given
    since       None: not said; the same for until
    """

    namespace: str | None = None
    everywhere: bool = False
    since: int | None = None
    until: int | None = None


def scope_of(
    namespace: str | None, everywhere: bool, since: int | None, until: int | None
) -> Scope:
    """A scope that makes sense. BadInput if it does not."""
    if everywhere and namespace is not None:
        raise BadInput("-n and -A exclude each other", "give one of them")
    if since is not None and until is not None and until <= since:
        raise BadInput("--until is not after --since", "turn them round")
    return Scope(namespace, everywhere, since, until)


class WhyRequest(NamedTuple):
    """`why TYPE/NAME [--FIELD[=VALUE]]`; field "" for the whole object; limit as `why` takes it."""

    named: Named
    field: str
    value: str | None
    scope: Scope
    limit: int | None


class ReplayRequest(NamedTuple):
    """`replay [WORDS]`: around a moment, or between two instants, or the last hour known.

    at     the moment of interest; None if none was named
    width  of the window around it, microseconds; None if not said
    """

    words: str
    at: int | None
    width: int | None
    scope: Scope


class StateRequest(NamedTuple):
    """`at TIME get TYPE [NAME]`, or `at TIME dump` where nothing is named."""

    at: int
    named: Named | None
    scope: Scope


class DifferenceRequest(NamedTuple):
    """`at TIME diff [TIME]`; derived: also what controllers made."""

    at: int
    until: int
    derived: bool
    scope: Scope


class LogRequest(NamedTuple):
    """`log [TYPE/NAME]`: changes, newest first; actor "" for everybody's."""

    named: Named | None
    actor: str
    derived: bool
    limit: int
    scope: Scope


class DependenciesRequest(NamedTuple):
    """`dependencies TYPE/NAME`: at an instant, in the window of the scope, or now.

    at  None: not said. BadInput from `asking` together with a window
    """

    named: Named
    at: int | None
    scope: Scope


class LinksRequest(NamedTuple):
    """`links [TYPE/NAME]`: of the window of the scope, or of the last hour known.

    Not asked in chat: an hour's links are more than a message holds.
    """

    named: Named | None
    scope: Scope


SYMPTOMS = ("latency", "errors", "saturation", "restarts", "availability", "unschedulable")
"""What `trace` can be asked about; the values of `memory.graph.symptoms.Symptom`."""


class TraceRequest(NamedTuple):
    """`trace SYMPTOM NAME --spike=TIME`.

    named  the word "" where only a name was said: a service or a workload
    at     about when it was noticed; None: at the last instant the memory knows
    exact  how exactly that was said, microseconds
    """

    symptom: str
    named: Named
    at: int | None
    exact: int
    scope: Scope


def trace_words(words: Sequence[str]) -> tuple[str, Named]:
    """(symptom, object) of `latency api-gateway`, `restarts deployment/api`. BadInput."""
    if len(words) < 2:
        raise BadInput("trace needs a symptom and a service", "write trace latency api-gateway")
    symptom, *rest = words
    if symptom not in SYMPTOMS:
        raise BadInput(f"{symptom!r} is no symptom", f"ask about one of {', '.join(SYMPTOMS)}")
    if len(rest) == 1 and "/" not in rest[0]:
        return symptom, Named("", rest[0])
    return symptom, split_name(rest)


PARTS = ("temporal", "human", "systematic")
"""What `patterns` looks for; the values of `memory.answers.patterns.Part`."""


def parts_of(said: Mapping[str, bool], everything: bool) -> tuple[str, ...]:
    """Those that were said; all of them if none was, or if everything was asked for."""
    named = tuple(part for part in PARTS if said.get(part))
    return PARTS if everything or not named else named


class PatternsRequest(NamedTuple):
    """`patterns [--temporal|--human|--systematic|--operational]`.

    parts  of PARTS; zone: whose calendar rhythms are of
    """

    parts: tuple[str, ...]
    zone: tzinfo
    scope: Scope


class SimulateRequest(NamedTuple):
    """`simulate COMMAND…`: what kubectl commands would do. They name no files; nothing is done.

    at  the instant of the memory to begin from; None: the newest it knows
    """

    lines: tuple[str, ...]
    at: int | None


class ShowRequest(NamedTuple):
    """`show ID`: one change by the beginning of its id or of its commit's."""

    change: str


Request = (
    WhyRequest
    | ReplayRequest
    | StateRequest
    | DifferenceRequest
    | DependenciesRequest
    | TraceRequest
    | PatternsRequest
    | SimulateRequest
    | LogRequest
    | ShowRequest
)
