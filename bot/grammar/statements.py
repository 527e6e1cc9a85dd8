"""What can be said, as data, and how it is read: the same in a terminal and in a channel.

The first word may say what it is about (`deployment/payment-api`, the id of a change, the id of an
incident); all that follows are words, and they are taken as they are.
"""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

from kubectl_smart.bot.grammar.objects import Named, split_name
from kubectl_smart.memory.records.errors import BadInput

STATEMENTS = ("remember", "because", "note", "forget", "incident")
"""First words of what is said; `incident list` and `incident show` are questions among them."""
INCIDENT_VERBS = ("open", "note", "step", "link", "close", "reopen", "list", "show")

_OBJECT = re.compile(r"[A-Za-z][A-Za-z0-9.-]*/[A-Za-z0-9][A-Za-z0-9.:_@-]*")
_CHANGE = re.compile(r"[0-9a-f]{7,40}")
_INCIDENT = re.compile(r"\d{4}-\d\d-\d\d-[a-z0-9-]+")


class RememberRequest(NamedTuple):
    """`remember TYPE/NAME [--field NAME] TEXT`: knowledge about an object or a field of it."""

    named: Named
    field: str
    text: str
    namespace: str | None


class BecauseRequest(NamedTuple):
    """`because [CHANGE | TYPE/NAME] TEXT`: the reason of a change.

    change  beginning of its id or of its commit's; "" if it is named by its object, or not at all
    named   the object, for the last change a person made to it; None for the last of any
    """

    change: str
    named: Named | None
    text: str
    namespace: str | None


class NoteRequest(NamedTuple):
    """`note [INCIDENT] TEXT`, `incident note …`, `incident step …`: words for an incident.

    incident  its id; "" for the one of this place, or the only one that is open
    step      what somebody did to find out
    """

    incident: str
    text: str
    step: bool = False


class ForgetRequest(NamedTuple):
    """`forget NOTE`: take a note back, by the beginning of its id."""

    note: str


class OpenRequest(NamedTuple):
    """`incident open TITLE`; channel: with `--channel`, which only a chat knows."""

    title: str
    channel: bool = False


class LinkRequest(NamedTuple):
    """`incident link [INCIDENT] (CHANGE | TYPE/NAME) [TEXT]`: it has to do with that."""

    incident: str
    change: str
    named: Named | None
    text: str
    namespace: str | None


class TurnRequest(NamedTuple):
    """`incident close [INCIDENT] [TEXT]` and `incident reopen …`."""

    incident: str
    close: bool
    text: str


class ListRequest(NamedTuple):
    """`incident list`: all of them, the newest first."""


class ReportRequest(NamedTuple):
    """`incident show [INCIDENT]`."""

    incident: str


StatementRequest: TypeAlias = (
    RememberRequest
    | BecauseRequest
    | NoteRequest
    | ForgetRequest
    | OpenRequest
    | LinkRequest
    | TurnRequest
)
IncidentQuestion: TypeAlias = ListRequest | ReportRequest


def remember(text: str, field: str, namespace: str | None) -> RememberRequest:
    """`TYPE/NAME TEXT`. BadInput if either is missing."""
    word, rest = _first(text)
    if not _OBJECT.fullmatch(word):
        raise BadInput(
            "it does not begin with an object",
            'write remember deployment/payment-api "never below 5"',
        )
    return RememberRequest(split_name([word]), field, _words(rest), namespace)


def because(text: str, namespace: str | None) -> BecauseRequest:
    """`[CHANGE | TYPE/NAME] TEXT`. BadInput if there are no words."""
    change, named, rest = _target(text)
    return BecauseRequest(change, named, _words(rest), namespace)


def note(text: str, *, step: bool = False) -> NoteRequest:
    """`[INCIDENT] TEXT`. BadInput if there are no words."""
    incident, rest = _of_incident(text)
    return NoteRequest(incident, _words(rest), step)


def forget(text: str) -> ForgetRequest:
    """`NOTE`. BadInput for anything else."""
    word, rest = _first(text)
    if rest or not re.fullmatch(r"[0-9a-f]{6,32}", word):
        raise BadInput(f"{word[:40]!r} is no id of a note", "give six or more of its hex digits")
    return ForgetRequest(word)


def incident(verb: str, text: str, namespace: str | None) -> StatementRequest | IncidentQuestion:
    """What stands behind `incident VERB`. BadInput for what cannot be understood."""
    match verb:
        case "open":
            return OpenRequest(_words(text))
        case "note" | "step":
            return note(text, step=verb == "step")
        case "link":
            of, rest = _of_incident(text)
            change, named, words = _target(rest)
            if not change and named is None:
                raise BadInput("nothing was named to link", "name a change by its id, or TYPE/NAME")
            return LinkRequest(of, change, named, words, namespace)
        case "close" | "reopen":
            of, rest = _of_incident(text)
            return TurnRequest(of, verb == "close", rest)
        case "list" if not text.strip():
            return ListRequest()
        case "show":
            of, rest = _of_incident(text)
            if not rest:
                return ReportRequest(of)
            raise BadInput(f"{rest[:40]!r} is no incident", "see incident list")
    problem = (
        f"incident {verb[:40]} is not known" if verb else "incident needs to be told what to do"
    )
    raise BadInput(problem, f"it has {', '.join(INCIDENT_VERBS)}")


def _first(text: str) -> tuple[str, str]:
    """(the first word, what follows it)."""
    word, *rest = text.split(maxsplit=1) or [""]
    return word, rest[0].strip() if rest else ""


def _words(text: str) -> str:
    if not text.strip():
        raise BadInput("there are no words", "say what is to be kept")
    return text.strip()


def _target(text: str) -> tuple[str, Named | None, str]:
    """(change, object, the words behind)."""
    word, rest = _first(text)
    if _CHANGE.fullmatch(word):
        return word, None, rest
    if _OBJECT.fullmatch(word):
        return "", split_name([word]), rest
    return "", None, text


def _of_incident(text: str) -> tuple[str, str]:
    """(incident, the words behind)."""
    word, rest = _first(text)
    return (word, rest) if _INCIDENT.fullmatch(word) else ("", text.strip())
