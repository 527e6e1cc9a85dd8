"""views.*: modals and App Home."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson

from kubectl_smart.bot.console import shapes
from kubectl_smart.bot.console.arguments import invalid
from kubectl_smart.bot.console.images import check_files
from kubectl_smart.bot.console.limits import error_body, view_faults
from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.refusals import Refusal
from kubectl_smart.bot.console.workspace import View

Arguments = Mapping[str, Any]
MOST_STACKED = 3


def open_view(slack: Platform, given: Arguments) -> dict[str, Any]:
    """views.open: a new stack of modals."""
    body = checked(slack, given["view"], "modal")
    user = slack.tickets.spend(given["trigger_id"])
    for held in slack.workspace.stack(user):
        close(slack, held)
    return _told(slack, push_on(slack, user, body))


def push_view(slack: Platform, given: Arguments) -> dict[str, Any]:
    """views.push: on top of the modals that are open, three at most."""
    body = checked(slack, given["view"], "modal")
    user = slack.tickets.spend(given["trigger_id"])
    if not slack.workspace.stack(user):
        raise Refusal("not_found")
    return _told(slack, push_on(slack, user, body))


def update_view(slack: Platform, given: Arguments) -> dict[str, Any]:
    """views.update, by `view_id` or `external_id`, with `hash` against races."""
    view = _found(slack, given)
    _same(view, given.get("hash"))
    body = checked(slack, given["view"], "modal")
    _alone(slack, body, view)
    replace(slack, view, body)
    return _told(slack, view)


def publish(slack: Platform, given: Arguments) -> dict[str, Any]:
    """views.publish: somebody's App Home."""
    user = str(given["user_id"])
    if user not in slack.workspace.users:
        raise Refusal("user_not_found")
    if not slack.app.has_home:
        raise Refusal("not_enabled")
    body = checked(slack, given["view"], "home")
    held = slack.workspace.views.get(slack.workspace.homes.get(user, ""))
    _alone(slack, body, held)
    if held is not None:
        _same(held, given.get("hash"))
        replace(slack, held, body)
        return _told(slack, held)
    identity = slack.workspace.next_id("V")
    view = View(id=identity, user=user, body=body, hash=_hash(slack, body), root=identity)
    slack.workspace.views[identity] = view
    slack.workspace.homes[user] = identity
    slack.workspace.changed()
    return _told(slack, view)


def checked(slack: Platform, view: object, surface: str) -> dict[str, Any]:
    """The view, if Slack would show it. Refusal with its pointers otherwise."""
    faults = view_faults(view, surface="home" if surface == "home" else "modal")
    if faults or not isinstance(view, Mapping):
        body = error_body("invalid_arguments", faults)
        raise Refusal(
            "invalid_arguments",
            more={name: value for name, value in body.items() if name not in ("ok", "error")},
        )
    check_files(slack, view.get("blocks") or (), "/view/blocks")
    return {**view, "blocks": slack.named(view["blocks"])}


def push_on(slack: Platform, user: str, body: dict[str, Any]) -> View:
    """One more modal for somebody."""
    workspace = slack.workspace
    stack = workspace.stack(user)
    if len(stack) >= MOST_STACKED:
        raise Refusal("push_limit_reached")
    _alone(slack, body)
    identity = workspace.next_id("V")
    view = View(
        id=identity,
        user=user,
        body=body,
        hash=_hash(slack, body),
        root=stack[0].id if stack else identity,
        previous=stack[-1].id if stack else None,
    )
    workspace.views[identity] = view
    workspace.modals.setdefault(user, []).append(identity)
    workspace.changed()
    return view


def replace(slack: Platform, view: View, body: dict[str, Any]) -> None:
    """Show something else in its place."""
    view.body, view.hash, view.errors = body, _hash(slack, body), {}
    slack.workspace.changed()


def close(slack: Platform, view: View) -> None:
    """The top modal goes, the one below it is seen again."""
    stack = slack.workspace.modals.get(view.user, [])
    if view.id in stack:
        del stack[stack.index(view.id) :]
    slack.workspace.views.pop(view.id, None)
    slack.workspace.changed()


def _found(slack: Platform, given: Arguments) -> View:
    views = slack.workspace.views
    view = views.get(str(given.get("view_id") or ""))
    external = given.get("external_id")
    if not external and not given.get("view_id"):
        raise invalid("must provide one of view_id and external_id")
    if view is None and external:
        known = (one for one in views.values() if one.body.get("external_id") == external)
        view = next(known, None)
    if view is None:
        raise Refusal("not_found")
    return view


def _alone(slack: Platform, body: Mapping[str, Any], held: View | None = None) -> None:
    """Refusal if another view than this has the same external id."""
    external = body.get("external_id")
    for view in slack.workspace.views.values():
        if external and view is not held and view.body.get("external_id") == external:
            raise Refusal("duplicate_external_id")


def _same(view: View, wanted: object) -> None:
    if wanted and wanted != view.hash:
        raise Refusal("hash_conflict")


def _hash(slack: Platform, body: Mapping[str, Any]) -> str:
    version = slack.workspace.next_id("version-").encode()
    print_of = sha256(version + orjson.dumps(body)).hexdigest()[:8]
    return f"{int(slack.workspace.now())}.{print_of}"


def _told(slack: Platform, view: View) -> dict[str, Any]:
    told = shapes.view_json(slack.workspace, view, slack.app.app, slack.app.bot)
    return {"ok": True, "view": told}
