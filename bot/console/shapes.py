"""Users, channels, messages, files and views as Slack writes them in JSON."""

from __future__ import annotations

from typing import Any

from kubectl_smart.bot.console.workspace import Channel, File, Message, User, View, Workspace


def user_json(workspace: Workspace, user: User) -> dict[str, Any]:
    """As users.info tells it."""
    return {
        "id": user.id,
        "team_id": user.team,
        "name": user.name,
        "deleted": user.deleted,
        "real_name": user.real_name,
        "tz": "Etc/UTC",
        "tz_offset": 0,
        "profile": {"real_name": user.real_name, "display_name": user.name, "team": user.team},
        "is_bot": user.is_bot,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": user.is_ultra_restricted,
        "is_stranger": user.team != workspace.team,
        "is_app_user": False,
    }


def channel_json(workspace: Workspace, channel: Channel, viewer: str) -> dict[str, Any]:
    """As conversations.info tells it to a member or somebody who is none."""
    told: dict[str, Any] = {
        "id": channel.id,
        "is_im": channel.kind == "im",
        "is_mpim": False,
        "is_channel": channel.kind == "public",
        "is_group": channel.kind == "private",
        "is_private": channel.kind != "public",
        "is_archived": channel.archived,
        "is_ext_shared": channel.shared,
        "is_shared": channel.shared,
        "is_org_shared": False,
        "is_pending_ext_shared": False,
        "context_team_id": workspace.team,
    }
    if channel.kind == "im":
        other = next((one for one in sorted(channel.members) if one != viewer), viewer)
        return {**told, "user": other}
    return {
        **told,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_member": viewer in channel.members,
        "num_members": len(channel.members),
        "topic": {"value": channel.topic},
    }


def message_json(
    workspace: Workspace, message: Message, *, metadata: bool = False
) -> dict[str, Any]:
    """As it stands in a history or an event; its metadata only where asked for."""
    told: dict[str, Any] = {
        "type": "message",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "team": workspace.team,
    }
    if message.subtype:
        told["subtype"] = message.subtype
    if message.blocks:
        told["blocks"] = message.blocks
    if message.bot:
        told |= {"bot_id": message.bot, "app_id": message.app}
        told["bot_profile"] = _bot_profile(workspace, message)
    if metadata and message.metadata:
        told["metadata"] = message.metadata
    if message.thread_ts:
        told["thread_ts"] = message.thread_ts
    channel = workspace.channels[message.channel]
    replies = [] if message.only_for else channel.thread(message.ts)[1:]
    if replies and message.thread_ts in (None, message.ts):
        users = list(dict.fromkeys(one.user for one in replies))
        told |= {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users": users,
            "latest_reply": replies[-1].ts,
        }
    if message.files:
        told["files"] = [file_json(workspace, workspace.files[one]) for one in message.files]
    if message.reactions:
        told["reactions"] = [
            {"name": name, "users": users, "count": len(users)}
            for name, users in message.reactions.items()
        ]
    if message.edited:
        told["edited"] = {"user": message.edited[0], "ts": message.edited[1]}
    return told


def _bot_profile(workspace: Workspace, message: Message) -> dict[str, Any]:
    return {
        "id": message.bot,
        "app_id": message.app,
        "name": workspace.users[message.user].name,
        "deleted": False,
        "team_id": workspace.team,
    }


def file_json(workspace: Workspace, file: File) -> dict[str, Any]:
    """As files.info tells it; the kind is empty until Slack has looked into the file."""
    ready = file.complete and workspace.now() >= file.ready_at
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": mime_type(file.name) if ready else "",
        "filetype": file.name.rpartition(".")[2] if ready else "",
        "size": file.length,
        "user": file.user,
        "alt_txt": file.alt_text,
        "url_private": f"https://{workspace.domain}.slack.com/files/{file.id}/{file.name}",
        "channels": list(file.channels),
    }


def view_json(workspace: Workspace, view: View, app: str, bot: str) -> dict[str, Any]:
    """As views.* answer and as it stands in a submission."""
    body = view.body
    return {
        "id": view.id,
        "team_id": workspace.team,
        "type": body["type"],
        "title": body.get("title"),
        "submit": body.get("submit"),
        "close": body.get("close"),
        "blocks": body["blocks"],
        "private_metadata": body.get("private_metadata", ""),
        "callback_id": body.get("callback_id", ""),
        "external_id": body.get("external_id", ""),
        "notify_on_close": bool(body.get("notify_on_close", False)),
        "clear_on_close": bool(body.get("clear_on_close", False)),
        "hash": view.hash,
        "root_view_id": view.root,
        "previous_view_id": view.previous,
        "app_id": app,
        "app_installed_team_id": workspace.team,
        "bot_id": bot,
        "state": {"values": {}},
    }


def mime_type(name: str) -> str:
    """Of a file by its name's end, as far as the product sends any."""
    kinds = {"png": "image/png", "md": "text/markdown", "txt": "text/plain", "json": "text/plain"}
    return kinds.get(name.rpartition(".")[2].lower(), "application/octet-stream")


def permalink(workspace: Workspace, message: Message) -> str:
    """As chat.getPermalink gives it."""
    link = (
        f"https://{workspace.domain}.slack.com/archives/{message.channel}"
        f"/p{message.ts.replace('.', '')}"
    )
    if message.thread_ts and message.thread_ts != message.ts:
        link += f"?thread_ts={message.thread_ts}&cid={message.channel}"
    return link
