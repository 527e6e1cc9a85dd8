"""Slack: whether it takes the tokens, what they may do, and where the bot is a member."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from kubectl_smart.bot.doctor.case import Case
from kubectl_smart.bot.doctor.clocks import by_header
from kubectl_smart.bot.doctor.examining import Area, Check
from kubectl_smart.bot.doctor.findings import Outcome, failed, not_configured, ok, warning

if TYPE_CHECKING:
    from slack_sdk.web.async_client import AsyncWebClient

    from kubectl_smart.bot.slack.settings import Connection, SlackModel

_SCOPES = "x-oauth-scopes"
_LATE = "see whether Slack is reached from here: `curl https://slack.com/api/api.test`"


class _Why(NamedTuple):
    """Why there is no answer: Slack's own word, or what lay between; no token.

    refused  whether it was Slack that said so
    """

    word: str
    refused: bool


def area(case: Case) -> Area:
    """Of `slack`."""
    model = None if case.model is None else case.model.slack
    if model is None:
        return Area("Slack", [])
    looked = _Slack(case, model)
    if model.installations is not None:
        return Area("Slack", [Check("workspaces", looked.workspaces, _LATE)])
    return Area(
        "Slack",
        [
            Check("token", looked.token, _LATE, needed=True),
            Check("clock", looked.clock, _LATE),
            Check("scopes", looked.scopes, _LATE),
            Check("socket mode", looked.socket, _LATE),
            Check("channels", looked.channels, _LATE),
            Check("command", looked.command, _LATE),
        ],
    )


class _Slack:
    def __init__(self, case: Case, model: SlackModel) -> None:
        self._case = case
        self._model = model
        self._headers: Mapping[str, str] = {}
        self._asked = (0, 0)

    def _connection(self) -> Connection:
        from kubectl_smart.bot.slack.settings import connection

        return connection(self._model, self._case.memory, self._case.environment)

    def _client(self, token: str) -> AsyncWebClient:
        # heavy, and only needed where there is a bot
        from kubectl_smart.bot.slack.connecting import SLACK, web_client

        return web_client(token, self._model.base_url or SLACK)

    async def token(self) -> Sequence[Outcome]:
        """auth.test: whose token it is."""
        client = self._client(self._connection().bot_token)
        sent = _now()
        told, why = await _answer(client.auth_test())
        self._asked = (sent, _now())
        if told is None:
            remedy = "copy it again from OAuth & Permissions of the app, or install the app anew"
            return [_refused("the bot token is not taken", why, remedy)]
        self._headers = {name.lower(): str(value) for name, value in told.headers.items()}
        if told["team_id"] not in self._model.teams:
            said = f"the token is of workspace {told['team_id']}, which is not among slack.teams"
            return [failed(said, f"add {told['team_id']} to slack.teams, or use another token")]
        return [ok(f"taken, as {told['user']} in {told['team']}")]

    async def clock(self) -> Sequence[Outcome]:
        """Ours against Slack's."""
        return [by_header("Slack's", self._headers.get("date", ""), *self._asked)]

    async def scopes(self) -> Sequence[Outcome]:
        """Granted against needed."""
        from kubectl_smart.bot.slack.manifest import CHANNEL_SCOPES, OPTIONAL_SCOPES, SCOPES

        if _SCOPES not in self._headers:
            said = f"Slack did not say which scopes are granted (no header {_SCOPES})"
            return [not_configured(said, "see OAuth & Permissions of the app")]
        granted = frozenset(one.strip() for one in self._headers[_SCOPES].split(","))
        needed = {**SCOPES, **(CHANNEL_SCOPES if self._model.incidents.channels else {})}
        return judged(granted, needed, OPTIONAL_SCOPES)

    async def socket(self) -> Sequence[Outcome]:
        """apps.connections.open: whether the app token brings a socket."""
        if self._model.mode != "socket":
            said = "mode is http: whether Slack reaches the address cannot be seen from here"
            return [not_configured(said, "see Event Subscriptions of the app: Verified")]
        app_token = self._connection().app_token
        told, why = await _answer(
            self._client(app_token).apps_connections_open(app_token=app_token)
        )
        if told is None:
            remedy = (
                "turn Socket Mode on in the app's settings, and make a token with "
                "connections:write under Basic Information, App-Level Tokens"
            )
            return [_refused("no socket is opened", why, remedy)]
        return [ok("Slack opens a socket for the app token")]

    async def channels(self) -> Sequence[Outcome]:
        """Of each feed, whether the bot is a member."""
        if not self._model.feeds:
            return [not_configured("no slack.feeds: changes are announced nowhere")]
        client = self._client(self._connection().bot_token)
        asked = [self._channel(client, feed.channel) for feed in self._model.feeds]
        return await asyncio.gather(*asked)

    async def _channel(self, client: AsyncWebClient, channel: str) -> Outcome:
        told, why = await _answer(client.conversations_info(channel=channel))
        if told is None:
            remedy = "name the channel's id (its address in Slack ends with it), and invite the bot"
            return _refused(f"the feed's channel {channel} is not shown", why, remedy)
        found: Mapping[str, Any] = told["channel"]
        name = f"#{found.get('name') or channel}"
        if found.get("is_archived"):
            return failed(f"{name} is archived", "name another channel in slack.feeds")
        if not found.get("is_member"):
            return failed(f"the bot is no member of {name}", "type there: /invite @smart")
        return ok(f"the bot is a member of {name}")

    async def command(self) -> Sequence[Outcome]:
        """Slack has no method that tells which commands an app has."""
        said = f"whether {self._model.command} is there cannot be asked for: Slack tells nobody"
        return [not_configured(said, f"type {self._model.command} help in Slack")]

    async def workspaces(self) -> Sequence[Outcome]:
        """Of each workspace that may install the app, whether it did."""
        from kubectl_smart.bot.slack.connecting import SLACK
        from kubectl_smart.bot.slack.installations import Installations
        from kubectl_smart.bot.slack.vault import Keys, Vault

        oauth = self._connection().oauth
        assert oauth is not None  # noqa: S101 - there are installations
        if not oauth.file.exists():
            said = f"nobody installed the app yet: there is no {oauth.file}"
            return [warning(said, f"open {oauth.url}/slack/install")]
        store = Installations(Vault(oauth.file, Keys(oauth.keys)), oauth.client_id)
        base = self._model.base_url or SLACK
        asked = [self._workspace(store, team, oauth.url, base) for team in self._model.teams]
        return await asyncio.gather(*asked)

    async def _workspace(self, store: Any, team: str, url: str, base: str) -> Outcome:
        from kubectl_smart.bot.slack.connecting import web_client

        install = f"open {url}/slack/install?team={team}"
        bot = await store.async_find_bot(enterprise_id=None, team_id=team)
        if bot is None or not bot.bot_token:
            return warning(f"the app is not installed in {team}", install)
        told, why = await _answer(web_client(bot.bot_token, base).auth_test())
        if told is None:
            return _refused(f"the token of {team} is not taken", why, f"install it anew: {install}")
        return ok(f"installed in {told['team']}, as {told['user']}")


def judged(
    granted: frozenset[str], needed: Mapping[str, str], optional: Mapping[str, str]
) -> Sequence[Outcome]:
    """What is missing, and what for."""
    anew = "add it under OAuth & Permissions, Scopes, then install the app anew"
    outcomes = [
        failed(f"{scope} is not granted, which is needed {purpose}", anew)
        for scope, purpose in needed.items()
        if scope not in granted
    ]
    outcomes += [
        warning(f"{scope} is not granted, which is good {purpose}", anew)
        for scope, purpose in optional.items()
        if scope not in granted
    ]
    return outcomes or [ok(f"all {len(needed) + len(optional)} of the manifest are granted")]


async def _answer(asked: Any) -> tuple[Any, _Why]:
    """The answer, or None and why not."""
    from slack_sdk.errors import SlackApiError

    from kubectl_smart.bot.slack.saying import TROUBLE, refusal

    try:
        return await asked, _Why("", refused=False)
    except TROUBLE as problem:
        return None, _Why(refusal(problem), refused=isinstance(problem, SlackApiError))


def _refused(what: str, why: _Why, remedy: str) -> Outcome:
    """Slack's refusal with its remedy, or that there was no way to Slack."""
    if why.refused:
        return failed(f"{what}: {why.word}", remedy)
    return failed(f"Slack is not reached ({why.word})", _LATE)


def _now() -> int:
    return time.time_ns() // 1_000
