"""What an app says through a response URL, or in its acknowledgement of a command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubectl_smart.bot.console import access
from kubectl_smart.bot.console.arguments import is_true
from kubectl_smart.bot.console.calls_chat import check, remove, revise
from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.refusals import Refusal
from kubectl_smart.bot.console.tickets import ResponseUrl
from kubectl_smart.bot.console.workspace import Message

_KNOWN = frozenset(
    {
        "text",
        "blocks",
        "attachments",
        "response_type",
        "replace_original",
        "delete_original",
        "thread_ts",
        "unfurl_links",
        "unfurl_media",
        "mrkdwn",
        "metadata",
    }
)


def respond(slack: Platform, name: str, given: Mapping[str, Any]) -> None:
    """Through a response URL. Refusal when it is used up or too old, or for faults."""
    for argument in sorted(given.keys() - _KNOWN):
        slack.journal.complain(f"a response URL knows no {argument}")
    url = slack.tickets.respond(name)
    if is_true(given.get("delete_original")):
        original = slack.workspace.find(url.channel, url.origin)
        if original is None:
            slack.journal.complain("delete_original: there is no original")
        elif original.only_for is None:
            remove(slack, original)
        else:
            slack.workspace.remove(original)
        return
    check(slack, given, update=False)
    original = slack.workspace.find(url.channel, url.origin)
    if is_true(given.get("replace_original")) and original is not None:
        if original.bot != slack.app.bot:
            raise Refusal("cant_update_message", status=404)
        revise(slack, original, given)
        return
    url.origin = say(slack, url, given).ts


def say(slack: Platform, url: ResponseUrl, given: Mapping[str, Any]) -> Message:
    """A new message, to one person unless it says `in_channel`.

    One for everybody goes to a thread only if it names it; one for a person stays where they were.
    """
    kind = given.get("response_type", "ephemeral")
    if kind not in ("ephemeral", "in_channel"):
        raise Refusal("invalid_response_type", status=400)
    channel = slack.workspace.channels[url.channel]
    thread = access.parent_of(channel, given.get("thread_ts"))
    if kind == "ephemeral":
        thread = thread or url.thread
    message = slack.own(
        url.channel,
        given.get("text"),
        blocks=slack.named(given.get("blocks")),
        thread_ts=thread,
        only_for=url.user if kind == "ephemeral" else None,
    )
    return slack.post(message)
