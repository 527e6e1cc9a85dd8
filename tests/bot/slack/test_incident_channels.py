"""An incident with a channel of its own, where the configuration says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.bot.slack.test_incidents_in_slack import incidents, report
from tests.bot.slack.test_reasons_in_slack import Cluster
from tests.support.slack_world import Mode, World, run, slack_world

from kubectl_smart.bot.console.faults import Planned
from kubectl_smart.bot.console.workspace import Channel
from kubectl_smart.bot.grammar.chat_statements import parse_statement
from kubectl_smart.bot.grammar.statements import OpenRequest
from kubectl_smart.bot.slack.rooms import room_name

OPEN = '/smart incident open "payments time out" --channel'
WANTED = {"incident_channels": True}


def rooms(world: World) -> list[Channel]:
    """The channels the bot made."""
    return [
        one for one in world.workspace.channels.values() if re.match(r"\d{4}-\d\d-\d\d-", one.name)
    ]


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_an_incident_gets_a_channel_of_its_own(tmp_path: Path, mode: Mode) -> None:
    """Its opener is in it, topic and card are there, both places lead to each other."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(
            cluster.path, mode=mode, incident_channels=True, bot_settings=WANTED
        ) as world:
            await world.ada.says(OPEN)
            (incident,) = incidents(cluster.path)
            (room,) = rooms(world)
            assert room.name == incident.id
            assert room.members == {world.slack.app.bot_user, world.ada.id}
            assert room.topic == f"payments time out ({incident.id})"
            here = world.last_for(world.ada)
            assert f"<#{room.id}>" in str(here.blocks)
            there = world.last_for(world.ada, room)
            assert "Incident open: payments time out" in there.text
            assert f"/archives/{world.incidents.id}/p{here.ts.replace('.', '')}|" in str(
                there.blocks
            )

            await world.ada.says("@smart incident note the cache is full", room)
            await world.ada.says("it was the cache", room)
            await world.ada.reacts(room.top()[-1], "pushpin")
            await world.ada.says("@smart incident close rolled back", room)
            text = report(cluster.path, incident.id)
            for words in ("the cache is full", "it was the cache", "rolled back"):
                assert words in text
            assert incidents(cluster.path)[0].status == "closed"
            assert not world.slack.journal.complaints, world.slack.journal.complaints

    run(story())


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_the_same_incident_keeps_its_channel_and_another_gets_the_next_name(
    tmp_path: Path,
    mode: Mode,
) -> None:
    """Opened again by Bob he is invited; a name that is taken gets a number."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(
            cluster.path, mode=mode, incident_channels=True, bot_settings=WANTED
        ) as world:
            await world.ada.says(OPEN)
            await world.bob.says(OPEN)
            (room,) = rooms(world)
            assert world.bob.id in room.members
            assert len([one for one in room.messages.values() if one.bot]) == 1

            (incident,) = incidents(cluster.path)
            taken = incident.id.replace("payments-time-out", "dns-is-down")
            world.workspace.add_channel(taken)
            await world.ada.says("/smart incident open --channel dns is down")
            assert rooms(world)[-1].name == f"{taken}-2"

    run(story())


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_without_the_setting_nothing_is_opened(tmp_path: Path, mode: Mode) -> None:
    """One sentence says what to do, and neither incident nor channel is there."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, mode=mode) as world:
            await world.ada.says(OPEN)
            assert "set slack.incidents.channels" in world.last_for(world.ada).text
            assert incidents(cluster.path) == []
            assert rooms(world) == []

    run(story())


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        (None, "the app needs the scope channels:manage"),
        (Planned(kind="error", error="restricted_action"), "Slack says restricted_action"),
        (Planned(kind="dropped"), "no channel of its own"),
    ],
)
@pytest.mark.parametrize("mode", ["socket", "http"])
def test_an_incident_is_open_even_without_its_channel(
    tmp_path: Path, mode: Mode, trouble: Planned | None, sentence: str
) -> None:
    """Slack refuses the channel: the incident is open here, and why it has none is told."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(
            cluster.path, mode=mode, incident_channels=trouble is not None, bot_settings=WANTED
        ) as world:
            if trouble is not None:
                world.slack.faults.plan("conversations.create", trouble)
            await world.ada.says(OPEN)
            assert len(incidents(cluster.path)) == 1
            told = world.from_bot(world.ada)
            assert any("Incident open: payments time out" in one.text for one in told)
            assert any(sentence in one.text and one.only_for for one in told)

    run(story())


@pytest.mark.parametrize("method", ["conversations.invite", "conversations.setTopic"])
@pytest.mark.parametrize("mode", ["socket", "http"])
def test_a_channel_without_guest_or_topic_is_one_all_the_same(
    tmp_path: Path, mode: Mode, method: str
) -> None:
    """What Slack refuses besides is logged; the card is there."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(
            cluster.path, mode=mode, incident_channels=True, bot_settings=WANTED
        ) as world:
            world.slack.faults.plan(method, Planned(kind="error", error="fatal_error"))
            await world.ada.says(OPEN)
            (room,) = rooms(world)
            assert "Incident open" in list(room.messages.values())[-1].text

    run(story())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('incident open "a b" --channel', OpenRequest("a b", channel=True)),
        ("incident open --channel a b", OpenRequest("a b", channel=True)),
        ("incident open “a b” —channel", OpenRequest("a b", channel=True)),
        ("incident open the --channel option is broken", None),
        ('incident open "a --channel"', None),
        ("incident open a --channels", None),
    ],
)
def test_the_option_stands_before_or_behind_the_title(text: str, found: OpenRequest | None) -> None:
    """Within it these are words."""
    request = parse_statement(text)
    assert isinstance(request, OpenRequest)
    if found is None:
        assert not request.channel
    else:
        assert request == found


@given(st.text(max_size=120), st.integers(1, 20))
def test_a_name_is_one_that_slack_takes(incident: str, number: int) -> None:
    """Whatever the id is."""
    name = room_name(incident, number)
    assert re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,79}", name)
    assert number == 1 or name.endswith(f"-{number}")
