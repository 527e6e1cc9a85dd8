"""How often an app may ask, and what a network and Slack do on bad days."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from tests.support.slack_stage import run, stage

from kubectl_smart.bot.console.faults import Planned
from kubectl_smart.bot.console.methods import METHODS
from kubectl_smart.bot.console.rates import POSTS_BURST, TIERS, Rates
from kubectl_smart.bot.console.refusals import Refusal

_TIERED = sorted((name, one.tier) for name, one in METHODS.items() if one.tier)


@pytest.mark.parametrize("tier", [1, 2, 3, 4])
def test_a_method_has_as_many_requests_a_minute_as_its_tier(tier: int) -> None:
    """Then it waits, and is told how long; a minute fills it again."""
    now = [0.0]
    rates = Rates(lambda: now[0])
    for _ in range(TIERS[tier]):
        rates.call("m", tier)
    with pytest.raises(Refusal) as refusal:
        rates.call("m", tier)
    wait = refusal.value.retry_after or 0
    assert (refusal.value.error, refusal.value.status) == ("ratelimited", 429)
    now[0] += wait
    rates.call("m", tier)
    now[0] += 60.0
    for _ in range(TIERS[tier]):
        rates.call("m", tier)


def test_methods_do_not_wait_for_each_other() -> None:
    """One that is used up leaves the others as they were."""

    async def story() -> None:
        async with stage(rates_enforced=True) as one:
            given = {"user": one.ada.id}
            for _ in range(TIERS[4]):
                assert (await one.client.users_info(**given))["ok"]
            with pytest.raises(SlackApiError) as error:
                await one.client.users_info(**given)
            assert error.value.response.status_code == 429
            assert int(error.value.response.headers["Retry-After"]) >= 1
            assert (await one.client.auth_test())["ok"]
            one.clock.on(1)
            assert (await one.client.users_info(**given))["ok"]

    run(story())


def test_a_channel_takes_about_one_message_a_second() -> None:
    """A short burst first; other channels have their own."""

    async def story() -> None:
        async with stage(rates_enforced=True) as one:
            given = {"channel": one.general.id, "text": "x"}
            for _ in range(POSTS_BURST):
                assert (await one.call("chat.postMessage", **given))["ok"]
            status, told, headers = await one.asked("chat.postMessage", json=given)
            assert (status, told["error"], headers["Retry-After"]) == (429, "ratelimited", "1")
            assert len(one.general.messages) == POSTS_BURST
            assert (await one.client.chat_postMessage(channel=one.ada.id, text="x"))["ok"]
            one.clock.on(1)
            assert (await one.call("chat.postMessage", **given))["ok"]

    run(story())


def test_ephemerals_count_as_messages_of_the_channel() -> None:
    """They share its burst."""

    async def story() -> None:
        async with stage(rates_enforced=True) as one:
            given = {"channel": one.general.id, "user": one.ada.id, "text": "x"}
            for _ in range(POSTS_BURST):
                assert (await one.call("chat.postEphemeral", **given))["ok"]
            assert (await one.call("chat.postEphemeral", **given))["error"] == "ratelimited"

    run(story())


@pytest.mark.parametrize(("method", "tier"), _TIERED)
def test_every_method_of_a_tier_is_counted(method: str, tier: int) -> None:
    """Its own bucket, and an answer within a minute of when to come again."""

    async def story() -> None:
        async with stage(rates_enforced=True) as one:
            one.slack.rates._buckets[method] = (0.0, one.clock.now())
            required: dict[str, Any] = dict.fromkeys(METHODS[method].required, "[1]")
            token = one.slack.app.app_token if METHODS[method].caller == "app" else None
            sent = {"token": token} if token else {}
            status, told, headers = await one.asked(method, data=required, **sent)
            assert (status, told["error"]) == (429, "ratelimited")
            assert 1 <= int(headers["Retry-After"]) <= 60

    run(story())


def test_the_sdk_comes_again_after_the_time_it_was_told() -> None:
    """Its own handler reads Retry-After."""

    async def story() -> None:
        async with stage() as one:
            one.client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
            one.slack.faults.plan("auth.test", Planned(kind="ratelimited", seconds=1))
            assert (await one.client.auth_test())["ok"]
            assert [call.ok for call in one.slack.journal.calls("auth.test")] == [False, True]

    run(story())


def test_an_error_on_order_happens_once_and_does_nothing() -> None:
    """The next request is an ordinary one."""

    async def story() -> None:
        async with stage() as one:
            one.slack.faults.plan("chat.postMessage", Planned(kind="error", error="fatal_error"))
            given = {"channel": one.general.id, "text": "x"}
            assert (await one.call("chat.postMessage", **given))["error"] == "fatal_error"
            assert not one.general.messages
            assert (await one.call("chat.postMessage", **given))["ok"]

    run(story())


def test_troubles_come_in_the_order_they_were_planned() -> None:
    """And only for the method they were planned for."""

    async def story() -> None:
        async with stage() as one:
            one.slack.faults.plan(
                "auth.test", Planned(kind="error", error="a"), Planned(kind="error", error="b")
            )
            assert (await one.call("api.test"))["ok"]
            assert [(await one.call("auth.test")).get("error") for _ in range(3)] == [
                "a",
                "b",
                None,
            ]

    run(story())


def test_a_broken_answer_is_no_json() -> None:
    """500, and the deed is done: nobody can tell from outside."""

    async def story() -> None:
        async with stage() as one:
            one.slack.faults.plan("chat.postMessage", Planned(kind="broken"))
            address = f"{one.server.base}/api/chat.postMessage"
            headers = {"Authorization": f"Bearer {one.slack.app.bot_token}"}
            given = {"channel": one.general.id, "text": "x"}
            async with one.session.post(address, json=given, headers=headers) as told:
                assert told.status == 500
                assert await told.text() == "Internal Server Error"
            assert len(one.general.messages) == 1

    run(story())


def test_a_dropped_answer_was_a_deed() -> None:
    """The message is there, the connection is gone: who tries again posts twice."""

    async def story() -> None:
        async with stage() as one:
            one.slack.faults.plan("chat.postMessage", Planned(kind="dropped"))
            with pytest.raises(ClientError):
                await one.call("chat.postMessage", channel=one.general.id, text="x")
            assert len(one.general.messages) == 1

    run(story())


def test_a_slow_answer_comes_after_the_deed() -> None:
    """Others are answered meanwhile."""

    async def story() -> None:
        async with stage() as one:
            one.slack.faults.plan("chat.postMessage", Planned(kind="slow", seconds=0.3))
            slow = asyncio.ensure_future(
                one.call("chat.postMessage", channel=one.general.id, text="x")
            )
            await one.until(lambda: one.general.messages)
            assert (await one.call("auth.test"))["ok"]
            assert not slow.done()
            assert (await slow)["ok"]

    run(story())


def test_response_urls_have_troubles_of_their_own() -> None:
    """Under the name response_url."""

    async def story() -> None:
        async with stage() as one:
            one.slack.faults.plan("response_url", Planned(kind="ratelimited", seconds=7))
            url = one.slack.response_address(one.general.id, one.ada.id)
            async with one.session.post(url, json={"text": "x"}) as told:
                assert (told.status, told.headers["Retry-After"]) == (429, "7")
            async with one.session.post(url, json={"text": "x"}) as told:
                assert told.status == 200

    run(story())
