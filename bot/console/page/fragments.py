"""The parts of the page: (workspace, query of the request) -> HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from markupsafe import Markup

from kubectl_smart.bot.console.page import messages, panes, views
from kubectl_smart.bot.console.page.names import Names, names_of
from kubectl_smart.bot.console.page.seam import Workspace

_NEWEST: Final = 300
Query: TypeAlias = Mapping[str, str]


class BadQuery(Exception):
    """A part was asked for with something missing or wrong; the message says what."""


def people(workspace: Workspace, query: Query) -> Markup:
    """Whom one can act as."""
    return panes.people(workspace.people(), query.get("user", ""))


def channels(workspace: Workspace, query: Query) -> Markup:
    """Where the acting person can go."""
    return panes.channels(workspace.channels(_user(workspace, query)), query.get("channel", ""))


def channel_messages(workspace: Workspace, query: Query) -> Markup:
    """The messages of a channel."""
    return _messages(workspace, query, None)


def thread(workspace: Workspace, query: Query) -> Markup:
    """A thread with its parent."""
    return _messages(workspace, query, _given(query, "thread"))


def home(workspace: Workspace, query: Query) -> Markup:
    """The App Home of the acting person."""
    user = _user(workspace, query)
    return views.home(workspace.home(user), _names(workspace, user))


def modal(workspace: Workspace, query: Query) -> Markup:
    """The modal on top; nothing if none is open."""
    user = _user(workspace, query)
    open_ = workspace.modals(user)
    return views.modal(open_[-1], _names(workspace, user), len(open_)) if open_ else Markup()


def journal(workspace: Workspace, query: Query) -> Markup:
    """What was said between the bot and the stand-in after the entry with number `after`."""
    return panes.journal(workspace.journal(_after(query))[-_NEWEST:])


def rejected(workspace: Workspace, query: Query) -> Markup:
    """Of the journal, what Slack would reject."""
    found = [one for one in workspace.journal(_after(query)) if one.get("faults")]
    return panes.journal(found[-_NEWEST:], opened=True)


def _messages(workspace: Workspace, query: Query, within: str | None) -> Markup:
    user, channel = _user(workspace, query), _given(query, "channel")
    if not any(one.id == channel for one in workspace.channels(user)):
        raise BadQuery("the person is not in that channel")
    reader = messages.Reader(
        user, _names(workspace, user), workspace.shortcuts(), in_thread=within is not None
    )
    return messages.messages(workspace.messages(channel, user, within), reader)


def _after(query: Query) -> int:
    after = query.get("after", "0")
    if not (after.isascii() and after.isdigit() and len(after) < 16):
        raise BadQuery("after has to be a number")
    return int(after)


def _names(workspace: Workspace, user: str) -> Names:
    return names_of(workspace.people(), workspace.channels(user))


def _user(workspace: Workspace, query: Query) -> str:
    user = _given(query, "user")
    if not any(one.id == user and not one.is_bot for one in workspace.people()):
        raise BadQuery("nobody here has that id")
    return user


def _given(query: Query, key: str) -> str:
    if key not in query:
        raise BadQuery(f"{key} is missing")
    return query[key]


FRAGMENTS: Final[Mapping[str, Callable[[Workspace, Query], Markup]]] = {
    "people": people,
    "channels": channels,
    "messages": channel_messages,
    "thread": thread,
    "home": home,
    "modal": modal,
    "journal": journal,
    "rejected": rejected,
}
