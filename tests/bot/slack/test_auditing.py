"""Who asked what: told in Slack to those who see everything, and in a terminal to its owner."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC
from pathlib import Path

import pytest
from tests.bot.slack.test_asking_in_slack import a_memory
from tests.support.built_memory import minutes
from tests.support.slack_world import Mode, run, slack_world

from kubectl_smart.bot.cli.main import run as smart
from kubectl_smart.bot.grammar.audit import AuditRequest, parse_audit
from kubectl_smart.bot.grammar.chat import typed
from kubectl_smart.bot.slack.state import State
from kubectl_smart.memory.records.errors import BadInput

CONFIG = """
memory: {memory}
slack:
  state: {state}
  bot_token: {{env: BOT}}
  app_token: {{env: APP}}
  teams: [T1]
"""


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_the_trail_tells_how_each_question_ended(tmp_path: Path, mode: Mode) -> None:
    """Answered, unknown, not understood, refused: each by whom and where, and only Ada reads it."""

    async def story() -> None:
        async with slack_world(a_memory(tmp_path), mode=mode, now=minutes(60)) as world:
            await world.ada.says("/smart why deployment/payment-api")
            await world.bob.says("/smart why deployment/no-such-thing")
            await world.bob.says("/smart log --frobnicate")
            await world.people["carol"].says("/smart why deployment/payment-api")
            await world.ada.says("@smart audit")
            told = world.last_for(world.ada)
            assert told.only_for == world.ada.id
            lines = told.text.splitlines()
            assert [line.rpartition(": ")[2] for line in lines[:1] + lines[2:]] == [
                "let in",
                "not understood",
                "nothing known",
                "answered",
            ]
            assert "Carol Example why in" in lines[1].replace("`", "")
            assert "refused: you may not use" in lines[1]
            assert all(world.incidents.id in line for line in lines)
            assert "no-such-thing" not in told.text
            assert not world.slack.journal.complaints, world.slack.journal.complaints

            await world.ada.says(f"/smart audit --user <@{world.bob.id}> --limit 1")
            shown = world.last_for(world.ada).text
            assert "not understood" in shown
            assert "1 of 2 deeds shown" in shown
            assert "nothing known" not in shown

    run(story())


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_the_trail_is_not_told_to_who_sees_one_namespace(tmp_path: Path, mode: Mode) -> None:
    """Bob may use every verb, and reads of nobody; the attempt itself is in the trail."""

    async def story() -> None:
        async with slack_world(a_memory(tmp_path), mode=mode, now=minutes(60)) as world:
            await world.ada.says("/smart why deployment/payment-api")
            await world.bob.says("/smart audit")
            told = world.last_for(world.bob)
            assert "only told to those who see every namespace" in told.text
            assert "Ada" not in told.text
            assert world.bot.state.trail(user=world.bob.id).deeds[0].ending == "refused"

    run(story())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("audit", AuditRequest(None, "", 10)),
        ("audit --user=<@U0A1|ada> --limit 3", AuditRequest(None, "U0A1", 3)),
        ("audit --since -1h --user U0A1", AuditRequest(minutes(0), "U0A1", 10)),
    ],
)
def test_what_is_asked_of_the_trail(text: str, found: AuditRequest) -> None:
    """Options in any order, somebody by mention or by id."""
    assert parse_audit(typed(text), now=minutes(60), zone=UTC) == found


@pytest.mark.parametrize(
    "text", ["audit me", "audit --limit 999", "audit --user ada", "audit --since"]
)
def test_what_is_not_understood_of_the_trail(text: str) -> None:
    """One sentence each."""
    with pytest.raises(BadInput):
        parse_audit(typed(text), now=minutes(60), zone=UTC)


def test_the_terminal_prints_the_trail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A table or a document, the newest first, cut where asked for, and saying so."""
    config, file = tmp_path / "smart.yaml", tmp_path / "slack.sqlite"
    config.write_text(CONFIG.format(memory=tmp_path / "memory", state=file))
    assert smart(["slack", "audit", "--config", str(config)]) == 3
    assert "it is made by the first" in capsys.readouterr().err
    state = State(file)
    for at in range(3):
        state.asked(1_000.0 + at, "T1", f"U{at}", "C1", "why", "", f"d{at}")
    state.ended("d2", "answered")
    state.asked(2_000.0, "T1", "U9", "C1", "home", "you may not")
    state.close()

    assert smart(["slack", "audit", "--config", str(config), "--limit", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["AT", "USER", "CHANNEL", "VERB", "ENDED"]
    assert lines[1].endswith("U9     C1        home   refused: you may not")
    assert lines[2].endswith("answered")
    assert lines[3] == "2 of 4 deeds shown; --limit shows more"

    asked = ["--since", "1970-01-01T00:16:41Z", "--user", "U1", "-o", "json"]
    assert smart(["slack", "audit", "--config", str(config), *asked]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["kind"], document["total"]) == ("AuditTrail", 1)
    assert document["items"] == [
        {
            "at": "1970-01-01T00:16:41Z", "team": "T1", "user": "U1", "channel": "C1",
            "verb": "why", "refusal": None, "ending": None,
        }
    ]  # fmt: skip


def test_the_file_of_an_older_bot_is_read(tmp_path: Path) -> None:
    """Its trail lacks two columns; they are added, and what stood there is told."""
    file = tmp_path / "slack.sqlite"
    with sqlite3.connect(file) as old:
        old.execute(
            "create table trail (at real not null, team text not null, user text not null,"
            " channel text not null, verb text not null, refusal text not null)"
        )
        old.execute("insert into trail values (1, 'T1', 'U1', 'C1', 'why', '')")
    old.close()
    state = State(file)
    state.asked(2.0, "T1", "U2", "C1", "log", "", "d")
    state.ended("d", "answered")

    assert [one.ending for one in state.trail().deeds] == ["answered", ""]
    state.close()
