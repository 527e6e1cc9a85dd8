"""Saying something so that it is heard: an answer that Slack refuses is said again in plain words.

A command is answered through its `response_url`, visible to whoever asked; a mention in the
thread it was made in. Each has one message, which is edited in place.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

_log = logging.getLogger(__name__)
_PLAIN = 3_000
"""Characters of the message that is left when everything else was refused."""
_HOSTS = ("hooks.slack.com", "hooks.slack-gov.com")

Blocks = Sequence[dict[str, Any]]


class Unheard(Exception):
    """Slack took nothing, not even plain words."""


class Voice(Protocol):
    """One place to say things in."""

    async def say(self, text: str, blocks: Blocks = (), *, anew: bool = False) -> None:
        """Say it in place of what was said before; `anew` below it. Unheard if that fails."""


class Answered:
    """Behind a command or a button: only whoever acted reads it.

    url    the payload's `response_url`
    local  that the address of a stand-in on this machine is accepted
    """

    def __init__(self, url: str, *, local: bool = False) -> None:
        host = urlsplit(url)
        trusted = host.scheme == "https" and host.hostname in _HOSTS
        if not trusted and not (local and host.hostname == "127.0.0.1"):
            raise Unheard(f"{host.hostname} is no address of Slack's")
        self._hook = AsyncWebhookClient(url)
        self._said = False

    async def say(self, text: str, blocks: Blocks = (), *, anew: bool = False) -> None:
        """Through the response URL."""
        replace, self._said = self._said and not anew, True
        for said, shown in _ways(text, blocks):
            answer = await self._hook.send(
                text=said,
                blocks=shown or None,
                response_type="ephemeral",
                replace_original=replace,
                unfurl_links=False,
                unfurl_media=False,
            )
            if answer.status_code == 200:
                return
            _log.warning("a response URL answered %s: %s", answer.status_code, answer.body[:200])
        raise Unheard(f"the response URL answered {answer.status_code}")


class InThread:
    """In a thread of a channel (or, without one, in the channel): everybody there reads it."""

    def __init__(self, client: AsyncWebClient, channel: str, thread: str | None) -> None:
        self._client = client
        self._channel = channel
        self._thread = thread
        self.message = ""
        """Its ts, once something was said."""

    async def say(self, text: str, blocks: Blocks = (), *, anew: bool = False) -> None:
        """As one message of the thread, edited in place, or as another one."""
        if anew or not self.message:
            self.message = await post(self._client, self._channel, self._thread, text, blocks)
            return
        for said, shown in _ways(text, blocks):
            try:
                await self._client.chat_update(
                    channel=self._channel, ts=self.message, text=said, blocks=shown
                )
            except SlackApiError as error:
                _log.warning("chat.update: %s", error.response.get("error"))
            else:
                return
        await post(self._client, self._channel, self._thread, text, ())


class OnlyFor:
    """For one person of a channel: a message that is not kept, and that nobody else sees.

    thread  the first message of the thread, and `ts` that of the one it is about. Where they are
            the same there may be no reply yet; Slack shows nothing in such a thread, so it goes to
            the channel.
    """

    def __init__(
        self, client: AsyncWebClient, channel: str, user: str, thread: str, ts: str
    ) -> None:
        self._client = client
        self._channel = channel
        self._user = user
        self._thread = thread if ts not in ("", thread) else None

    async def say(self, text: str, blocks: Blocks = (), *, anew: bool = False) -> None:
        """As a message of its own; such messages cannot be changed."""
        del anew
        for said, shown in _ways(text, blocks):
            try:
                await self._client.chat_postEphemeral(
                    channel=self._channel,
                    user=self._user,
                    thread_ts=self._thread,
                    text=said,
                    blocks=shown or None,
                    parse="none",
                )
            except SlackApiError as error:
                refused = str(error.response.get("error"))
                _log.warning("chat.postEphemeral: %s", refused)
            else:
                return
        raise Unheard("chat.postEphemeral was refused")


async def post(
    client: AsyncWebClient, channel: str, thread: str | None, text: str, blocks: Blocks
) -> str:
    """A new message of a channel or a thread; its ts. Unheard if Slack takes it in no form."""
    refused = ""
    for said, shown in _ways(text, blocks):
        try:
            answer = await client.chat_postMessage(
                channel=channel,
                thread_ts=thread,
                text=said,
                blocks=shown or None,
                unfurl_links=False,
                unfurl_media=False,
                parse="none",
            )
        except SlackApiError as error:
            refused = str(error.response.get("error"))
            _log.warning("chat.postMessage: %s", refused)
        else:
            return str(answer["ts"])
    raise Unheard(f"chat.postMessage answered {refused}")


def _ways(text: str, blocks: Blocks) -> list[tuple[str, list[dict[str, Any]]]]:
    """How to say it, and how if that is refused."""
    return [(text, list(blocks)), (_short(text), [])]


def _short(text: str) -> str:
    """The beginning, and that it is one."""
    cut = " … (the rest could not be shown here; ask in a terminal)"
    return text if len(text) <= _PLAIN else text[: _PLAIN - len(cut)] + cut
