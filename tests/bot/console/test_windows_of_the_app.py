"""views.*: triggers, stacks of windows, hashes, homes, and what becomes of a submission."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.support.slack_stage import Socket, Stage, refused, run, stage

from kubectl_smart.bot.console.refusals import Unwanted


def words(text: str) -> dict[str, str]:
    """A plain_text object."""
    return {"type": "plain_text", "text": text}


def modal(title: str = "t", **more: Any) -> dict[str, Any]:
    """A window that asks for one thing."""
    asked = {
        "type": "input",
        "block_id": "why",
        "label": words("Why"),
        "element": {"type": "plain_text_input", "action_id": "why"},
    }
    return {
        "type": "modal",
        "title": words(title),
        "submit": words("Send"),
        "blocks": [asked],
        **more,
    }


def home(text: str = "t", **more: Any) -> dict[str, Any]:
    """A page of the app."""
    return {"type": "home", "blocks": [{"type": "header", "text": words(text)}], **more}


def trigger(one: Stage) -> str:
    """As a payload would carry it."""
    return one.slack.tickets.trigger(one.ada.id)


def stacked(one: Stage) -> list[str]:
    """The titles of the windows Ada has open, the lowest first."""
    return [view.body["title"]["text"] for view in one.workspace.stack(one.ada.id)]


def test_a_trigger_opens_one_window() -> None:
    """Used twice, made up or not even words: each has its refusal."""

    async def story() -> None:
        async with stage() as one:
            used = trigger(one)
            told = await one.client.views_open(trigger_id=used, view=modal())
            assert told["view"]["root_view_id"] == told["view"]["id"]
            for wrong, error in ((used, "exchanged_trigger_id"), ("Tr9", "invalid_trigger_id")):
                opening = one.client.views_open(trigger_id=wrong, view=modal())
                assert (await refused(opening))["error"] == error

    run(story())


@pytest.mark.parametrize(("after", "error"), [(3.0, None), (3.001, "expired_trigger_id")])
def test_a_trigger_lasts_three_seconds(after: float, error: str | None) -> None:
    """To the last moment, and not longer."""

    async def story() -> None:
        async with stage() as one:
            held = trigger(one)
            one.clock.on(after)
            told = await one.call("views.open", trigger_id=held, view=modal())
            assert told.get("error") == error

    run(story())


def test_three_windows_on_top_of_each_other() -> None:
    """The fourth is refused, and without any there is nothing to push on."""

    async def story() -> None:
        async with stage() as one:
            pushing = one.client.views_push(trigger_id=trigger(one), view=modal())
            assert (await refused(pushing))["error"] == "not_found"
            await one.client.views_open(trigger_id=trigger(one), view=modal("a"))
            for title in ("b", "c"):
                told = await one.client.views_push(trigger_id=trigger(one), view=modal(title))
            assert told["view"]["previous_view_id"] == one.workspace.stack(one.ada.id)[1].id
            pushing = one.client.views_push(trigger_id=trigger(one), view=modal())
            assert (await refused(pushing))["error"] == "push_limit_reached"
            assert stacked(one) == ["a", "b", "c"]
            await one.client.views_open(trigger_id=trigger(one), view=modal("d"))
            assert stacked(one) == ["d"]

    run(story())


def test_a_hash_guards_against_races() -> None:
    """Who knows an old version is told so; without a hash the last one wins."""

    async def story() -> None:
        async with stage() as one:
            told = await one.client.views_open(trigger_id=trigger(one), view=modal("a"))
            view, old = told["view"]["id"], told["view"]["hash"]
            new = await one.client.views_update(view_id=view, view=modal("b"), hash=old)
            assert new["view"]["hash"] != old
            late = one.client.views_update(view_id=view, view=modal("c"), hash=old)
            assert (await refused(late))["error"] == "hash_conflict"
            await one.client.views_update(view_id=view, view=modal("d"))
            assert stacked(one) == ["d"]

    run(story())


def test_the_same_words_later_have_another_hash() -> None:
    """Two versions never share one, even within a second."""

    async def story() -> None:
        async with stage() as one:
            told = await one.client.views_open(trigger_id=trigger(one), view=modal("a"))
            view, old = told["view"]["id"], told["view"]["hash"]
            await one.client.views_update(view_id=view, view=modal("b"))
            back = await one.client.views_update(view_id=view, view=modal("a"))
            assert back["view"]["hash"] != old

    run(story())


def test_an_external_id_belongs_to_one_window() -> None:
    """It finds the window, is taken while that is open, and free again afterwards."""

    async def story() -> None:
        async with stage() as one:
            named = modal("a", external_id="mine")
            told = await one.client.views_open(trigger_id=trigger(one), view=named)
            pushing = one.client.views_push(trigger_id=trigger(one), view=named)
            assert (await refused(pushing))["error"] == "duplicate_external_id"
            updated = modal("b", external_id="mine")
            again = await one.client.views_update(external_id="mine", view=updated)
            assert again["view"]["id"] == told["view"]["id"]
            await one.client.views_open(trigger_id=trigger(one), view=modal("c"))
            wrong = one.client.views_update(external_id="mine", view=updated)
            assert (await refused(wrong))["error"] == "not_found"
            await one.client.views_open(trigger_id=trigger(one), view=named)
            assert (await one.call("views.update", view=modal()))["error"] == "invalid_arguments"

    run(story())


def test_a_broken_view_is_refused_with_its_pointer() -> None:
    """As `invalid_arguments`, and the trigger is still good."""

    async def story() -> None:
        async with stage() as one:
            held = trigger(one)
            broken = modal()
            del broken["submit"]
            told = await refused(one.client.views_open(trigger_id=held, view=broken))
            assert told["error"] == "invalid_arguments"
            assert "submit" in told["response_metadata"]["messages"][0]
            assert "[json-pointer:/view]" in told["response_metadata"]["messages"][0]
            opening = one.client.views_open(trigger_id=held, view=home())
            assert (await refused(opening))["error"] == "invalid_arguments"
            assert (await one.client.views_open(trigger_id=held, view=modal()))["ok"]

    run(story())


def test_a_home_is_published_for_one_person() -> None:
    """It keeps its id and changes its hash."""

    async def story() -> None:
        async with stage() as one:
            publish = one.client.views_publish
            first = await publish(user_id=one.ada.id, view=home("a"))
            second = await publish(user_id=one.ada.id, view=home("b"), hash=first["view"]["hash"])
            assert second["view"]["id"] == first["view"]["id"]
            late = publish(user_id=one.ada.id, view=home("c"), hash=first["view"]["hash"])
            assert (await refused(late))["error"] == "hash_conflict"
            wrong = publish(user_id=one.ada.id, view=modal())
            assert (await refused(wrong))["error"] == "invalid_arguments"

    run(story())


def test_without_a_home_there_is_none() -> None:
    """The manifest has to ask for it."""

    async def story() -> None:
        async with stage(home=False) as one:
            publishing = one.client.views_publish(user_id=one.ada.id, view=home())
            assert (await refused(publishing))["error"] == "not_enabled"
            with pytest.raises(Unwanted):
                await one.server.acting.open_home(one.ada.id)

    run(story())


async def submitted(
    one: Stage, socket: Socket, answer: dict[str, Any] | None, value: str = "because"
) -> dict[str, Any]:
    """Ada sends off her window and the app answers so; what the app was told."""
    view = one.workspace.stack(one.ada.id)[-1]
    state = {"why": {"why": {"type": "plain_text_input", "value": value}}}
    sending = asyncio.ensure_future(one.server.acting.submit(one.ada.id, view.id, state))
    envelope = await socket.frame()
    assert envelope["accepts_response_payload"]
    await socket.ack(envelope, answer)
    await sending
    payload: dict[str, Any] = envelope["payload"]
    return payload


def test_an_empty_answer_closes_the_window() -> None:
    """The app gets what was filled in, and a trigger for the next one."""

    async def story() -> None:
        async with stage() as one:
            socket = await one.socket()
            await one.client.views_open(
                trigger_id=trigger(one), view=modal(private_metadata="m", callback_id="c")
            )
            told = await submitted(one, socket, None)
            view = told["view"]
            assert view["state"]["values"]["why"]["why"]["value"] == "because"
            assert (view["private_metadata"], view["callback_id"]) == ("m", "c")
            assert not stacked(one)
            assert (await one.client.views_open(trigger_id=told["trigger_id"], view=modal()))["ok"]

    run(story())


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ({"response_action": "errors", "errors": {"why": "say more"}}, ["a", "b"]),
        ({"response_action": "update", "view": modal("c")}, ["a", "c"]),
        ({"response_action": "push", "view": modal("c")}, ["a", "b", "c"]),
        ({"response_action": "clear"}, []),
    ],
)
def test_answers_to_a_submission(answer: dict[str, Any], left: list[str]) -> None:
    """Errors stay in the window; others change the stack."""

    async def story() -> None:
        async with stage() as one:
            socket = await one.socket()
            await one.client.views_open(trigger_id=trigger(one), view=modal("a"))
            await one.client.views_push(trigger_id=trigger(one), view=modal("b"))
            await submitted(one, socket, answer)
            assert stacked(one) == left
            if answer["response_action"] == "errors":
                assert one.workspace.stack(one.ada.id)[-1].errors == {"why": "say more"}
            assert not one.complaints

    run(story())


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors"},
        {"response_action": "errors", "errors": ["why"]},
        {"response_action": "update", "view": {"type": "modal", "blocks": []}},
        {"response_action": "update"},
        {"response_action": "dance"},
    ],
)
def test_answers_that_slack_does_not_understand(answer: dict[str, Any]) -> None:
    """The person is told of trouble, the window stays, and the journal knows why."""

    async def story() -> None:
        async with stage() as one:
            socket = await one.socket()
            await one.client.views_open(trigger_id=trigger(one), view=modal("a"))
            with pytest.raises(Unwanted, match="trouble"):
                await submitted(one, socket, answer)
            assert stacked(one) == ["a"]
            assert one.complaints

    run(story())


def test_errors_for_no_block_are_complained_of() -> None:
    """Nobody would ever see them."""

    async def story() -> None:
        async with stage() as one:
            socket = await one.socket()
            await one.client.views_open(trigger_id=trigger(one), view=modal("a"))
            await submitted(one, socket, {"response_action": "errors", "errors": {"who": "x"}})
            assert "who" in one.complaints[0]

    run(story())


def test_what_must_be_filled_in_is_minded_by_the_window_itself() -> None:
    """The app hears nothing of it."""

    async def story() -> None:
        async with stage() as one:
            await one.client.views_open(trigger_id=trigger(one), view=modal("a"))
            view = one.workspace.stack(one.ada.id)[-1]
            await one.server.acting.submit(one.ada.id, view.id, {})
            assert "why" in view.errors
            assert not [n for n in one.slack.journal.entries if n.direction == "delivery"]

    run(story())


def test_a_window_that_wants_to_know_is_told_of_its_end() -> None:
    """view_closed, without a trigger."""

    async def story() -> None:
        async with stage(again=()) as one:
            for wants in (False, True):
                view = modal("a", notify_on_close=wants)
                told = await one.client.views_open(trigger_id=trigger(one), view=view)
                socket = await one.socket() if wants else None
                closing = asyncio.ensure_future(
                    one.server.acting.close(one.ada.id, told["view"]["id"])
                )
                if socket is not None:
                    envelope = await socket.frame()
                    await socket.ack(envelope)
                    assert envelope["payload"]["type"] == "view_closed"
                    assert "trigger_id" not in envelope["payload"]
                await closing
                assert not stacked(one)

    run(story())
