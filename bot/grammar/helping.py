"""What can be said to the bot, with an example each; and what was probably meant."""

from __future__ import annotations

from difflib import get_close_matches
from typing import NamedTuple


class Verb(NamedTuple):
    """One verb of the chat grammar: what it is for, and an example to send as it is."""

    name: str
    purpose: str
    example: str


VERBS = (
    Verb(
        "why",
        "who decided this, when, how, why, and what followed",
        "why deployment/payment-api --replicas=5",
    ),
    Verb(
        "replay",
        "everything that happened around a moment, and what caused it",
        'replay --at "14:30" -n payments',
    ),
    Verb(
        "trace",
        "from a symptom down to the change that caused it, and who made it",
        'trace latency api-gateway --spike="14:30"',
    ),
    Verb(
        "simulate",
        "what the control plane would do after a kubectl command; nothing is done",
        'simulate "kubectl drain worker-5 --ignore-daemonsets"',
    ),
    Verb("at", "the state of the past", "at -2h get deployment payment-api"),
    Verb(
        "dependencies",
        "what it needs and who needs it, and the field that says so",
        "dependencies deployment/payment-api",
    ),
    Verb(
        "patterns",
        "the rhythms, habits and links in the history",
        "patterns --operational --since -90d",
    ),
    Verb("log", "changes, newest first", "log deployment/payment-api"),
    Verb("show", "one change with its difference", "show 1a2b3c4d"),
    Verb(
        "because",
        "the reason of a change; in its thread without a name",
        "because deployment/payment-api the queue grew",
    ),
    Verb(
        "note",
        "words for the thread's change or incident",
        "note the queue backs up at six workers",
    ),
    Verb(
        "remember",
        "knowledge or a rule, pinned to an object",
        'remember deployment/payment-api --field replicas "never below 5 because of the SLA"',
    ),
    Verb("forget", "take a note back", "forget 1a2b3c4d5e6f"),
    Verb(
        "incident",
        "open, note, step, link, close, reopen, show, list",
        'incident open "payments time out"',
    ),
    Verb("status", "what was heard, and how far", "status"),
    Verb("audit", "who asked what, for those who see everything", "audit --since -2h"),
    Verb("whoami", "what you may ask and see", "whoami"),
    Verb("help", "this", "help"),
)


def did_you_mean(verb: str) -> tuple[str, ...]:
    """The verbs nearest to one that is none, best first, at most three."""
    known = [one.name for one in VERBS]
    return tuple(get_close_matches(verb, known, n=3, cutoff=0.4)) or ("help",)
