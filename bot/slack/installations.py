"""Who installed the app: the installations of several workspaces, each token kept once, sealed.

An implementation of slack_sdk's AsyncInstallationStore, for Bolt. Only the newest installation of
each person and the newest bot of each workspace are kept: what is replaced or deleted is gone. That
uninstalling the app and revoking its tokens deletes here, Bolt has to be told:
`AsyncApp.enable_token_revocation_listeners()`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from secrets import token_urlsafe
from typing import Any

import orjson
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from kubectl_smart.bot.slack.vault import Vault

_log = logging.getLogger(__name__)

STATE_LASTS = 600
"""Seconds somebody has between the first and the last page of an installation."""

_OF_THE_BOT = (
    "bot_token",
    "bot_id",
    "bot_user_id",
    "bot_scopes",
    "bot_refresh_token",
    "bot_token_expires_at",
)
"""Kept with the bot only, so that a revoked bot token is nowhere else."""


class Installations(AsyncInstallationStore):
    """The installations of one app in a vault.

    An id of None means none: with `is_enterprise_install` or without a team the whole organisation
    is meant, as in slack_sdk. The errors are those of `Vault`.
    """

    def __init__(self, vault: Vault, client_id: str) -> None:
        self._vault = vault
        self._client_id = client_id

    @property
    def logger(self) -> logging.Logger:
        """Nothing secret is ever logged to it."""
        return _log

    async def async_save(self, installation: Installation) -> None:
        """Keep an installation and its bot, in place of what the person installed before."""
        await asyncio.to_thread(self._save, installation)

    async def async_save_bot(self, bot: Bot) -> None:
        """Keep a bot in place of the workspace's former one; one without a token is not kept."""
        await asyncio.to_thread(self._save_bot, bot)

    async def async_find_bot(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        is_enterprise_install: bool | None = False,
    ) -> Bot | None:
        """The bot of a workspace or organisation; None if there is none."""
        team = self._team(enterprise_id, None if is_enterprise_install else team_id)
        found = await asyncio.to_thread(self._find, "bot", team, None)
        return None if found is None else Bot(**found)

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        """A person's installation, without `user_id` the newest; with the bot there is now."""
        team = self._team(enterprise_id, None if is_enterprise_install else team_id)
        found = await asyncio.to_thread(self._find, "installation", team, user_id)
        if found is None:
            return None
        bot = await asyncio.to_thread(self._find, "bot", team, None) or {}
        return Installation(**found | {name: bot[name] for name in _OF_THE_BOT if name in bot})

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Forget the bot of a workspace or organisation."""
        team = self._team(enterprise_id, team_id)
        await asyncio.to_thread(self._delete, "bot", team, None)

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        """Forget a person's installation; without `user_id` everybody's of the workspace."""
        team = self._team(enterprise_id, team_id)
        await asyncio.to_thread(self._delete, "installation", team, user_id)

    async def async_delete_all(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Forget everything of a workspace or organisation, at once."""
        team = self._team(enterprise_id, team_id)
        await asyncio.to_thread(self._delete, None, team, None)

    # --- the vault, in a thread -------------------------------------------------------------

    def _team(self, enterprise: str | None, team: str | None) -> bytes:
        """A workspace's id is enough; an organisation that installed as a whole has none."""
        which = ("team", team) if team else ("enterprise", enterprise or "")
        return self._vault.name("team", self._client_id, *which)

    def _save(self, installation: Installation) -> None:
        whole = vars(installation)
        kept = {name: value for name, value in whole.items() if name not in _OF_THE_BOT}
        team = None if installation.is_enterprise_install else installation.team_id
        place = self._team(installation.enterprise_id, team)
        with self._vault.transaction() as database:
            self._put(database, "installation", place, installation.user_id, kept)
            if installation.bot_token is not None:
                self._put(database, "bot", place, "", vars(installation.to_bot()))

    def _save_bot(self, bot: Bot) -> None:
        if not bot.bot_token:
            return
        team = None if bot.is_enterprise_install else bot.team_id
        with self._vault.transaction() as database:
            self._put(database, "bot", self._team(bot.enterprise_id, team), "", vars(bot))

    def _put(self, database: Any, kind: str, team: bytes, user: str, what: dict[str, Any]) -> None:
        key, sealed = self._vault.seal(orjson.dumps([kind, what]))
        database.execute(
            "INSERT OR REPLACE INTO entry (kind, team, name, number, key, sealed) VALUES"
            " (?, ?, ?, (SELECT coalesce(max(number), 0) + 1 FROM entry), ?, ?)",
            (kind, team, self._vault.name("user", user), key, sealed),
        )

    def _find(self, kind: str, team: bytes, user: str | None) -> dict[str, Any] | None:
        name = None if user is None else self._vault.name("user", user)
        with self._vault.transaction() as database:
            row = database.execute(
                "SELECT key, sealed FROM entry WHERE kind = ? AND team = ?"
                " AND (? IS NULL OR name = ?) ORDER BY number DESC LIMIT 1",
                (kind, team, name, name),
            ).fetchone()
        if row is None:
            return None
        found: dict[str, Any] = orjson.loads(self._vault.unseal(*row))[1]
        return found

    def _delete(self, kind: str | None, team: bytes, user: str | None) -> None:
        name = None if user is None else self._vault.name("user", user)
        with self._vault.transaction() as database:
            database.execute(
                "DELETE FROM entry WHERE team = ? AND (? IS NULL OR kind = ?)"
                " AND (? IS NULL OR name = ?)",
                (team, kind, kind, name, name),
            )


class States(AsyncOAuthStateStore):
    """The `state` of each installation under way: good for one use, and not for long."""

    def __init__(self, vault: Vault, clock: Callable[[], float] = time.time) -> None:
        """Keep them in a vault; `clock` gives seconds since 1970-01-01 UTC."""
        self._vault = vault
        self._clock = clock

    @property
    def logger(self) -> logging.Logger:
        """Nothing secret is ever logged to it."""
        return _log

    async def async_issue(self, *_: object, **__: object) -> str:
        """A new state."""
        return await asyncio.to_thread(self._issue)

    async def async_consume(self, state: str) -> bool:
        """Whether it was issued, is not too old, and was not used before; now it is used."""
        return await asyncio.to_thread(self._consume, state)

    def _issue(self) -> str:
        state = token_urlsafe(32)
        now = int(self._clock())
        with self._vault.transaction() as database:
            database.execute("DELETE FROM state WHERE until <= ?", (now,))
            database.execute(
                "INSERT INTO state (name, until) VALUES (?, ?)",
                (self._vault.name("state", state), now + STATE_LASTS),
            )
        return state

    def _consume(self, state: str) -> bool:
        name = self._vault.name("state", state)
        with self._vault.transaction() as database:
            used = database.execute(
                "DELETE FROM state WHERE name = ? RETURNING until", (name,)
            ).fetchall()
        return bool(used) and int(self._clock()) < int(used[0][0])
