"""Whatever is sent, the stand-in answers as Slack does: JSON, and never an error of its own."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.slack_stage import run, stage

from kubectl_smart.bot.console.installation import APP_TOKEN, BOT_TOKEN
from kubectl_smart.bot.console.methods import FORM_ONLY, METHODS

VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-5, 5),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=5),
        st.sampled_from(["C00000001", "U00000002", "F00000001", "1763900000.000000", "Tr00000001"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["type", "text", "blocks", "id", "elements", "title", "element"]),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=6,
)
GOOD: dict[str, Any] = {
    "channel": "C00000001",
    "user": "U00000002",
    "user_id": "U00000002",
    "ts": "1763900000.000000",
    "message_ts": "1763900000.000000",
    "timestamp": "1763900000.000000",
    "trigger_id": "Tr00000001",
    "file": "F00000001",
    "files": [{"id": "F00000001"}],
    "length": 3,
    "view": {
        "type": "modal",
        "title": {"type": "plain_text", "text": "t"},
        "blocks": [{"type": "divider"}],
    },
}


@st.composite
def requests(draw: st.DrawFn) -> list[tuple[str, dict[str, Any]]]:
    """Some methods, each with good arguments but for a few that are nonsense."""
    told = []
    for name in draw(st.lists(st.sampled_from(sorted(METHODS)), min_size=1, max_size=8)):
        method = METHODS[name]
        good = {argument: GOOD.get(argument, "x") for argument in method.required}
        known = st.sampled_from(sorted(method.arguments) or ["foo"])
        spoilt = draw(st.dictionaries(known, VALUES, max_size=3))
        told.append((name, {**good, **spoilt}))
    return told


@given(requests())
@settings(max_examples=60)
def test_nonsense_is_answered(asked: list[tuple[str, dict[str, Any]]]) -> None:
    """With 200 and `ok`, true or false, and a reason where it is false."""

    async def story() -> None:
        async with stage(events=[]) as one:
            await one.says(one.ada, "x")
            one.slack.tickets.trigger(one.ada.id)
            await one.client.files_getUploadURLExternal(filename="a", length=1)
            for name, arguments in asked:
                token = APP_TOKEN if METHODS[name].caller == "app" else BOT_TOKEN
                sent: dict[str, Any] = {"json": arguments}
                if name in FORM_ONLY:
                    words = {key: str(value) for key, value in arguments.items()}
                    sent = {"data": words}
                status, told, _ = await one.asked(name, token=token, **sent)
                assert status == 200, (name, arguments)
                assert told["ok"] or told["error"], (name, arguments)

    run(story())


@given(st.dictionaries(st.sampled_from(["text", "blocks", "thread_ts", "response_type"]), VALUES))
@settings(max_examples=60)
def test_nonsense_at_a_response_url_is_answered(given_: dict[str, Any]) -> None:
    """As anything refused there is."""

    async def story() -> None:
        async with stage(events=[]) as one:
            url = one.slack.response_address(one.general.id, one.ada.id)
            async with one.session.post(url, json=given_) as answer:
                assert answer.status in (200, 400, 404)
                assert "ok" in await answer.json()

    run(story())
