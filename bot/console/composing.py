"""What becomes of the words somebody types, as Slack's window sends them."""

from __future__ import annotations

import re

from kubectl_smart.bot.console.workspace import Workspace

_TOKEN = re.compile(r"(?<![\w@#])([@#])([\w.-]*[\w-])")
_EVERYBODY = frozenset({"channel", "here", "everyone"})


def composed(workspace: Workspace, typed: str, *, names: bool = False) -> str:
    """The text of a message: entities escaped, @somebody and #somewhere as Slack's tokens.

    names  write them with their names, `<@U1|ada>`, as commands with should_escape get them
    """
    people = {one.name: one.id for one in workspace.users.values()}
    channels = {one.name: one.id for one in workspace.channels.values() if one.name}

    def token(found: re.Match[str]) -> str:
        sign, name = found.groups()
        if sign == "@" and name in people:
            return f"<@{people[name]}|{name}>" if names else f"<@{people[name]}>"
        if sign == "@" and name in _EVERYBODY:
            return f"<!{name}>"
        if sign == "#" and name in channels:
            return f"<#{channels[name]}|{name}>"
        return found.group()

    return _TOKEN.sub(token, escaped(typed))


def escaped(typed: str) -> str:
    """The three characters that mean something to Slack, as entities."""
    return typed.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
