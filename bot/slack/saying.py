"""Saying something so that it is heard: an answer that Slack refuses is said again in plain words.

A command is answered through its `response_url`, visible to whoever asked; a mention in the
thread it was made in. Each has one message, which is edited in place.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from secrets import token_urlsafe
from typing import Any, Protocol
from urllib.parse import urlsplit

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

_log = logging.getLogger(__name__)
_PLAIN = 3_000
"""Characters of the message that is left when everything else was refused."""
_HOSTS = ("hooks.slack.com", "hooks.slack-gov.com")

TROUBLE = (SlackClientError, ClientError, TimeoutError)
"""What a request to Slack can fail with: Slack's refusal, or the way to it."""
_PLAINLY = frozenset({"invalid_blocks", "msg_blocks_too_long", "msg_too_long", "ratelimited"})
"""Refusals after which nothing is there for certain, and plain words may be."""
Blocks = Sequence[dict[str, Any]]


class Unheard(Exception):
    """Slack took nothing, not even plain words."""


class Voice(Protocol):
    """One place to say things in.

    edits    whether what was said can still be put right there
    began    whether anything was said there
    message  the ts of what was said, where everybody reads it; else ""
    """

    @property
    def edits(self) -> bool:
        """As above."""

    @property
    def began(self) -> bool:
        """As above."""

    @property
    def message(self) -> str:
        """As above."""

    async def say(self, text: str, blocks: Blocks = (), *, anew: bool = False) -> None:
        """Say it in place of what was said before; `anew` below it. Unheard if that fails."""


class Answered:
    """Behind a command or a button: only whoever acted reads it.

    url    the payload's `response_url`
    local  that the address of a stand-in on this machine is accepted
    otherwise  where it is said when the address takes nothing any more, after half an hour
    """

    def __init__(self, url: str, *, local: bool = False, otherwise: Voice | None = None) -> None:
        host = urlsplit(url)
        trusted = host.scheme == "https" and host.hostname in _HOSTS
        if not trusted and not (local and host.hostname == "127.0.0.1"):
            raise Unheard(f"{host.hostname} is no address of Slack's")
        self._hook = AsyncWebhookClient(
            url, retry_handlers=[AsyncRateLimitErrorRetryHandler(max_retry_count=2)]
        )
        self._otherwise = otherwise
        self.edits = True
        self.began = False
        self.message = ""

    async def say(self, text: str, blocks: Blocks = (), *, anew: bool = False) -> None:
        """Through the response URL."""
        replace, self.began = self.began and not anew, True
        for said, shown in _ways(text, blocks):
            try:
                answer = await self._hook.send(
                    text=said,
                    blocks=shown or None,
                    response_type="ephemeral",
                    replace_original=replace,
                    unfurl_links=False,
                    unfurl_media=False,
                )
            except TROUBLE as problem:
                _log.warning("a response URL: %s", type(problem).__name__)
                replace = True  # perhaps it was taken all the same: then it is not said twice
                continue
            if answer.status_code == 200 and '"ok":false' not in answer.body.replace(" ", ""):
                return
            replace = replace or answer.status_code >= 500
            _log.warning("a response URL answered %s", answer.status_code)
        if self._otherwise is None:
            raise Unheard("the response URL takes nothing")
        self.edits = False
        await self._otherwise.say(text, blocks, anew=anew)


class InThread:
    """In a thread of a channel (or, without one, in the channel): everybody there reads it."""

    def __init__(self, client: AsyncWebClient, channel: str, thread: str | None) -> None:
        self._client = client
        self._channel = channel
        self._thread = thread
        self.edits = True
        self.message = ""
        """Its ts, once something was said."""

    @property
    def began(self) -> bool:
        """See Voice."""
        return bool(self.message)

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
            except TROUBLE as problem:
                _log.warning("chat.update: %s", refusal(problem))
            else:
                return
        self.message = await post(self._client, self._channel, self._thread, text, ())


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
        self.edits = False
        self.began = False
        self.message = ""

    async def say(self, text: str, blocks: Blocks = (), *, anew: bool = False) -> None:
        """As a message of its own; such messages cannot be changed."""
        del anew
        self.began = True
        for said, shown in _ways(text, blocks):
            try:
                await self._client.chat_postEphemeral(
                    channel=self._channel,
                    user=self._user,
                    thread_ts=self._thread or None,
                    text=said,
                    blocks=shown or None,
                    parse="none",
                )
            except TROUBLE as problem:
                _log.warning("chat.postEphemeral: %s", refusal(problem))
            else:
                return
        raise Unheard("chat.postEphemeral was refused")


async def post(
    client: AsyncWebClient, channel: str, thread: str | None, text: str, blocks: Blocks
) -> str:
    """A new message of a channel or a thread; its ts. Unheard if Slack takes it in no form.

    When no answer came the message is looked for before it is sent again: by the name that its
    first block has. Without blocks, or where the channel may not be read, it may be there twice.
    """
    refused, name = "", token_urlsafe(12)
    for said, shown in _ways(text, _named(blocks, name)):
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
        except TROUBLE as problem:
            refused = refusal(problem)
            _log.warning("chat.postMessage: %s", refused)
            there = "" if refused in _PLAINLY else await _found(client, channel, thread, name)
            if there:
                return there
        else:
            return str(answer["ts"])
    raise Unheard(f"chat.postMessage answered {refused}")


def refusal(problem: Exception) -> str:
    """Slack's own word for why it did not do something, or what happened on the way."""
    if isinstance(problem, SlackApiError):
        told = getattr(problem.response, "data", problem.response)
        return str(told.get("error")) if isinstance(told, dict) else "no answer"
    return type(problem).__name__


def _named(blocks: Blocks, name: str) -> Blocks:
    return [{"block_id": name, **blocks[0]}, *blocks[1:]] if blocks else ()


async def _found(client: AsyncWebClient, channel: str, thread: str | None, name: str) -> str:
    """The ts of the message whose first block has this name; "" if Slack shows none."""
    try:
        if thread:
            told = await client.conversations_replies(channel=channel, ts=thread, limit=999)
        else:
            told = await client.conversations_history(channel=channel, limit=15)
    except TROUBLE as problem:
        _log.warning("a message was looked for: %s", refusal(problem))
        return ""
    for one in told["messages"]:
        if any(block.get("block_id") == name for block in one.get("blocks") or ()):
            return str(one["ts"])
    return ""


def _ways(text: str, blocks: Blocks) -> list[tuple[str, list[dict[str, Any]]]]:
    """How to say it, and how if that is refused."""
    return [(text, list(blocks)), (_short(text), [])]


def _short(text: str) -> str:
    """The beginning, and that it is one."""
    cut = " … (the rest could not be shown here; ask in a terminal)"
    return text if len(text) <= _PLAIN else text[: _PLAIN - len(cut)] + cut
