"""The workspaces one bot serves: whose token it speaks with, who comes and who goes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.authorization.async_authorize import AsyncInstallationStoreAuthorize
from slack_sdk.web.async_client import AsyncWebClient

from kubectl_smart.bot.slack.connecting import SLACK, web_client
from kubectl_smart.bot.slack.installations import Installations, States
from kubectl_smart.bot.slack.installing import INSTALL, Flow, OAuth
from kubectl_smart.bot.slack.manifest import REDIRECT
from kubectl_smart.bot.slack.saying import TROUBLE, Unheard, refusal
from kubectl_smart.bot.slack.vault import Keys, Vault

_log = logging.getLogger(__name__)
UNINSTALLED, REVOKED = "app_uninstalled", "tokens_revoked"
_REMOVED = frozenset({"account_inactive", "token_revoked"})
"""What `auth.test` says of a token that will never work again."""


class Workspaces:
    """The installations of one app, and the pages that make more of them.

    teams     ids of the workspaces that may install it
    base_url  of Slack's Web API, or a stand-in's
    """

    def __init__(self, how: OAuth, teams: frozenset[str], base_url: str = SLACK) -> None:
        """BadInput if the file or the keys are of no use."""
        vault = Vault(how.file, Keys(how.keys))
        self._teams = teams
        self._base_url = base_url
        self._store = Installations(vault, how.client_id)
        self._client = web_client(None, base_url)
        host = urlsplit(base_url)
        page = f"{host.scheme}://{host.netloc}/oauth/v2/authorize"
        self._flow = Flow(how, self._store, States(vault), teams, self._client, page)
        self.missing = f"The app is not installed here. Open {how.url}{INSTALL} to install it."

    @property
    def authorize(self) -> AsyncInstallationStoreAuthorize:
        """For Bolt: the token of the workspace a delivery is from, renewed where tokens expire."""
        settings = self._flow.settings
        return AsyncInstallationStoreAuthorize(
            logger=_log,
            installation_store=self._store,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            bot_only=True,
            cache_enabled=True,
            client=self._client,
        )

    async def client(self, team: str) -> AsyncWebClient:
        """A client for one workspace. Unheard if the app is not installed there."""
        bot = await self._store.async_find_bot(enterprise_id=None, team_id=team)
        if bot is None or not bot.bot_token:
            raise Unheard(f"the app is not installed in {team}")
        return web_client(bot.bot_token, self._base_url)

    async def serves(self, team: str) -> bool:
        """Whether the app is installed there, as far as is known."""
        return await self._store.async_find_bot(enterprise_id=None, team_id=team) is not None

    async def present(self) -> list[str]:
        """As whom it speaks in each workspace, in words.

        Forgets those that removed the app while no bot was there to be told of it.
        """
        return list(await asyncio.gather(*(self._introduced(team) for team in sorted(self._teams))))

    async def _introduced(self, team: str) -> str:
        try:
            told = await (await self.client(team)).auth_test()
        except Unheard:
            return f"not installed in {team}"
        except TROUBLE as problem:
            why = refusal(problem)
            if why not in _REMOVED:
                return f"Slack does not say whether the app is installed in {team} ({why})"
            await self._store.async_delete_all(enterprise_id=None, team_id=team)
            return f"no longer installed in {team} ({why}); what was kept of it is deleted"
        return f"connected as {told['user']} in {told['team']}"

    async def gone(self, kind: str, body: Mapping[str, Any]) -> None:
        """UNINSTALLED or REVOKED was heard: forget what no longer works.

        Slack repeats what was not heard for minutes or hours. What happened before the installation
        that is kept was made, by Slack's clock and ours, was about a former one.
        """
        team = str(body.get("team_id") or "")
        bot = await self._store.async_find_bot(enterprise_id=None, team_id=team)
        if bot is not None and body.get("event_time", bot.installed_at) < int(bot.installed_at):
            _log.warning("it was about a former installation in %s, so nothing is deleted", team)
            return
        if kind == UNINSTALLED:
            await self._store.async_delete_all(enterprise_id=None, team_id=team)
        tokens = (body.get("event") or {}).get("tokens") or {}
        if tokens.get("bot"):
            await self._store.async_delete_bot(enterprise_id=None, team_id=team)
        for user in tokens.get("oauth") or ():
            await self._store.async_delete_installation(
                enterprise_id=None, team_id=team, user_id=str(user)
            )

    def add_pages(self, site: web.Application) -> None:
        """The two addresses of the flow."""
        site.router.add_get(INSTALL, self._install)
        site.router.add_get(REDIRECT, self._installed)

    async def _install(self, request: web.Request) -> web.StreamResponse:
        answer = await self._flow.handle_installation(await to_bolt_request(request))
        return await to_aiohttp_response(answer)

    async def _installed(self, request: web.Request) -> web.StreamResponse:
        answer = await self._flow.handle_callback(await to_bolt_request(request))
        return await to_aiohttp_response(answer)
