"""chat.*: posting, changing, deleting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubectl_smart.bot.console import access, shapes
from kubectl_smart.bot.console.arguments import is_true
from kubectl_smart.bot.console.images import check_files
from kubectl_smart.bot.console.limits import error_body, message_faults
from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.refusals import Refusal
from kubectl_smart.bot.console.workspace import Channel, Message

Arguments = Mapping[str, Any]


def post_message(slack: Platform, given: Arguments) -> dict[str, Any]:
    """chat.postMessage."""
    access.may_pose(slack.app, given)
    channel = access.writable(slack.workspace, slack.app, given["channel"])
    thread = access.parent_of(channel, given.get("thread_ts"))
    check(slack, given, update=False)
    slack.rates.post(channel.id)
    message = slack.post(_message(slack, channel, given, thread))
    return _posted(slack, message)


def post_ephemeral(slack: Platform, given: Arguments) -> dict[str, Any]:
    """chat.postEphemeral. In a thread it is shown only where somebody replied before."""
    access.may_pose(slack.app, given)
    channel = access.writable(slack.workspace, slack.app, given["channel"])
    if given["user"] not in channel.members:
        raise Refusal("user_not_in_channel")
    thread = access.parent_of(channel, given.get("thread_ts"))
    check(slack, given, update=False)
    slack.rates.post(channel.id)
    message = _message(slack, channel, given, thread)
    message.only_for, message.metadata = str(given["user"]), None
    if thread is not None and len(channel.thread(thread)) < 2:
        slack.journal.complain("an ephemeral message in a thread without replies is not shown")
    else:
        slack.post(message)
    return {"ok": True, "message_ts": message.ts}


def update(slack: Platform, given: Arguments) -> dict[str, Any]:
    """chat.update: what is left out keeps its value, but new text takes old blocks away."""
    channel = access.writable(slack.workspace, slack.app, given["channel"])
    message = access.message_of(channel, given["ts"])
    if message.bot != slack.app.bot:
        raise Refusal("cant_update_message")
    check(slack, given, update=True)
    revise(slack, message, given)
    return _posted(slack, message)


def revise(slack: Platform, message: Message, given: Arguments) -> None:
    """Other words and blocks in its place; who sees it is told, if that is everybody."""
    before = shapes.message_json(slack.workspace, message)
    message.text = str(given.get("text") or given.get("markdown_text") or "")
    message.metadata = given.get("metadata", message.metadata) or None
    message.blocks = slack.named(given.get("blocks"))
    message.edited = (message.user, slack.workspace.next_ts())
    slack.workspace.put(message)
    if message.only_for is None:
        slack.message_event(message, changed(slack, message, before))


def delete(slack: Platform, given: Arguments) -> dict[str, Any]:
    """chat.delete."""
    channel = access.writable(slack.workspace, slack.app, given["channel"])
    message = access.message_of(channel, given["ts"])
    if message.bot != slack.app.bot:
        raise Refusal("cant_delete_message")
    remove(slack, message)
    return {"ok": True, "channel": channel.id, "ts": message.ts}


def get_permalink(slack: Platform, given: Arguments) -> dict[str, Any]:
    """chat.getPermalink."""
    channel = access.channel_of(slack.workspace, slack.app, given["channel"])
    message = access.message_of(channel, given["message_ts"])
    link = shapes.permalink(slack.workspace, message)
    return {"ok": True, "channel": channel.id, "permalink": link}


def check(slack: Platform, given: Arguments, *, update: bool) -> None:
    """Refusal, with Slack's pointers, if the words or blocks are not as Slack wants them."""
    error, faults = message_faults(given, update=update)
    if error:
        raise Refusal(error, more=_without_error(error_body(error, faults)))
    check_files(slack, given.get("blocks") or ())


def changed(slack: Platform, message: Message, before: Mapping[str, Any]) -> dict[str, Any]:
    """The event of an edit."""
    return {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "message": shapes.message_json(slack.workspace, message),
        "previous_message": dict(before),
        "ts": slack.workspace.next_ts(),
    }


def remove(slack: Platform, message: Message) -> None:
    """Take a message away; one with replies leaves a stone behind, as in Slack."""
    before = shapes.message_json(slack.workspace, message)
    channel = slack.workspace.channels[message.channel]
    if len(channel.thread(message.ts)) > 1:
        message.subtype, message.text = "tombstone", "This message was deleted."
        message.user, message.bot, message.app, message.blocks = slack.slackbot, None, None, []
        message.metadata, message.edited = None, None
        message.files, message.reactions = [], {}
        slack.workspace.put(message)
        slack.message_event(message, changed(slack, message, before))
        return
    slack.workspace.remove(message)
    slack.message_event(
        message,
        {
            "type": "message",
            "subtype": "message_deleted",
            "hidden": True,
            "deleted_ts": message.ts,
            "previous_message": before,
            "ts": slack.workspace.next_ts(),
        },
    )


def _message(slack: Platform, channel: Channel, given: Arguments, thread: str | None) -> Message:
    if is_true(given.get("reply_broadcast")):
        slack.journal.complain("reply_broadcast: a reply was sent to the whole channel")
    return slack.own(
        channel.id,
        given.get("text") or given.get("markdown_text"),
        blocks=slack.named(given.get("blocks")),
        thread_ts=thread,
        metadata=given.get("metadata"),
    )


def _posted(slack: Platform, message: Message) -> dict[str, Any]:
    return {
        "ok": True,
        "channel": message.channel,
        "ts": message.ts,
        "message": shapes.message_json(slack.workspace, message, metadata=True),
    }


def _without_error(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in ("ok", "error")}
