"""An incident in Slack, from its opening to its report; and what is known about objects."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.bot.slack.test_reasons_in_slack import Cluster
from tests.support.built_memory import minutes
from tests.support.slack_world import Mode, run, slack_world

from kubectl_smart.memory.opening import open_memory
from kubectl_smart.memory.records.incidents import Incident


def incidents(path: Path) -> list[Incident]:
    """Those the memory knows."""
    with open_memory(path) as memory:
        found = [each.record for each in memory.index.incidents()]
    return [one for one in found if isinstance(one, Incident)]


def report(path: Path, incident: str) -> str:
    """The report as it stands on main."""
    return subprocess.run(
        ["git", "-C", path, "show", f"main:incidents/{incident}.md"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_an_incident_from_opening_to_report(tmp_path: Path, mode: Mode) -> None:
    """Opened by a command, told in its thread, marked with a pin, linked, closed; all in git."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, mode=mode) as world:
            await world.ada.says('/smart incident open "payments time out"')
            opened = world.last_for(world.ada)
            assert opened.only_for is None
            assert "payments time out" in opened.text
            (incident,) = incidents(cluster.path)

            await world.ada.replies(opened, "@smart incident note the cache is <b>full</b>")
            await world.bob.replies(opened, "saw it at `redis-0` first")
            pinned = world.incidents.thread(opened.ts)[-1]
            await world.ada.reacts(pinned, "pushpin")
            await world.ada.replies(opened, "@smart incident link deployment/payment-api")
            await world.ada.replies(opened, "@smart incident close rolled it back")
            assert "Incident closed" in " ".join(
                one.text for one in world.incidents.thread(opened.ts)
            )
            (incident,) = incidents(cluster.path)
            assert incident.status == "closed"
            text = report(cluster.path, incident.id)
            assert "the cache is" in text
            assert "saw it at `redis-0` first" in text.replace("\\`", "`")
            assert "rolled it back" in text
            assert "Bob Example" in text

            await world.ada.says("/smart incident list")
            assert incident.id in world.last_for(world.ada).text
            await world.ada.says(f"/smart incident show {incident.id}")
            assert "Incident closed: payments time out" in world.last_for(world.ada).text
            await world.ada.replies(opened, "@smart incident reopen")
            assert incidents(cluster.path)[0].status == "open"
            await world.ada.says('/smart incident open "payments time out again"')
            assert f"like {incident.id}" in world.last_for(world.ada).text
            assert not world.slack.journal.complaints, world.slack.journal.complaints

    run(story())


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_a_rule_is_remembered_and_its_breach_told_at_once(tmp_path: Path, mode: Mode) -> None:
    """`why` shows the rule; a change that breaks it is announced with the rule and its author."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(
            cluster.path, mode=mode, now=minutes(60), feeds={"after": 3_600.0 * 24}
        ) as world:
            await world.look()
            rule = "never below 5 because the provider's SLA"
            await world.bob.says(
                f'/smart remember deployment/payment-api --field replicas "{rule}"'
            )
            assert "remembered about payments/deployment payment-api" in (
                world.last_for(world.bob).text
            )
            await world.bob.says("/smart why deployment/payment-api --replicas")
            assert "never below 5" in world.last_for(world.bob).text

            cluster.scale(5, 70)
            await world.look()
            cluster.scale(2, 80)
            await world.look()
            announced = [one for one in world.incidents.messages.values() if one.bot]
            assert len(announced) == 1, "only what breaks a rule is told before its time"
            assert "breaks a rule: spec.replicas never below 5" in announced[0].text
            assert "Bob Example" in announced[0].text

    run(story())


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_a_note_is_taken_back_by_its_id(tmp_path: Path, mode: Mode) -> None:
    """Forget takes the id that the receipt names."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, mode=mode, now=minutes(60)) as world:
            await world.ada.says("/smart remember deployment/payment-api it likes company")
            receipt = world.last_for(world.ada)
            note = receipt.text.rpartition("forget ")[2].strip("` ")
            await world.ada.says(f"/smart forget {note}")
            assert "Taken back" in world.last_for(world.ada).text
            await world.ada.says("/smart why deployment/payment-api")
            assert "company" not in world.last_for(world.ada).text

    run(story())


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_the_home_shows_open_incidents_and_what_one_sees(tmp_path: Path, mode: Mode) -> None:
    """Ada sees the incident; Bob, who sees one namespace, none; Carol, without a role, nothing."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, mode=mode) as world:
            await world.ada.says('/smart incident open "checkout is down"')
            for name in ("ada", "bob", "carol"):
                await world.people[name].opens_home()
            texts = {
                name: str(world.workspace.views[world.workspace.homes[who.id]].body)
                for name, who in world.people.items()
                if who.id in world.workspace.homes
            }
            assert "checkout is down" in texts["ada"]
            assert "checkout is down" not in texts["bob"]
            assert "You see payments" in texts["bob"]
            assert "you may not use `home`" in texts["carol"]
            assert "You see" not in texts["carol"]

    run(story())


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_an_incident_of_what_somebody_sees_is_theirs_too(tmp_path: Path, mode: Mode) -> None:
    """Bob lists, reads, and closes the one of payments; the other never was, wherever he asks."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, mode=mode) as world:
            bob = world.bob
            await world.ada.says('/smart incident open "payment-api is slow"')
            await world.ada.says('/smart incident open "gold is missing"')
            mine, hidden = (one.id for one in incidents(cluster.path))
            await bob.says("/smart incident list")
            listed = world.last_for(bob).text
            assert mine in listed
            assert hidden not in listed
            await bob.says(f"/smart incident show {mine}")
            assert "Incident open: payment-api is slow" in world.last_for(bob).text
            await bob.opens_home()
            home = str(world.workspace.views[world.workspace.homes[bob.id]].body)
            assert "payment-api is slow" in home
            assert "gold" not in home

            sentences = []
            for name in (hidden, "2020-01-01-never"):
                for words in ("show", "close", "note"):
                    text = "" if words == "show" else " it is over"
                    await bob.says(f"/smart incident {words} {name}{text}")
                    sentences.append(world.last_for(bob).text.replace(name, "NAME"))
            assert sentences[:3] == sentences[3:]
            assert "no incident is called NAME" in sentences[0]

            await bob.says(f"/smart incident close {mine} it was the gateway")
            assert [one.status for one in incidents(cluster.path)] == ["closed", "open"]

    run(story())
