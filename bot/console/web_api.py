"""The Web API: one request from its arguments to its answer, as strict as Slack and stricter."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from kubectl_smart.bot.console import (
    calls_channels,
    calls_chat,
    calls_conversations,
    calls_files,
    calls_people,
    calls_views,
)
from kubectl_smart.bot.console.access import need
from kubectl_smart.bot.console.arguments import invalid
from kubectl_smart.bot.console.faulted import Fault
from kubectl_smart.bot.console.limits import blocks_faults, message_faults, view_faults
from kubectl_smart.bot.console.methods import METHODS, Method
from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.refusals import Refusal

LONGEST_VALIDATED = 100_000
_EVERYWHERE = frozenset({"token", "team_id"})
"""Arguments of any method: the SDK for Python adds the workspace to every request."""
_Call = Callable[[Platform, Mapping[str, Any]], dict[str, Any]]


def _validate(_slack: Platform, given: Mapping[str, Any]) -> dict[str, Any]:
    """blocks.validate, of blocks, a message or a view; pointers begin at what was given."""
    wanted = [name for name in ("blocks", "message", "view") if given.get(name) is not None]
    if len(wanted) != 1:
        raise invalid("must provide exactly one of `blocks`, `view`, or `message`")
    (name,) = wanted
    value, error = given[name], ""
    if len(json.dumps(value)) > LONGEST_VALIDATED:
        raise invalid(f"must be less than {LONGEST_VALIDATED + 1} characters")
    if name == "message" and isinstance(value, Mapping):
        error, faults = message_faults(value, update=False)
    elif name == "view" and isinstance(value, Mapping):
        home = value.get("type") == "home"
        faults = view_faults(value, surface="home" if home else "modal")
    else:
        faults = blocks_faults(value, "message")
    if error and not faults:
        faults = [Fault(error, "", error)]
    if not faults:
        return {"ok": True}
    root = "" if name == "message" else f"/{name}"
    told = [
        {"code": one.code, "message": one.message, "pointer": one.pointer.removeprefix(root)}
        for one in faults
    ]
    raise Refusal(f"invalid_{name}", more={"errors": told})


_CALLS: Mapping[str, _Call] = {
    "api.test": calls_people.api_test,
    "auth.test": calls_people.auth_test,
    "blocks.validate": _validate,
    "chat.postMessage": calls_chat.post_message,
    "chat.postEphemeral": calls_chat.post_ephemeral,
    "chat.update": calls_chat.update,
    "chat.delete": calls_chat.delete,
    "chat.getPermalink": calls_chat.get_permalink,
    "conversations.info": calls_conversations.info,
    "conversations.history": calls_conversations.history,
    "conversations.replies": calls_conversations.replies,
    "conversations.members": calls_conversations.members,
    "conversations.open": calls_conversations.open_direct,
    "conversations.join": calls_conversations.join,
    "conversations.list": calls_conversations.list_all,
    "conversations.create": calls_channels.create,
    "conversations.invite": calls_channels.invite,
    "conversations.setTopic": calls_channels.set_topic,
    "reactions.add": calls_conversations.add_reaction,
    "reactions.remove": calls_conversations.remove_reaction,
    "reactions.get": calls_conversations.get_reactions,
    "pins.add": calls_conversations.pin,
    "users.info": calls_people.info,
    "users.list": calls_people.list_all,
    "usergroups.list": calls_people.groups,
    "usergroups.users.list": calls_people.group_users,
    "team.info": calls_people.team_info,
    "views.open": calls_views.open_view,
    "views.push": calls_views.push_view,
    "views.update": calls_views.update_view,
    "views.publish": calls_views.publish,
    "files.getUploadURLExternal": calls_files.get_upload_url,
    "files.completeUploadExternal": calls_files.complete,
    "files.info": calls_files.info,
}


def call(slack: Platform, name: str, token: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of a method. Refusal in Slack's words; what only we mind is complained of.

    token  as it came in the Authorization header or among the arguments, "" for none
    """
    method = METHODS.get(name)
    if method is None:
        slack.journal.complain(f"{name}: there is no such method here")
        raise Refusal("unknown_method", more={"req_method": name})
    _may(slack, method, token)
    for argument in sorted(given.keys() - method.arguments - _EVERYWHERE):
        slack.journal.complain(f"{name}: Slack knows no argument {argument}")
    missing = [one for one in method.required if given.get(one) in (None, "")]
    if missing:
        raise invalid(*(f"missing required field: {one}" for one in missing))
    for scope in method.scopes:
        if not scope.startswith("*"):
            need(slack.app, scope)
    slack.rates.call(name, method.tier)
    return _CALLS[name](slack, given)


def _may(slack: Platform, method: Method, token: str) -> None:
    """Refusal for a wrong kind of token, and for every token that is not the stand-in's own."""
    if token and token not in (slack.app.bot_token, slack.app.app_token):
        raise Refusal("invalid_auth")
    if method.caller == "anybody":
        return
    if not token:
        raise Refusal("not_authed")
    if token != (slack.app.bot_token if method.caller == "bot" else slack.app.app_token):
        raise Refusal("not_allowed_token_type")
