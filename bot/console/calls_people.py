"""auth.*, users.*, usergroups.*, team.*: who there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubectl_smart.bot.console import shapes
from kubectl_smart.bot.console.arguments import is_true
from kubectl_smart.bot.console.paging import paged
from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.refusals import Refusal

Arguments = Mapping[str, Any]


def auth_test(slack: Platform, _given: Arguments) -> dict[str, Any]:
    """auth.test."""
    workspace, app = slack.workspace, slack.app
    return {
        "ok": True,
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.domain,
        "user": workspace.users[app.bot_user].name,
        "team_id": workspace.team,
        "user_id": app.bot_user,
        "bot_id": app.bot,
        "is_enterprise_install": False,
    }


def api_test(_slack: Platform, given: Arguments) -> dict[str, Any]:
    """api.test: gives back what it got."""
    if given.get("error"):
        raise Refusal(str(given["error"]))
    return {"ok": True, "args": dict(given)}


def info(slack: Platform, given: Arguments) -> dict[str, Any]:
    """users.info."""
    user = slack.workspace.users.get(str(given["user"]))
    if user is None:
        raise Refusal("user_not_found")
    return {"ok": True, "user": shapes.user_json(slack.workspace, user)}


def list_all(slack: Platform, given: Arguments) -> dict[str, Any]:
    """users.list."""
    page, rest = paged(list(slack.workspace.users.values()), given)
    members = [shapes.user_json(slack.workspace, one) for one in page]
    return {"ok": True, "members": members, "response_metadata": {"next_cursor": rest}}


def groups(slack: Platform, given: Arguments) -> dict[str, Any]:
    """usergroups.list."""
    found = []
    for identity, (handle, users) in slack.workspace.groups.items():
        told: dict[str, Any] = {
            "id": identity,
            "team_id": slack.workspace.team,
            "is_usergroup": True,
            "name": handle,
            "handle": handle,
            "date_delete": 0,
            "user_count": len(users),
        }
        if is_true(given.get("include_users")):
            told["users"] = list(users)
        found.append(told)
    return {"ok": True, "usergroups": found}


def group_users(slack: Platform, given: Arguments) -> dict[str, Any]:
    """usergroups.users.list."""
    group = slack.workspace.groups.get(str(given["usergroup"]))
    if group is None:
        raise Refusal("no_such_subteam")
    return {"ok": True, "users": list(group[1])}


def team_info(slack: Platform, _given: Arguments) -> dict[str, Any]:
    """team.info."""
    workspace = slack.workspace
    return {
        "ok": True,
        "team": {"id": workspace.team, "name": workspace.domain, "domain": workspace.domain},
    }
