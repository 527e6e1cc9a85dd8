"""Who acted. Never a guess: whoever cannot be told stays `unknown`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """The five kinds of actor."""

    HUMAN = "human"
    AUTOMATION = "automation"
    CONTROLLER = "controller"
    NODE = "node"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Actor:
    """The identity behind a request, as the API server authenticated it.

    name          the user name, verbatim: "sarah@example.com"; "" if not known
    kind          one of ActorKind
    acting_for    with impersonation, the real identity: `name` is then the user
                  impersonated, `acting_for` the one who authenticated. "" otherwise
    """

    name: str
    kind: ActorKind
    acting_for: str = ""


UNKNOWN_ACTOR = Actor("", ActorKind.UNKNOWN)
