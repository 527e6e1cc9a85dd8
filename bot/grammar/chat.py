"""Requests as people type them in a channel: the words of the command line, with what chat does.

Chat programs turn quotes into curly ones and two hyphens into a dash, and Slack sends `&`, `<` and
`>` as entities and addresses as `<https://…|text>`: all of it is turned back before it is read.
The grammar is that of the command line; `-o` is not known, a channel has one form of answer.
What people say, rather than ask, is read by `chat_statements`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from kubectl_smart.bot.grammar.fields import field_asked
from kubectl_smart.bot.grammar.objects import Named, split_name
from kubectl_smart.bot.grammar.requests import (
    PARTS,
    SHOWN,
    DependenciesRequest,
    DifferenceRequest,
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
    parts_of,
    scope_of,
    trace_words,
)
from kubectl_smart.bot.grammar.times import parse_duration, parse_moment, precision_of
from kubectl_smart.memory.records.errors import BadInput

LONGEST = 4_000
"""Characters of one command: far more than anybody types."""
MOST_LOGGED = 50
"""Changes that `log` shows in a channel at most."""
_LOGGED = 10

QUESTIONS = (
    "why",
    "replay",
    "at",
    "trace",
    "simulate",
    "dependencies",
    "patterns",
    "log",
    "show",
)

_QUOTES = str.maketrans(
    {
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{DOUBLE LOW-9 QUOTATION MARK}": '"',
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{NO-BREAK SPACE}": " ",
    }
)
_DASHES = re.compile(r"(?<!\S)[\N{EN DASH}\N{EM DASH}](?=\w)")
_LINK = re.compile(r"<(?:https?://|mailto:)[^>|]*\|([^>]*)>|<((?:https?://|mailto:)[^>|]*)>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_A_TIME = re.compile(r"-\d")

_VALUED = {
    "-n": "namespace", "--namespace": "namespace", "--since": "since", "--until": "until",
    "--field": "field", "--timestamp": "at", "--at": "at", "--spike": "at", "--window": "window",
    "--actor": "actor", "--limit": "limit",
}  # fmt: skip
_FLAGS = {
    "-A": "everywhere",
    "--all-namespaces": "everywhere",
    "--derived": "derived",
    "--operational": "operational",
    **{f"--{part}": part for part in PARTS},
}
_TAKEN = {
    "why": {"namespace", "everywhere", "since", "until", "field"},
    "replay": {"namespace", "everywhere", "since", "until", "at", "window"},
    "at": {"namespace", "everywhere", "derived"},
    "trace": {"namespace", "everywhere", "at"},
    "dependencies": {"namespace", "everywhere", "since", "until", "at"},
    "patterns": {"namespace", "everywhere", "since", "until", "operational", *PARTS},
    "log": {"namespace", "everywhere", "since", "until", "actor", "limit", "derived"},
    "show": set(),
}


@dataclass(frozen=True, slots=True)
class Typed:
    """A command as it was typed: its verb ("" if nothing was), and the words behind it."""

    verb: str
    words: tuple[str, ...]


def typed(text: str) -> Typed:
    """The words of a command. BadInput for a quote that is not closed, or far too much text."""
    if len(text) > LONGEST:
        raise BadInput(f"that is {len(text):,} characters long", "ask in fewer words")
    plain = without_entities(_LINK.sub(lambda found: found[1] or found[2], text))
    plain = _DASHES.sub("--", plain.translate(_QUOTES))
    try:
        words = shlex.split(plain)
    except ValueError:
        raise BadInput("a quote is opened and not closed", "close it, or leave it out") from None
    return Typed(words[0].lower() if words else "", tuple(words[1:]))


def without_entities(text: str) -> str:
    """The text with the three characters that Slack sends as entities."""
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text


def parse_question(command: Typed, *, now: int, zone: tzinfo) -> Request:
    """The request behind one of QUESTIONS. BadInput, in words, for what cannot be understood.

    now   microseconds since 1970-01-01 UTC; zone  what times without one are in
    """
    if command.verb == "simulate":
        return _simulate(command.words, _Moments(now, zone))
    options, words = _options(command)
    moment = _Moments(now, zone)
    scope = scope_of(
        options.get("namespace"),
        "everywhere" in options,
        moment.of(options.get("since")),
        moment.of(options.get("until")),
    )
    match command.verb:
        case "why":
            names, wanted = field_asked(words, options.get("field"))
            about = split_name(names)
            return WhyRequest(about, wanted.field, wanted.value, scope, SHOWN)
        case "replay":
            width = parse_duration(options["window"]) if "window" in options else None
            return ReplayRequest(" ".join(words), moment.of(options.get("at")), width, scope)
        case "at":
            return _at(words, moment, scope, derived="derived" in options)
        case "trace":
            symptom, serving = trace_words(words)
            said = options.get("at")
            return TraceRequest(symptom, serving, moment.of(said), precision_of(said or ""), scope)
        case "dependencies":
            return DependenciesRequest(split_name(words), moment.of(options.get("at")), scope)
        case "patterns" if not words:
            parts = parts_of({part: part in options for part in PARTS}, "operational" in options)
            return PatternsRequest(parts, zone, scope)
        case "patterns":
            raise BadInput("patterns takes options only", "write patterns --temporal -n payments")
        case "log":
            named = split_name(words) if words else None
            limit = _limit(options.get("limit"))
            return LogRequest(named, options.get("actor", ""), "derived" in options, limit, scope)
        case "show" if len(words) == 1:
            return ShowRequest(words[0])
        case "show":
            raise BadInput("show takes one id", "write show 1a2b3c4d, as log names it")
    raise BadInput(f"{command.verb!r} is no question", f"ask one of {', '.join(QUESTIONS)}")


@dataclass(frozen=True, slots=True)
class _Moments:
    now: int
    zone: tzinfo

    def of(self, text: str | None) -> int | None:
        return None if text is None else self.at(text)

    def at(self, text: str) -> int:
        return parse_moment(text, now=self.now, zone=self.zone)


def _simulate(words: Sequence[str], moment: _Moments) -> SimulateRequest:
    """Each quoted command by itself, or one without quotes; all options but --at are kubectl's."""
    rest, at = list(words), None
    for place, word in enumerate(words):
        head, equals, value = word.partition("=")
        if head != "--at":
            continue
        if not equals:
            value = words[place + 1] if place + 1 < len(words) else ""
        if not value:
            raise BadInput("--at needs a value", "write --at 14:30")
        at = moment.at(value)
        del rest[place : place + (1 if equals else 2)]
        break
    if not rest:
        raise BadInput("no command is named", 'write simulate "kubectl delete node worker-5"')
    if all(" " in word for word in rest):
        return SimulateRequest(tuple(rest), at)
    return SimulateRequest((shlex.join(rest),), at)


def _at(words: Sequence[str], moment: _Moments, scope: Scope, *, derived: bool) -> Request:
    if len(words) < 2:
        raise BadInput("at needs a time and what to do", "write at 14:30 get pods, or at -2h diff")
    at, (verb, *rest) = moment.at(words[0]), words[1:]
    if verb == "dump" and not rest:
        return StateRequest(at, None, scope)
    if verb == "diff" and len(rest) <= 1:
        return DifferenceRequest(at, moment.at(rest[0] if rest else "now"), derived, scope)
    if verb == "get" and len(rest) == 1 and "/" not in rest[0]:
        return StateRequest(at, Named(rest[0], ""), scope)
    if verb == "get":
        return StateRequest(at, split_name(rest), scope)
    raise BadInput(f"at TIME {verb} is not known", "write get TYPE [NAME], dump or diff [TIME]")


def _limit(text: str | None) -> int:
    if text is None:
        return _LOGGED
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:9]) <= MOST_LOGGED:
        raise BadInput(f"--limit is {text[:40]!r}", f"give a number from 1 to {MOST_LOGGED}")
    return int(text)


def _options(command: Typed) -> tuple[Mapping[str, str], list[str]]:
    """The options a question takes, and all other words in their order.

    For `why` an option that is none of ours is a field.
    """
    options: dict[str, str] = {}
    rest: list[str] = []
    words = iter(command.words)
    for word in words:
        head, equals, value = word.partition("=")
        name = _FLAGS.get(word) or _VALUED.get(head)
        if not word.startswith("-") or word == "-" or _A_TIME.match(word):
            rest.append(word)
        elif name is not None and name in _TAKEN[command.verb]:
            if word not in _FLAGS and not equals:
                value = next(words, "")
            if word not in _FLAGS and not value:
                raise BadInput(f"{head} needs a value", f"write {head} VALUE")
            options[name] = value
        elif command.verb == "why" and word.startswith("--") and name is None:
            rest.append(word)
        else:
            known = ", ".join(sorted(_spelled(command.verb)))
            raise BadInput(
                f"{command.verb} has no option {head[:40]}",
                f"it has {known}" if known else "leave it out",
            )
    return options, rest


def _spelled(verb: str) -> set[str]:
    every = {**_VALUED, **_FLAGS}
    return {option for option, name in every.items() if name in _TAKEN[verb]}
