"""The workspace as the page in the browser sees it: nothing here that Slack's own window lacks."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from kubectl_smart.bot.console import shapes
from kubectl_smart.bot.console.acting import Acting
from kubectl_smart.bot.console.page.seam import (
    ChannelSeen,
    FileSeen,
    Kind,
    MessageSeen,
    PersonSeen,
    Refusal,
    View,
)
from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.refusals import Unwanted
from kubectl_smart.bot.console.workspace import Channel, Message


class Window:
    """Implements `page.seam.Workspace` over the stand-in."""

    def __init__(self, slack: Platform, acting: Acting) -> None:
        self._slack = slack
        self._acting = acting

    # --- what is seen -------------------------------------------------------------------------

    def people(self) -> Sequence[PersonSeen]:
        """See seam."""
        return [
            PersonSeen(one.id, one.name, one.is_restricted or one.is_ultra_restricted, one.is_bot)
            for one in self._slack.workspace.users.values()
        ]

    def channels(self, user: str) -> Sequence[ChannelSeen]:
        """See seam."""
        mine = [one for one in self._slack.workspace.channels.values() if user in one.members]
        return [ChannelSeen(one.id, self._name(one, user), _kind(one)) for one in mine]

    def messages(self, channel: str, user: str, thread: str | None) -> Sequence[MessageSeen]:
        """See seam."""
        place = self._slack.workspace.channels.get(channel)
        if place is None or user not in place.members:
            return []
        mine = [one for one in place.ephemerals.values() if one.only_for == user]
        if thread is None:
            shown = [*place.top(), *(one for one in mine if one.thread_ts is None)]
        else:
            shown = [*place.thread(thread), *(one for one in mine if one.thread_ts == thread)]
        shown.sort(key=lambda one: one.ts)
        return [self._seen(place, one) for one in shown]

    def home(self, user: str) -> View | None:
        """See seam."""
        view = self._slack.workspace.views.get(self._slack.workspace.homes.get(user, ""))
        return None if view is None else self._view(view.id)

    def modals(self, user: str) -> Sequence[View]:
        """See seam."""
        return [self._view(one.id) for one in self._slack.workspace.stack(user)]

    def file(self, file: str) -> FileSeen | None:
        """See seam."""
        found = self._slack.workspace.files.get(file)
        if found is None or found.content is None or not found.complete:
            return None
        return FileSeen(
            name=found.name,
            mimetype=shapes.mime_type(found.name),
            bytes=found.content,
            alt_text=found.alt_text,
        )

    def journal(self, after: int) -> Sequence[Mapping[str, Any]]:
        """See seam."""
        return [
            {**asdict(one), "faults": list(one.faults)}
            for one in self._slack.journal.entries[after:]
        ]

    async def changed(self, since: int) -> int:
        """See seam."""
        return await self._slack.workspace.later_than(since)

    def shortcuts(self) -> Sequence[tuple[str, str]]:
        """See seam."""
        return self._slack.app.shortcuts

    # --- what is done -------------------------------------------------------------------------

    async def post(self, user: str, channel: str, text: str, thread: str | None = None) -> None:
        """See seam."""
        await _told(self._acting.post(user, channel, text, thread))

    async def click(
        self,
        user: str,
        channel: str,
        message_ts: str,
        block_id: str,
        action_id: str,
        value: Mapping[str, Any],
    ) -> None:
        """See seam."""
        await _told(self._acting.click(user, channel, message_ts, block_id, action_id, value))

    async def click_in_view(
        self, user: str, view_id: str, block_id: str, action_id: str, value: Mapping[str, Any]
    ) -> None:
        """See seam."""
        await _told(self._acting.click_in_view(user, view_id, block_id, action_id, value))

    async def submit(self, user: str, view_id: str, state: Mapping[str, Any]) -> None:
        """See seam."""
        await _told(self._acting.submit(user, view_id, state))

    async def close(self, user: str, view_id: str) -> None:
        """See seam."""
        await _told(self._acting.close(user, view_id))

    async def react(self, user: str, channel: str, message_ts: str, name: str, add: bool) -> None:
        """See seam."""
        await _told(self._acting.react(user, channel, message_ts, name, add=add))

    async def shortcut(self, user: str, channel: str, message_ts: str, callback_id: str) -> None:
        """See seam."""
        await _told(self._acting.shortcut(user, channel, message_ts, callback_id))

    async def open_home(self, user: str) -> None:
        """See seam."""
        await _told(self._acting.open_home(user))

    async def edit(self, user: str, channel: str, message_ts: str, text: str) -> None:
        """See seam."""
        await _told(self._acting.edit(user, channel, message_ts, text))

    async def delete(self, user: str, channel: str, message_ts: str) -> None:
        """See seam."""
        await _told(self._acting.delete(user, channel, message_ts))

    # --- within -------------------------------------------------------------------------------

    def _name(self, channel: Channel, user: str) -> str:
        if channel.kind != "im":
            return channel.name
        others = [one for one in sorted(channel.members) if one != user]
        return self._slack.workspace.users[others[0] if others else user].name

    def _seen(self, channel: Channel, message: Message) -> MessageSeen:
        workspace = self._slack.workspace
        author = workspace.users.get(message.user)
        replies = 0 if message.only_for else len(channel.thread(message.ts)) - 1
        return MessageSeen(
            ts=message.ts,
            user=message.user,
            name=author.name if author else "Slackbot",
            text=message.text,
            is_bot=message.bot is not None or author is None,
            blocks=message.blocks,
            files=[shapes.file_json(workspace, workspace.files[one]) for one in message.files],
            reactions=message.reactions,
            thread_ts=message.thread_ts or "",
            reply_count=max(0, replies),
            edited=message.edited is not None and message.bot is None,
            ephemeral=message.only_for is not None,
        )

    def _view(self, view_id: str) -> View:
        view = self._slack.workspace.views[view_id]
        body = shapes.view_json(
            self._slack.workspace, view, self._slack.app.app, self._slack.app.bot
        )
        return {**body, "errors": view.errors}


def _kind(channel: Channel) -> Kind:
    return "shared" if channel.shared else channel.kind


async def _told(act: Awaitable[None]) -> None:
    """Do it; what Slack's window would not let happen is said in its words."""
    try:
        await act
    except Unwanted as unwanted:
        raise Refusal(str(unwanted)) from None
