"""What the page may see of a workspace, and what a person may do there.

Times of messages are Slack's `ts`: unix seconds with six decimals, as a string.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

View: TypeAlias = Mapping[str, Any]
"""A modal or an App Home as Slack's Web API has it."""
Kind: TypeAlias = Literal["public", "private", "im", "shared"]


class Refusal(Exception):
    """An act was not possible. The message is what Slack tells the person, in a sentence."""


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """Somebody in the workspace, or the app."""

    id: str
    name: str
    is_guest: bool = False
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class ChannelSeen:
    """A conversation the acting person is in. `name` is without the `#`."""

    id: str
    name: str
    kind: Kind = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSeen:
    """An uploaded file with its content."""

    name: str
    mimetype: str
    bytes: bytes
    alt_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSeen:
    """A message as one person sees it; deleted ones are never handed out.

    files      Slack's file objects, of which `id`, `name`, `title`, `mimetype`, `alt_txt` are read
    reactions  emoji name -> ids of who reacted
    thread_ts  ts of the parent, "" if in no thread
    ephemeral  only the acting person sees it
    """

    ts: str
    user: str
    name: str
    text: str
    is_bot: bool = False
    blocks: Sequence[Mapping[str, Any]] = ()
    files: Sequence[Mapping[str, Any]] = ()
    reactions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    thread_ts: str = ""
    reply_count: int = 0
    edited: bool = False
    ephemeral: bool = False


class Workspace(Protocol):
    """A workspace. Acts return nothing, or raise Refusal with Slack's words."""

    def people(self) -> Sequence[PersonSeen]:
        """Everybody, the app included."""

    def channels(self, user: str) -> Sequence[ChannelSeen]:
        """The conversations the person is in."""

    def messages(self, channel: str, user: str, thread: str | None) -> Sequence[MessageSeen]:
        """Of the channel (None) or of one thread, with its parent; the oldest first."""

    def home(self, user: str) -> View | None:
        """The App Home the app published for the person."""

    def modals(self, user: str) -> Sequence[View]:
        """Open views, the last on top; `errors` is {block_id: text}."""

    def file(self, file: str) -> FileSeen | None:
        """A file by its id."""

    def journal(self, after: int) -> Sequence[Mapping[str, Any]]:
        """Entries with a number above `after`: n, at, direction, what, ok, faults, body.

        n is an int, at unix seconds, direction and what are text, ok a bool, faults a list of
        text, body anything JSON can hold.
        """

    async def changed(self, since: int) -> int:
        """Wait until the workspace's revision is above `since`, and return it."""

    async def post(self, user: str, channel: str, text: str, thread: str | None = None) -> None:
        """Send a message; one that begins with a slash is a command."""

    async def click(
        self,
        user: str,
        channel: str,
        message_ts: str,
        block_id: str,
        action_id: str,
        value: Mapping[str, Any],
    ) -> None:
        """Use an element of a message. `value`: as in `submit`, e.g. {"type": "button", …}."""

    async def click_in_view(
        self, user: str, view_id: str, block_id: str, action_id: str, value: Mapping[str, Any]
    ) -> None:
        """Use an element of a modal or of the App Home."""

    async def submit(self, user: str, view_id: str, state: Mapping[str, Any]) -> None:
        """Submit a modal. `state`: Slack's view.state.values, {block_id: {action_id: value}}."""

    async def close(self, user: str, view_id: str) -> None:
        """Close a modal without submitting it."""

    async def react(self, user: str, channel: str, message_ts: str, name: str, add: bool) -> None:
        """Add or remove a reaction. `name` is without colons."""

    async def shortcut(self, user: str, channel: str, message_ts: str, callback_id: str) -> None:
        """Use a message shortcut of the app."""

    async def open_home(self, user: str) -> None:
        """Look at the App Home."""

    async def edit(self, user: str, channel: str, message_ts: str, text: str) -> None:
        """Change a message of one's own."""

    async def delete(self, user: str, channel: str, message_ts: str) -> None:
        """Delete a message of one's own."""

    def shortcuts(self) -> Sequence[tuple[str, str]]:
        """The app's message shortcuts: callback_id and title."""
