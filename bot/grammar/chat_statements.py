"""What people say in a channel: the commands that say something, with their words as they are.

Questions are cut into words (`chat`); words to be kept are not: line breaks, quotes and apostrophes
stay. Options stand before the words, `remember deployment/api --field replicas never below 5`.
Quotes around the whole are taken away, entities and links are turned back; a link keeps both its
label and its address.
"""

from __future__ import annotations

import re

from kubectl_smart.bot.grammar import statements
from kubectl_smart.bot.grammar.chat import LONGEST, without_entities
from kubectl_smart.bot.grammar.statements import (
    STATEMENTS,
    IncidentQuestion,
    OpenRequest,
    StatementRequest,
)
from kubectl_smart.memory.records.errors import BadInput

_LINK = re.compile(r"<((?:https?://|mailto:)[^>|\s]*)(?:\|([^>]*))?>")
_OPTION = re.compile(
    r"(?:-(n)|(?:--|[\N{EN DASH}\N{EM DASH}])(namespace|field|n))(?:=|[ \t]+)(\S+)\s*"
)
_HEAD = re.compile(r"([^\s/]+/\S+)\s+(?=[-\N{EN DASH}\N{EM DASH}])")
_CHANNEL = re.compile(
    r"^\s*(?:--|[\N{EN DASH}\N{EM DASH}])channel(?=\s|$)"
    r"|(?<!\S)(?:--|[\N{EN DASH}\N{EM DASH}])channel\s*$"
)
"""Before the title or behind it; within it these are words."""
_QUOTED = (
    ('"', '"'),
    ("\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"),
    ("\N{DOUBLE LOW-9 QUOTATION MARK}", "\N{LEFT DOUBLE QUOTATION MARK}"),
)
_WITH_NAMESPACE = ("remember", "because", "incident link")


def is_statement(text: str) -> bool:
    """Whether a command says something (or asks of incidents) rather than being a question."""
    return text.split(maxsplit=1)[:1] != [] and text.split()[0].lower() in STATEMENTS


def parse_statement(text: str) -> StatementRequest | IncidentQuestion:
    """The request behind a text of which `is_statement` holds. BadInput if it is not understood."""
    if len(text) > LONGEST:
        raise BadInput(f"that is {len(text):,} characters long", f"say it in at most {LONGEST:,}")
    verb, rest = _first(without_entities(_LINK.sub(_link, text)))
    verb = verb.lower()
    if verb == "incident":
        word, rest = _first(rest)
        verb = f"incident {word.lower()}"
    if verb == "incident open" and (bare := _CHANNEL.sub("", rest)) != rest:
        opening = statements.incident("open", _unquoted(bare.strip()), None)
        return opening._replace(channel=True) if isinstance(opening, OpenRequest) else opening
    options, words = _options(rest)
    allowed = {"field"} if verb == "remember" else set()
    allowed |= {"namespace"} if verb in _WITH_NAMESPACE else set()
    strange = sorted(options.keys() - allowed)
    if strange:
        raise BadInput(f"{verb} has no option --{strange[0]}", "leave it out")
    namespace = options.get("namespace")
    match verb:
        case "remember":
            return statements.remember(words, options.get("field", ""), namespace)
        case "because":
            return statements.because(words, namespace)
        case "note":
            return statements.note(words)
        case "forget":
            return statements.forget(words)
    if verb.startswith("incident "):
        return statements.incident(verb.partition(" ")[2], words, namespace)
    raise BadInput(f"{verb[:40]!r} says nothing", f"begin with one of {', '.join(STATEMENTS)}")


def _first(text: str) -> tuple[str, str]:
    word, *rest = text.split(maxsplit=1) or [""]
    return word, rest[0] if rest else ""


def _link(found: re.Match[str]) -> str:
    address, label = found[1].removeprefix("mailto:"), found[2]
    return address if not label or label in address else f"{label} ({address})"


def _options(text: str) -> tuple[dict[str, str], str]:
    """The options before the words, before and after the object, and everything else."""
    found, rest = _leading(text.strip())
    head = _HEAD.match(rest)
    if head is None:
        return found, _unquoted(rest)
    behind, words = _leading(rest[head.end() :])
    return {**found, **behind}, f"{head[1]} {_unquoted(words)}"


def _leading(text: str) -> tuple[dict[str, str], str]:
    found: dict[str, str] = {}
    while (option := _OPTION.match(text)) is not None:
        name = option[1] or option[2]
        found["namespace" if name == "n" else name] = option[3]
        text = text[option.end() :]
    return found, text


def _unquoted(text: str) -> str:
    """The words without quotes around all of them, also behind what they are about."""
    head, words = "", text.strip()
    start = re.match(r"(?:\S+/\S+|[0-9a-f]{7,40}|\d{4}-\d\d-\d\d-\S+)\s+", words)
    if start is not None:
        head, words = start[0], words[start.end() :]
    for begin, end in _QUOTED:
        inner = words[1:-1]
        if len(words) > 1 and words[0] == begin and words[-1] == end and begin not in inner:
            words = inner
            break
    return head + words
