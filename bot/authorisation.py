"""Who may ask what, and what of the memory they see: the one gate before every door.

Every entry (a command, a mention, a button, a reaction, a modal) asks `admit` before anything else,
with the person who acts now: a button is judged by who clicks it, not by who was answered. What is
not allowed by a role is refused. Names shown in a chat are no keys; ids are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kubectl_smart.memory.index.restricted import May, RestrictedIndex
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.visible_incidents import incidents_within
from kubectl_smart.memory.records.errors import SmartError

EVERYTHING = "*"
"""In a role: every namespace, those that are not named here and cluster-scoped objects too; or
every verb."""


class Refused(SmartError):
    """The person may not do this here; the remedy says whom to ask or where to go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What the people of some groups may do.

    users       user ids: "U012AB3CD"
    groups      ids of user groups: "S012AB3CD"
    namespaces  visible ones, or EVERYTHING; "" for cluster-scoped objects
    verbs       of the grammar ("why", "replay" ...), or EVERYTHING
    """

    name: str
    users: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    namespaces: frozenset[str] = frozenset()
    verbs: frozenset[str] = frozenset({EVERYTHING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Who is let in at all, and the roles.

    teams            ids of the workspaces served
    shared_channels  channels, by id, that are shared with other organisations and nevertheless
                     served
    guests           whether guests of the workspace are served
    direct_messages  whether the bot answers there
    """

    teams: frozenset[str]
    roles: tuple[Role, ...] = ()
    shared_channels: frozenset[str] = frozenset()
    guests: bool = False
    direct_messages: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who acts now, as the chat's own API tells it.

    groups    ids of the user groups the person is in
    guest     a restricted account of this workspace
    stranger  somebody of another organisation
    """

    team: str
    user: str
    groups: frozenset[str] = frozenset()
    guest: bool = False
    stranger: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where it is asked.

    shared   with another organisation
    direct   a direct message
    unknown  Slack does not show the channel to the bot
    """

    channel: str
    shared: bool = False
    direct: bool = False
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody sees.

    namespaces  None for all of them
    may         what of it, by group, kind and namespace; None for all. Refused if nobody can say.
    """

    namespaces: frozenset[str] | None
    may: May | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing is hidden."""
        return self.namespaces is None and self.may is None

    def of(self, memory: Memory) -> Memory:
        """The memory as this person sees it. Closing either closes both."""
        if self.everything:
            return memory
        index, may = memory.index, self.may
        places = frozenset(index.namespaces()) if self.namespaces is None else self.namespaces
        seen = RestrictedIndex(index, places, lambda: incidents_within(index, places, may), may)
        return Memory(memory.path, memory.store, seen)


def admit(policy: Policy, person: Person, place: Place, verb: str) -> Sight:
    """What the person sees in answer to this verb. Refused, in one sentence, if it is nothing."""
    if person.team not in policy.teams or person.stranger:
        raise Refused(
            "this bot does not serve your workspace", "ask in the workspace it is installed in"
        )
    if person.guest and not policy.guests:
        raise Refused("guests of this workspace are not answered", "ask a member of it")
    if place.shared and place.channel not in policy.shared_channels:
        raise Refused(
            "this channel is shared with another organisation, so nothing is told here",
            "ask in a channel of your own organisation",
        )
    if place.unknown:
        raise Refused("the bot does not know this channel", "invite it, then ask again")
    if place.direct and not policy.direct_messages:
        raise Refused("direct messages are not answered", "ask in a channel")
    mine = [
        role for role in policy.roles if person.user in role.users or person.groups & role.groups
    ]
    able = [role for role in mine if {EVERYTHING, verb} & role.verbs]
    if not able:
        roles = ", ".join(sorted(role.name for role in mine)) or "none"
        raise Refused(
            f"you may not use `{verb}` (your roles: {roles})",
            "ask whoever set up this bot for a role that may",
        )
    return Sight(_namespaces(able))


def _namespaces(roles: Iterable[Role]) -> frozenset[str] | None:
    together = frozenset[str]().union(*(role.namespaces for role in roles))
    return None if EVERYTHING in together else together
