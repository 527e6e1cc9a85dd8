"""Several workspaces from one bot: how they install the app, and the part of the configuration.

The flow is Slack's OAuth 2.0: `/slack/install` leads to Slack, which asks whoever installs and
sends them back to `/slack/oauth_redirect` with a code that is good for one token. Only workspaces
that the configuration names are kept. https://docs.slack.dev/authentication/installing-with-oauth
"""

from __future__ import annotations

import html
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from slack_bolt.error import BoltError
from slack_bolt.oauth.async_callback_options import (
    AsyncCallbackOptions,
    AsyncFailureArgs,
    AsyncSuccessArgs,
)
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.web.async_client import AsyncWebClient

from kubectl_smart.bot.configuring import Strict
from kubectl_smart.bot.slack.credentials import Secret, secret
from kubectl_smart.bot.slack.installations import STATE_LASTS, Installations, States
from kubectl_smart.bot.slack.manifest import CHANNEL_SCOPES, OPTIONAL_SCOPES, REDIRECT, SCOPES
from kubectl_smart.bot.slack.saying import TROUBLE, refusal
from kubectl_smart.memory.records.errors import SmartError

_log = logging.getLogger(__name__)
INSTALL = "/slack/install"
_WHY = {
    "access_denied": "You did not allow it. Nothing was installed.",
    "invalid_browser": "The installation was begun in another browser.",
    "invalid_state": f"The installation took more than {STATE_LASTS // 60} minutes, or is done.",
    "missing_code": "Slack sent no code along.",
    "invalid_code": "Slack does not take the code any more.",
}


class NotServed(BoltError):
    """The workspace is not among those the configuration names."""


class InstallationsModel(Strict):
    """The part `slack.installations`."""

    url: str = Field(description="public address of the bot, https://…, without a path")
    client_id: str = Field(description="of the app, under Basic Information")
    client_secret: Secret = Field(description="of the app, the same place")
    keys: Secret = Field(description="what seals the tokens, the newest key first; see `slack key`")
    file: str = Field(default="", description="of the sealed tokens; else beside the memory")

    @field_validator("url")
    @classmethod
    def _an_address(cls, given: str) -> str:
        found = urlsplit(given)
        local = found.scheme == "http" and found.hostname == "127.0.0.1"
        if not (found.scheme == "https" or local) or not found.netloc or found.path.strip("/"):
            raise ValueError("write https:// and the host that Slack reaches, without a path")
        return given.rstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth:
    """What the flow needs. Its secrets are shown by no repr.

    url     public address of the bot
    keys    text of `vault.Keys`
    scopes  that are asked for
    """

    url: str
    client_id: str
    client_secret: str
    keys: str
    file: Path
    scopes: tuple[str, ...] = (*SCOPES, *OPTIONAL_SCOPES)

    def __repr__(self) -> str:
        return f"OAuth(url={self.url!r}, client_id={self.client_id!r})"


def oauth(
    model: InstallationsModel | None,
    memory: Path,
    environment: Mapping[str, str],
    *,
    incident_channels: bool = False,
) -> OAuth | None:
    """The secrets read; None for one workspace. BadInput if one is not where the file says."""
    if model is None:
        return None
    beside = memory / "smart" / "installations.sqlite"
    return OAuth(
        url=model.url,
        client_id=model.client_id,
        client_secret=secret(model.client_secret, "installations.client_secret", environment),
        keys=secret(model.keys, "installations.keys", environment),
        file=Path(model.file).expanduser() if model.file else beside,
        scopes=(*SCOPES, *OPTIONAL_SCOPES, *(CHANNEL_SCOPES if incident_channels else ())),
    )


class Flow(AsyncOAuthFlow):
    """Bolt's flow, for workspaces that are served."""

    def __init__(
        self,
        how: OAuth,
        store: Installations,
        states: States,
        teams: frozenset[str],
        client: AsyncWebClient,
        authorize_url: str,
    ) -> None:
        """`client` for Slack or a stand-in; `authorize_url` is the page that asks people there."""
        super().__init__(
            client=client,
            logger=_log,
            settings=AsyncOAuthSettings(
                client_id=how.client_id,
                client_secret=how.client_secret,
                scopes=sorted(how.scopes),
                user_scopes=[],
                redirect_uri=f"{how.url}{REDIRECT}",
                install_path=INSTALL,
                redirect_uri_path=REDIRECT,
                install_page_rendering_enabled=False,
                authorization_url=authorize_url,
                callback_options=AsyncCallbackOptions(_succeeded, _failed),
                installation_store=store,
                state_store=states,
                state_expiration_seconds=STATE_LASTS,
                logger=_log,
            ),
        )
        self._teams = teams

    async def run_installation(self, code: str) -> Installation | None:
        """The installation a code is good for; None if Slack does not take it, or cannot say."""
        try:
            return await super().run_installation(code)
        except TROUBLE as problem:
            _log.warning("oauth.v2.access: %s", refusal(problem))
            return None

    async def store_installation(
        self, request: AsyncBoltRequest, installation: Installation
    ) -> None:
        """Keep it. NotServed for a workspace that is not: no token of it is left.

        BoltError, in words, if it cannot be kept.
        """
        if installation.team_id not in self._teams:
            try:
                await self.client.auth_revoke(token=installation.bot_token)
            except TROUBLE as problem:
                _log.warning("auth.revoke: %s", refusal(problem))
            raise NotServed(
                f"The workspace {installation.team_id} is not among those this bot serves."
            )
        try:
            await super().store_installation(request, installation)
        except SmartError as problem:
            raise BoltError(f"It could not be kept: {problem.message}.") from problem
        _log.info("installed in %s by %s", installation.team_id, installation.user_id)


async def _succeeded(told: AsyncSuccessArgs) -> BoltResponse:
    name = told.installation.team_name or told.installation.team_id or "your workspace"
    return _page(200, "Installed", f"The bot is in {name}. Invite it into a channel and ask it.")


async def _failed(told: AsyncFailureArgs) -> BoltResponse:
    why = str(told.error) if told.error is not None else _WHY.get(told.reason, told.reason)
    status = 403 if isinstance(told.error, NotServed) else told.suggested_status_code
    return _page(status, "Not installed", why, again=True)


def _page(status: int, title: str, sentence: str, *, again: bool = False) -> BoltResponse:
    more = f' <a href="{INSTALL}">Begin again</a>' if again else ""
    body = (
        f"<!doctype html><meta charset=utf-8><title>{title}</title>"
        f"<h1>{title}</h1><p>{html.escape(sentence)}{more}</p>"
    )
    return BoltResponse(
        status=status,
        body=body,
        headers={"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"},
    )
