"""An act in JSON, as the script sends it -> a call on the workspace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

from kubectl_smart.bot.console.page.seam import Workspace


class BadAct(Exception):
    """The JSON is none of the acts; the message says what is wrong with it."""


Act: TypeAlias = Mapping[str, Any]


async def do(workspace: Workspace, act: object) -> None:
    """Carry an act out.

    Raises BadAct for what no page of ours would send, and Refusal for what Slack would refuse.
    """
    if not isinstance(act, Mapping):
        raise BadAct("an act is a JSON object")
    name = act.get("act")
    run = _ACTS.get(name) if isinstance(name, str) else None
    if run is None:
        raise BadAct(f"no such act: {name!r}")
    user = text(act, "user")
    if not any(one.id == user and not one.is_bot for one in workspace.people()):
        raise BadAct(f"nobody here is {user!r}")
    await run(workspace, user, act)


def text(act: Act, key: str) -> str:
    """A member that has to be text."""
    found = act.get(key)
    if not isinstance(found, str):
        raise BadAct(f"{key} has to be text")
    return found


def _mapping(act: Act, key: str) -> Mapping[str, Any]:
    found = act.get(key)
    if not isinstance(found, Mapping):
        raise BadAct(f"{key} has to be an object")
    return found


def _post(to: Workspace, user: str, act: Act) -> Awaitable[None]:
    thread = text(act, "thread") if act.get("thread") is not None else None
    return to.post(user, text(act, "channel"), text(act, "text"), thread)


def _click(to: Workspace, user: str, act: Act) -> Awaitable[None]:
    block, action, value = text(act, "block_id"), text(act, "action_id"), _mapping(act, "value")
    return to.click(user, text(act, "channel"), text(act, "ts"), block, action, value)


def _click_in_view(to: Workspace, user: str, act: Act) -> Awaitable[None]:
    block, action, value = text(act, "block_id"), text(act, "action_id"), _mapping(act, "value")
    return to.click_in_view(user, text(act, "view_id"), block, action, value)


def _submit(to: Workspace, user: str, act: Act) -> Awaitable[None]:
    return to.submit(user, text(act, "view_id"), _mapping(act, "state"))


def _close(to: Workspace, user: str, act: Act) -> Awaitable[None]:
    return to.close(user, text(act, "view_id"))


def _react(to: Workspace, user: str, act: Act) -> Awaitable[None]:
    add = act.get("add")
    if not isinstance(add, bool):
        raise BadAct("add has to be true or false")
    return to.react(user, text(act, "channel"), text(act, "ts"), text(act, "name"), add)


def _shortcut(to: Workspace, user: str, act: Act) -> Awaitable[None]:
    return to.shortcut(user, text(act, "channel"), text(act, "ts"), text(act, "callback_id"))


def _open_home(to: Workspace, user: str, _act: Act) -> Awaitable[None]:
    return to.open_home(user)


def _edit(to: Workspace, user: str, act: Act) -> Awaitable[None]:
    return to.edit(user, text(act, "channel"), text(act, "ts"), text(act, "text"))


def _delete(to: Workspace, user: str, act: Act) -> Awaitable[None]:
    return to.delete(user, text(act, "channel"), text(act, "ts"))


_ACTS: Final[Mapping[str, Callable[[Workspace, str, Act], Awaitable[None]]]] = {
    "post": _post,
    "click": _click,
    "click_in_view": _click_in_view,
    "submit": _submit,
    "close": _close,
    "react": _react,
    "shortcut": _shortcut,
    "open_home": _open_home,
    "edit": _edit,
    "delete": _delete,
}
