"""files.*: the upload in three steps that Slack has; the bytes come to an address of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubectl_smart.bot.console import access, calls_chat, shapes
from kubectl_smart.bot.console.arguments import invalid
from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.refusals import Refusal
from kubectl_smart.bot.console.workspace import File

Arguments = Mapping[str, Any]
LONGEST_ALT_TEXT = 1_000
LARGEST_SNIPPET = 1_000_000


def get_upload_url(slack: Platform, given: Arguments) -> dict[str, Any]:
    """files.getUploadURLExternal."""
    alt_text = str(given.get("alt_txt") or "")
    if len(alt_text) > LONGEST_ALT_TEXT:
        raise Refusal("alt_txt_too_large")
    told = str(given["length"])
    if not told.isdecimal() or int(told) == 0:
        raise invalid("must provide an integer above 0 [json-pointer:/length]")
    length = int(told)
    if given.get("snippet_type") and length > LARGEST_SNIPPET:
        raise Refusal("snippet_too_large")
    file = File(
        id=slack.workspace.next_id("F"),
        name=str(given["filename"]),
        length=length,
        user=slack.app.bot_user,
        alt_text=alt_text,
    )
    slack.workspace.files[file.id] = file
    return {"ok": True, "upload_url": f"{slack.base}/upload/{file.id}", "file_id": file.id}


def receive(slack: Platform, identity: str, content: bytes) -> None:
    """The bytes of an upload. Refusal for an unknown one and for more or fewer than announced."""
    file = slack.workspace.files.get(identity)
    if file is None or file.content is not None:
        raise Refusal("file_not_found", status=404)
    if len(content) != file.length:
        raise Refusal("file_upload_size_restricted", status=400)
    file.content = content


def complete(slack: Platform, given: Arguments) -> dict[str, Any]:
    """files.completeUploadExternal: shared in a channel, or kept for the bot."""
    files = [_uploaded(slack, one) for one in _listed(given["files"])]
    wanted = given.get("channel_id") or given.get("channels")
    if given.get("thread_ts") and (not wanted or "," in str(wanted)):
        raise invalid("thread_ts needs one channel [json-pointer:/thread_ts]")
    access.may_pose(slack.app, given)
    if given.get("blocks"):
        calls_chat.check(slack, {"blocks": given["blocks"]}, update=False)
    if wanted:
        channel = access.writable(slack.workspace, slack.app, wanted)
        thread = access.parent_of(channel, given.get("thread_ts"))
        slack.rates.post(channel.id)
    for file, title in files:
        file.title = title
        file.complete = True
        file.ready_at = slack.workspace.now() + slack.file_delay
        if wanted:
            file.channels.append(channel.id)
    if wanted:
        slack.post(
            slack.own(
                channel.id,
                given.get("initial_comment"),
                blocks=slack.named(() if given.get("initial_comment") else given.get("blocks")),
                thread_ts=thread,
                files=[file.id for file, _ in files],
                subtype="file_share",
            )
        )
    told = [shapes.file_json(slack.workspace, file) for file, _ in files]
    return {"ok": True, "files": told}


def info(slack: Platform, given: Arguments) -> dict[str, Any]:
    """files.info."""
    file = slack.workspace.files.get(str(given["file"]))
    if file is None or not file.complete:
        raise Refusal("file_not_found")
    return {"ok": True, "file": shapes.file_json(slack.workspace, file)}


def _listed(files: object) -> list[Mapping[str, Any]]:
    if not isinstance(files, list) or not files:
        raise Refusal("invalid_arguments")
    listed = [one for one in files if isinstance(one, Mapping)]
    if len(listed) != len(files):
        raise Refusal("invalid_arguments")
    return listed


def _uploaded(slack: Platform, told: Mapping[str, Any]) -> tuple[File, str]:
    file = slack.workspace.files.get(str(told.get("id")))
    if file is None or file.content is None or file.complete:
        raise Refusal("file_not_found")
    return file, str(told.get("title") or file.name)
