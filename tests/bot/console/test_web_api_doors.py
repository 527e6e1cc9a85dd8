"""Who may call the stand-in's Web API with what: tokens, scopes, shapes, names."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.slack_stage import SCOPES, refused, run, stage

from kubectl_smart.bot.console.installation import APP_TOKEN, BOT_TOKEN
from kubectl_smart.bot.console.methods import METHODS


@pytest.mark.parametrize("shape", ["json", "form", "query", "json in a form"])
def test_four_shapes_of_a_request_mean_the_same(shape: str) -> None:
    """JSON body, form body, query string, and a form with JSON in it."""

    async def story() -> None:
        async with stage() as one:
            given: dict[str, Any] = {"channel": one.general.id, "text": "here"}
            blocks = [{"type": "divider"}]
            match shape:
                case "json":
                    told = await one.asked("chat.postMessage", json={**given, "blocks": blocks})
                case "form":
                    told = await one.asked("chat.postMessage", data=given)
                case "query":
                    told = await one.asked("chat.postMessage", params=given)
                case _:
                    form = {**given, "blocks": json.dumps(blocks)}
                    told = await one.asked("chat.postMessage", data=form)
            assert told[:2] == (200, told[1])
            assert told[1]["ok"]
            assert one.last().text == "here"
            assert bool(one.last().blocks) == ("json" in shape)
            assert not one.complaints

    run(story())


def test_methods_that_only_read_take_no_json() -> None:
    """Slack does not look into a JSON body of theirs, so their arguments are missing."""

    async def story() -> None:
        async with stage() as one:
            given = {"channel": one.general.id}
            told = (await one.asked("conversations.members", json=given))[1]
            assert told["error"] == "invalid_arguments"
            assert one.complaints
            told = (await one.asked("conversations.members", verb="GET", params=given))[1]
            assert told["ok"]

    run(story())


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        (b"{", "application/json", "invalid_json"),
        (b"[1]", "application/json", "json_not_object"),
        (b"<a/>", "text/xml", "invalid_post_type"),
        (b'{"channel": ["C1"], "text": "x"}', "application/json", "invalid_arguments"),
        (b"channel=C00000001&blocks=%5B", "application/x-www-form-urlencoded",
         "invalid_blocks_format"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(body: bytes, kind: str, error: str) -> None:
    """Each kind of broken body has its error, and none breaks the server."""

    async def story() -> None:
        async with stage() as one:
            headers = {"Content-Type": kind}
            status, told, _ = await one.asked("chat.postMessage", data=body, headers=headers)
            assert (status, told["error"]) == (200, error)

    run(story())


@pytest.mark.parametrize(
    ("token", "method", "error"),
    [
        (None, "auth.test", "not_authed"),
        ("xoxb-1-2-somebody", "auth.test", "invalid_auth"),
        ("xoxb-1-2-somebody", "api.test", "invalid_auth"),
        (APP_TOKEN, "auth.test", "not_allowed_token_type"),
        (BOT_TOKEN, "apps.connections.open", "not_allowed_token_type"),
        ("xapp-1-A1-1-abc", "apps.connections.open", "invalid_auth"),
        (None, "apps.connections.open", "not_authed"),
    ],
)
def test_only_its_own_tokens_are_taken(token: str | None, method: str, error: str) -> None:
    """No token of anybody's, and of its own two only the right one."""

    async def story() -> None:
        async with stage() as one:
            assert (await one.asked(method, token=token))[1] == {"ok": False, "error": error}
            assert not token or token not in str(one.slack.journal.entries)

    run(story())


def test_a_token_may_come_in_a_form_but_not_in_an_address() -> None:
    """Addresses are written to logs, so Slack takes no token from them."""

    async def story() -> None:
        async with stage() as one:
            token = {"token": BOT_TOKEN}
            assert (await one.asked("auth.test", token=None, data=token))[1]["ok"]
            told = (await one.asked("auth.test", token=None, params=token))[1]
            assert told["error"] == "not_authed"

    run(story())


def test_an_app_token_belongs_in_the_header() -> None:
    """As a parameter it is complained of."""

    async def story() -> None:
        async with stage() as one:
            form = {"token": APP_TOKEN}
            await one.asked("apps.connections.open", token=None, data=form)
            assert "header" in one.complaints[0]

    run(story())


def _minimal(one: Any, method: str) -> dict[str, Any]:
    """Its required arguments, each with something that exists."""
    ts = one.last().ts
    known = {
        "channel": one.general.id,
        "user": one.ada.id,
        "users": one.ada.id,
        "ts": ts,
        "message_ts": ts,
        "timestamp": ts,
        "name": "tada",
        "usergroup": "S00000001",
        "file": "F00000001",
        "filename": "a.txt",
        "length": 3,
        "files": [{"id": "F00000001"}],
    }
    return {name: known.get(name, "x") for name in METHODS[method].required}


_SCOPED = sorted(name for name, one in METHODS.items() if one.scopes)


@pytest.mark.parametrize("method", _SCOPED)
def test_a_method_without_its_scope_says_which_is_missing(method: str) -> None:
    """`needed` is what the method asks for, `provided` what the manifest gave."""
    kept = [one for one in SCOPES if one == "commands"]

    async def story() -> None:
        async with stage(scopes=kept) as one:
            await one.says(one.ada, "here")
            given = _minimal(one, method)
            told = (await one.asked(method, data={k: str(v) for k, v in given.items()}))[1]
            if method == "files.completeUploadExternal":
                told = await one.call(method, **given)
            assert told["error"] == "missing_scope"
            assert told["provided"] == "commands"
            asked = METHODS[method].scopes[0]
            assert told["needed"].endswith(asked.removeprefix("*"))

    run(story())


def test_the_scope_of_a_read_is_that_of_the_kind_of_channel() -> None:
    """channels:, groups: or im:, by what the channel is."""

    async def story() -> None:
        async with stage(scopes=["channels:history", "channels:read"]) as one:
            one.secret.members.add(one.bot.id)
            direct = one.workspace.direct(one.ada.id, one.bot.id)
            for channel, kind in ((one.secret, "groups"), (direct, "im")):
                told = await refused(one.client.conversations_history(channel=channel.id))
                assert told["needed"] == f"{kind}:history"
                told = await refused(one.client.conversations_info(channel=channel.id))
                assert told["needed"] == f"{kind}:read"
            assert (await one.client.conversations_history(channel=one.general.id))["ok"]
            told = await refused(one.client.conversations_list(types="private_channel"))
            assert told["needed"] == "groups:read"

    run(story())


def test_unknown_methods_and_arguments_are_complained_of() -> None:
    """Slack would let a wrong argument pass; here it is a fault of the test."""

    async def story() -> None:
        async with stage() as one:
            told = await one.call("chat.shout", channel=one.general.id)
            assert (told["error"], told["req_method"]) == ("unknown_method", "chat.shout")
            await one.call("chat.postMessage", channel=one.general.id, text="x", volume="11")
            assert [one_.split(":")[0] for one_ in one.complaints] == [
                "chat.shout",
                "chat.postMessage",
            ]
            assert "volume" in one.complaints[1]

    run(story())


@pytest.mark.parametrize("method", sorted(n for n, m in METHODS.items() if m.required))
def test_a_missing_argument_is_named(method: str) -> None:
    """One message for each that is missing."""

    async def story() -> None:
        async with stage() as one:
            told = await one.call(method)
            assert told["error"] == "invalid_arguments"
            messages = told["response_metadata"]["messages"]
            assert len(messages) == len(METHODS[method].required)

    run(story())
