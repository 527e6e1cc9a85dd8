"""Who acts and where, as Slack tells it: asked once in a while, and never guessed.

What cannot be found out makes people see less, never more: without the scope for user groups nobody
is in one, and a channel that Slack does not show to the bot is not served.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from kubectl_smart.bot.authorisation import Person, Place
from kubectl_smart.bot.slack.saying import refusal

KEPT = 300.0
"""Seconds for which an answer of Slack's is used again."""
_MOST = 10_000
_NO_GROUPS = frozenset({"missing_scope", "plan_upgrade_required", "not_allowed_token_type"})
_Found = TypeVar("_Found")


class _Kept(Generic[_Found]):
    """Answers by key, each for KEPT seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._found: dict[str, tuple[float, _Found]] = {}

    async def get(self, key: str, ask: Callable[[], Awaitable[_Found]]) -> _Found:
        """The answer kept, or a new one."""
        held = self._found.get(key)
        if held is not None and held[0] > self._clock():
            return held[1]
        found = await ask()
        if len(self._found) >= _MOST:
            self._found.clear()
        self._found[key] = (self._clock() + KEPT, found)
        return found


class Identities:
    """Of the workspaces one bot serves. `clock` gives seconds that never run backwards."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._users = _Kept[dict[str, Any]](clock)
        self._members = _Kept[dict[str, frozenset[str]]](clock)
        self._places = _Kept[Place](clock)

    async def person(self, client: AsyncWebClient, team: str, user: str) -> Person:
        """Who a user id is, in the workspace the request came from.

        SlackApiError if Slack does not say.
        """
        profile = await self._users.get(f"{team}/{user}", lambda: _profile(client, user))
        members = await self._members.get(team, lambda: _groups(client, team))
        home = str(profile.get("team_id") or team)
        return Person(
            team=team,
            user=user,
            groups=members.get(user, frozenset()),
            guest=bool(profile.get("is_restricted") or profile.get("is_ultra_restricted")),
            stranger=bool(profile.get("is_stranger")) or home != team,
        )

    async def name(self, client: AsyncWebClient, team: str, user: str) -> str:
        """The name somebody goes by; the id if Slack tells none.

        SlackApiError if Slack does not answer.
        """
        profile = await self._users.get(f"{team}/{user}", lambda: _profile(client, user))
        return str(profile.get("real_name") or profile.get("name") or user)

    async def place(self, client: AsyncWebClient, team: str, channel: str) -> Place:
        """What a channel is; one that Slack does not show is `unknown`."""
        return await self._places.get(f"{team}/{channel}", lambda: _place(client, channel))


async def _profile(client: AsyncWebClient, user: str) -> dict[str, Any]:
    answer = await client.users_info(user=user)
    found: dict[str, Any] = answer["user"]
    return found


async def _groups(client: AsyncWebClient, team: str) -> dict[str, frozenset[str]]:
    """User id -> ids of the user groups; empty if the bot may not ask."""
    try:
        answer = await client.usergroups_list(include_users=True, team_id=team)
    except SlackApiError as error:
        if refusal(error) in _NO_GROUPS:
            return {}
        raise
    found: dict[str, set[str]] = {}
    for group in answer["usergroups"]:
        for user in group.get("users") or ():
            found.setdefault(user, set()).add(group["id"])
    return {user: frozenset(groups) for user, groups in found.items()}


async def _place(client: AsyncWebClient, channel: str) -> Place:
    try:
        answer = await client.conversations_info(channel=channel)
    except SlackApiError as error:
        if refusal(error) in ("channel_not_found", "missing_scope", "not_in_channel"):
            return Place(channel=channel, unknown=True)
        raise
    told = answer["channel"]
    shared = ("is_ext_shared", "is_pending_ext_shared", "is_org_shared_externally")
    return Place(
        channel=channel,
        shared=any(bool(told.get(name)) for name in shared),
        direct=bool(told.get("is_im") or told.get("is_mpim")),
    )
