"""The commands that say something, as a user types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from built_memory import CONTROLLER, SARAH, START, TOM, Past, config, container, deployment, minutes

from kubectl_smart.bot.cli.main import run
from kubectl_smart.bot.settings import os_user
from kubectl_smart.memory.opening import open_for_writing
from kubectl_smart.memory.records.changes import Change

Cli = Callable[..., tuple[int, str, str]]
API = deployment("payment-api")
CLOCK = str(minutes(60) // 1_000_000)


@pytest.fixture
def scaled() -> Past:
    """A Deployment that a person scaled, then a controller; and a later change of another."""
    past = Past()
    image = container("main", "r.io/payment:5")
    past.write(API, by=SARAH, replicas=3, containers=[image])
    past.write(API, at=minutes(5), by=TOM, replicas=5, containers=[image])
    past.write(API, at=minutes(6), by=CONTROLLER, replicas=6, containers=[image])
    past.write(config("flags"), at=minutes(7), by=SARAH, data={"a": "1"})
    past.heard(START, minutes(10))
    return past


@pytest.fixture
def cli(
    scaled: Past,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Cli:
    """Runs a command line against that memory, an hour later, in UTC: (code, stdout, stderr)."""
    scaled.record(tmp_path / "memory")
    monkeypatch.setenv("KUBECTL_SMART_MEMORY", str(tmp_path / "memory"))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", CLOCK)

    def call(*words: str) -> tuple[int, str, str]:
        code = run(words)
        written = capsys.readouterr()
        return code, written.out, written.err

    return call


def test_what_is_remembered_is_shown_and_forgotten(cli: Cli) -> None:
    """Pinned to a field by its short name, shown by why, and gone once it is taken back."""
    words = ("remember", "deploy/payment-api", "--field", "replicas", "never below 5")
    code, out, _ = cli(*words, "--as", "ann@example.com")
    assert (code, out.splitlines()[0]) == (
        0,
        "remembered about payments/deployment payment-api, spec.replicas: never below 5",
    )
    why = cli("why", "deploy/payment-api", "--replicas")[1]
    assert "never below 5 on spec.replicas — ann@example.com, 2025-11-23 10:00:00 (note " in why
    assert "never below 5" not in cli("why", "deploy/payment-api", "--image")[1]

    note = cli(*words, "--as", "ann@example.com", "-o", "name")[1].strip()
    assert cli("forget", note[:8])[0] == 0
    assert "never below 5" not in cli("why", "deploy/payment-api", "--replicas")[1]
    assert cli("verify")[0] == 0


def test_a_reason_goes_to_the_last_change_of_a_person(cli: Cli, scaled: Past) -> None:
    """Of the object, of everything, or the change named; in the answers it stands by the change."""
    scaling, flags = (one for one in scaled.records if isinstance(one, Change)
                      and one.happened_at in (minutes(5), minutes(7)))  # fmt: skip
    for words, change in (
        (("because", "deploy/payment-api", "Black Friday"), scaling),
        (("because", "a new flag"), flags),
        (("because", "-n", "prod", scaling.id[:8], "see", "the", "ticket"), scaling),
    ):
        told = json.loads(cli(*words, "-o", "json")[1])
        assert told["note"]["explains"] == change.id
        assert told["note"]["author"] == os_user()
    why = cli("why", "deploy/payment-api", "--replicas")[1]
    assert "reason: Black Friday — " in why
    assert "reason: see the ticket — " in why


def test_an_incident_from_the_terminal(cli: Cli) -> None:
    """Opened, noted, linked, closed, shown, listed and opened again, without ever typing its id."""
    assert cli("incident", "open", "Cache", "outage")[1].startswith(
        "incident 2025-11-23-cache-outage is open\n"
    )
    assert cli("incident", "open", "Cache outage")[1].startswith("known already: ")
    cli("incident", "note", "it is full", "--as", "ann")
    cli("incident", "step", "2025-11-23-cache-outage", "flushed it")
    linked = cli("incident", "link", "deploy/payment-api")[1]
    assert "is linked to 2025-11-23-cache-outage" in linked
    assert cli("incident", "close", "it is empty again")[0] == 0

    shown = cli("incident", "show", "2025-11-23")[1]
    assert shown.startswith("---\nid: 2025-11-23-cache-outage\ntitle: Cache outage\nstatus: closed")
    for text in ("ann: it is full", ": step: flushed it", ": it is empty again"):
        assert text in shown
    assert cli("incident", "list")[1].splitlines()[1].split()[:2] == [
        "2025-11-23-cache-outage",
        "closed",
    ]
    assert "2025-11-23-cache-outage" in cli("why", "deploy/payment-api")[1]
    told = json.loads(cli("incident", "reopen", "-o", "json")[1])
    assert (told["kind"], told["incident"]["status"], told["incident"]["closedAt"]) == (
        "Told",
        "open",
        None,
    )
    document = json.loads(cli("incident", "show", "-o", "json")[1])
    assert [note["text"] for note in document["notes"]].count("it is full") == 1
    assert json.loads(cli("incident", "list", "-o", "json")[1])["items"][0]["status"] == "open"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("remember", "never below 5"), 2, "does not begin with an object"),
        (("remember", "deploy/payment-api"), 2, "there are no words"),
        (("remember", "deploy/payment-apo", "x"), 3, "nothing is known of deployment payment-apo"),
        (("because", "deploy/payment-api"), 2, "there are no words"),
        (("because", "fffffff", "x"), 3, "no change or commit begins with fffffff"),
        (("forget", "ffffff"), 3, "no note begins with ffffff"),
        (("forget", "it"), 2, "is no id of a note"),
        (("incident", "note", "x"), 3, "no incident is open"),
        (("incident", "close"), 3, "no incident is open"),
        (("incident", "reopen"), 3, "no incident is closed"),
        (("incident", "show", "2020-01-01-x"), 3, "no incident is called 2020-01-01-x"),
        (("incident", "link", "x y"), 2, "nothing was named to link"),
        (("incident", "open", "x" * 201), 2, "the title is 201 characters long"),
        (("incident", "burn"), 2, "No such command"),
    ],
)
def test_errors_of_speech(cli: Cli, words: tuple[str, ...], code: int, said: str) -> None:
    """One sentence on stderr, a documented code, and nothing recorded."""
    before = json.loads(cli("status", "-o", "json")[1])["counts"]
    ended, out, err = cli(*words)

    assert (ended, out, err.count("\n")) == (code, "", 1)
    assert said in err
    assert json.loads(cli("status", "-o", "json")[1])["counts"] == before


def test_somebody_else_is_writing(cli: Cli, tmp_path: Path) -> None:
    """Said in one sentence, with the code that is documented for it."""
    with open_for_writing(tmp_path / "memory"):
        code, out, err = cli("remember", "deploy/payment-api", "never below 5")

    assert (code, out, err.count("\n")) == (6, "", 1)


def test_words_of_others_cannot_forge_lines(cli: Cli) -> None:
    """On a terminal a note is one line, and hidden characters are spelled out."""
    cli("remember", "deploy/payment-api", "a\nNEXT DOOR\n\N{RIGHT-TO-LEFT OVERRIDE}txt")

    why = cli("why", "deploy/payment-api")[1]
    assert "  a NEXT DOOR \\u202etxt — " in why
