"""The cluster's own word on what people may see, beside the roles of the configuration.

Somebody sees what a role lets them see and what they may both get and list in the cluster, object
by object: what they may not is not there. An answer of the API server is used again for a short
time; where it gives none, nobody sees anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Protocol

from kubectl_smart.bot.authorisation import Refused, Sight
from kubectl_smart.capture.sources.access_reviews import Unanswered, Wish
from kubectl_smart.memory.records.kinds import builtin

KEPT = 60.0
"""Seconds for which an answer is used again: so long a right that was taken away still holds."""
_MOST = 50_000
_VERBS = ("get", "list")
_EVERYBODY = "system:authenticated"


class Reviewer(Protocol):
    """Who knows."""

    def allowed(self, wish: Wish) -> bool:
        """Whether this may be done. Unanswered if nobody says."""


class Access:
    """What the people of a chat may see in the cluster. May be asked from any thread.

    people  id of an account -> the name the cluster knows them by
    groups  the same -> groups of the cluster they are in, besides system:authenticated
    clock   seconds that never run backwards
    """

    def __init__(
        self,
        reviewer: Reviewer,
        people: Mapping[str, str],
        groups: Mapping[str, tuple[str, ...]],
        clock: Callable[[], float],
        *,
        kept: float = KEPT,
    ) -> None:
        self._reviewer = reviewer
        self._people = people
        self._groups = groups
        self._clock = clock
        self._for = kept
        self._lock = Lock()
        self._kept: dict[Wish, tuple[float, bool]] = {}

    def sight(self, user: str, given: Sight) -> Sight:
        """What is left of a sight. Refused without an account in the cluster, or an answer of it.

        user  id of the account in the chat
        """
        name = self._people.get(user)
        if not name:
            raise Refused(
                "it is not known who you are in the cluster",
                "ask whoever set up this bot to add you to slack.people",
            )
        groups = (*self._groups.get(user, ()), _EVERYBODY)
        if self._may(name, groups, "*", "*", ""):
            return given

        def may(group: str, kind: str, namespace: str) -> bool:
            return self._may(name, groups, group, resource_of(group, kind), namespace)

        return Sight(given.namespaces, may)

    def _may(
        self, name: str, groups: tuple[str, ...], group: str, resource: str, namespace: str
    ) -> bool:
        return all(
            self._allowed(Wish(name, groups, verb, group, resource, namespace)) for verb in _VERBS
        )

    def _allowed(self, wish: Wish) -> bool:
        with self._lock:
            until, answer = self._kept.get(wish, (0.0, False))
            if until > self._clock():
                return answer
        try:
            answer = self._reviewer.allowed(wish)
        except Unanswered as problem:
            raise Refused(problem.message, problem.remedy) from None
        with self._lock:
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[wish] = (self._clock() + self._for, answer)
        return answer


def resource_of(group: str, kind: str) -> str:
    """The resource of a kind: "deployments" for Deployment.

    Of a kind that is not Kubernetes' own by the rule of its API machinery (an s, es after an s,
    ies for a y). A wrong guess is a resource nobody was given: then it is not shown.
    """
    for info in builtin():
        if (info.group, info.kind) == (group, kind):
            return info.plural
    word = kind.lower()
    if word.endswith("s"):
        return f"{word}es"
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
