"""Alerts open incidents: a real Alertmanager, the process, the stand-in of Slack, git."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.alertmanager import alertmanager, raise_alerts
from tests.support.live_process import TOKEN, LiveProcess, post
from tests.support.recordings import smart
from tests.support.slack_world import a_workspace, run

from kubectl_smart.bot.alarming import Matcher, matcher
from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.server import Server, running
from kubectl_smart.bot.console.workspace import Channel, Message
from kubectl_smart.memory.opening import open_memory
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.notes import Note

CONFIG = """
memory: {memory}
listen: {{port: 0}}
capture:
  doors: {{port: 0}}
  audit_webhook:
    tokens: [{{env: AUDIT_TOKEN}}]
  alertmanager:
    tokens: [{{env: AUDIT_TOKEN}}]
    incidents: {{match: [severity=page], {more}}}
  commit: {{decisions: 0.1, journal: 0.5}}
"""
SLACK = """
slack:
  base_url: {base}/api/
  bot_token: {{env: BOT}}
  app_token: {{env: APP}}
  teams: [{team}]
  roles:
    - {{name: all, users: [{user}], namespaces: ["*"]}}
  feeds:
    - {{channel: {channel}, every: 1, after: 0}}
    - {{channel: {blind}, every: 1, after: 0, namespaces: [elsewhere]}}
"""
SECRET = "postgres://app:hunter2-do-not-store@db/app"


def alert(minutes: float, summary: str = "p99 is 2 s", **labels: str) -> dict[str, Any]:
    """One that began so long ago, as Prometheus raises it."""
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=minutes)
    named = {"alertname": "HighLatency", "namespace": "shop", "deployment": "cart"}
    return {
        "labels": {**named, "severity": "page", **labels},
        "annotations": {"summary": summary},
        "startsAt": began.isoformat(),
    }


def resolved(found: dict[str, Any]) -> dict[str, Any]:
    """The same, over now."""
    return {**found, "endsAt": datetime.now(UTC).isoformat()}


def notification(*found: dict[str, Any], group: str = "g", status: str = "firing") -> bytes:
    """As Alertmanager sends it."""
    alerts = [
        {
            "endsAt": "0001-01-01T00:00:00Z", **one, "status": status,
            "fingerprint": "".join(one["labels"].values()),
        }
        for one in found
    ]  # fmt: skip
    return orjson.dumps({"version": "4", "groupKey": group, "alerts": alerts})


def incidents(memory: Path) -> list[Incident]:
    """Those the memory knows, in the order they were opened."""
    with open_memory(memory) as opened:
        return [one.record for one in opened.index.incidents() if isinstance(one.record, Incident)]


def lines(memory: Path, incident: str = "") -> list[str]:
    """What alerts added, in the order of time."""
    with open_memory(memory) as opened:
        found = [one.record for one in opened.index.notes()]
    notes = [one for one in found if isinstance(one, Note)]
    return [one.text for one in notes if not incident or one.incident == incident]


def until(memory: Path, count: int, within: float = 60) -> list[str]:
    """Wait for so many lines."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if (memory / "smart" / "index.sqlite").exists() and len(found := lines(memory)) >= count:
            return found
        time.sleep(0.2)
    raise AssertionError(lines(memory))


@contextmanager
def serving(folder: Path, more: str = "again: 3600", slack: str = "", **env: str) -> Iterator[Any]:
    """The process; gives a function that starts it anew, which gives the address for alerts."""
    config = folder / "smart.yaml"
    config.write_text(CONFIG.format(memory=folder / "memory", more=more) + slack)
    process = LiveProcess(config, **env)

    def start() -> str:
        process.start()
        return process.audit.replace("/audit", "/alertmanager")

    try:
        yield process, start
    finally:
        process.end()


async def said_by(channel: Channel, words: str, within: float = 60) -> Message:
    """The message that says this, once it is there."""
    for _ in range(int(within / 0.05)):
        for message in channel.messages.values():
            if words in message.text:
                return message
        await asyncio.sleep(0.05)
    raise AssertionError([message.text for message in channel.messages.values()])


def test_from_alertmanager_to_slack_and_back(tmp_path: Path) -> None:
    """Fires: an incident, card, thread; a person adds a note; resolved: a line, still open."""
    memory = tmp_path / "memory"
    workspace, app = a_workspace()
    slack = Platform(workspace, app, rates_enforced=False, file_delay=0.0)
    ada = next(one.id for one in workspace.users.values() if one.name == "ada")
    channel = next(one for one in workspace.channels.values() if one.name == "incidents")

    blind = next(one for one in workspace.channels.values() if one.name != "incidents")

    async def story() -> None:
        async with running(Server(slack)) as server:
            part = SLACK.format(
                base=server.base, team=workspace.team, user=ada, channel=channel.id, blind=blind.id
            )
            env = {"BOT": app.bot_token, "APP": app.app_token}
            with serving(tmp_path, slack=part, **env) as (process, start):
                hook = await asyncio.to_thread(start)
                await asyncio.sleep(2)  # the feed begins with what comes after it began
                with alertmanager(tmp_path, hook, TOKEN) as address:
                    fires = alert(2, f"p99 of cart is 2 s, see {SECRET}")
                    mild = alert(2, "not so bad", severity="warning", alertname="Mild")
                    await asyncio.to_thread(raise_alerts, address, fires, mild)
                    card = await said_by(channel, "Incident open:")
                    assert "p99 of cart is 2 s" in card.text
                    line = await said_by(channel, "HighLatency fires on shop/deployment cart")
                    assert line.thread_ts == card.ts
                    note = "@smart incident note Cause: the cache is cold"
                    await server.acting.post(ada, channel.id, note, card.ts)
                    await said_by(channel, "noted in")
                    await asyncio.to_thread(raise_alerts, address, resolved(fires))
                    over = await said_by(channel, "HighLatency on shop/deployment cart is resolved")
                    assert over.thread_ts == card.ts
                assert not blind.messages  # it sees another namespace
                assert await asyncio.to_thread(process.stop) == 0
                assert not [one for one in process.said if "Traceback" in one], process.said
            assert not slack.journal.complaints

    run(story())
    (incident,) = incidents(memory)
    assert incident.title.startswith("p99 of cart is 2 s")
    assert incident.status.value == "open"
    assert len(lines(memory)) == 3
    listed = smart("incident", "list", memory=memory).stdout
    assert incident.id in listed
    shown = smart("incident", "show", incident.id, "-o", "json", memory=memory).stdout
    report = subprocess.run(
        ["git", "-C", memory, "show", f"main:incidents/{incident.id}.md"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for words in (
        "about shop/deployment cart",
        "the cache is cold",
        "HighLatency fires",
        "is resolved",
        "alertmanager",
    ):
        assert words in report
    assert "hunter2" not in shown + report
    assert smart("verify", memory=memory).returncode == 0


def test_resends_and_kills(tmp_path: Path) -> None:
    """Whatever is sent again, and whenever the process is killed: one incident, each line once."""
    memory = tmp_path / "memory"
    pages = [alert(9 - n, f"page {n}", deployment=f"d{n}") for n in range(4)]
    with serving(tmp_path) as (process, start):
        hook = start()
        for number in range(4):
            assert post(hook, notification(*pages[: number + 1]))[0] == 200
            time.sleep(0.25 * number)
            process.kill()
            hook = start()
            assert post(hook, notification(*pages[: number + 1]))[0] == 200
        until(memory, 4)
        over = notification(*map(resolved, pages[:1]), status="resolved")
        assert post(hook, over)[0] == post(hook, over)[0] == 200
        until(memory, 5)
        assert process.stop() == 0
    assert [one.title for one in incidents(memory)] == ["page 0"]
    where = "HighLatency fires on shop/deployment"
    fired = [f"{where} d{n}: page {n} (severity=page)" for n in range(4)]
    assert sorted(lines(memory)) == [*fired, "HighLatency on shop/deployment d0 is resolved"]
    assert smart("verify", memory=memory).returncode == 0


def test_groups_closing_and_firing_again(tmp_path: Path) -> None:
    """Each group has its own; closed when all is resolved, if so told; opened again, or anew."""
    memory = tmp_path / "memory"
    with serving(tmp_path, "again: 3600, close: true") as (process, start):
        hook = start()
        first, second = alert(300, deployment="a"), alert(299, deployment="b")
        post(hook, notification(first, second))
        post(hook, notification(alert(298, alertname="Other"), group="other"))
        until(memory, 3)
        one = {**first, "endsAt": alert(240)["startsAt"]}
        post(hook, notification(one, status="resolved"))
        until(memory, 4)
        assert [found.status.value for found in incidents(memory)] == ["open", "open"]
        post(hook, notification({**second, "endsAt": alert(230)["startsAt"]}, status="resolved"))
        until(memory, 5)
        assert _eventually(memory, ["closed", "open"])
        again = alert(-10, deployment="c")  # after it was closed, which is now at the earliest
        post(hook, notification(again))
        assert _eventually(memory, ["open", "open"])
        post(hook, notification({**again, "endsAt": alert(-20)["startsAt"]}, status="resolved"))
        assert _eventually(memory, ["closed", "open"])
        post(hook, notification(alert(-180, deployment="d")))
        assert _eventually(memory, ["closed", "open", "open"])
        assert process.stop() == 0
    old, other, new = incidents(memory)
    assert [old.title, other.title, new.title] == ["p99 is 2 s"] * 3
    assert len({old.id, other.id, new.id}) == 3
    assert len(lines(memory, old.id)) == 6
    assert len(lines(memory, new.id)) == len(lines(memory, other.id)) == 1


def _eventually(memory: Path, statuses: Sequence[str]) -> bool:
    """Wait until the incidents are so."""
    for _ in range(300):
        if [one.status.value for one in incidents(memory)] == statuses:
            return True
        time.sleep(0.2)
    raise AssertionError(incidents(memory), lines(memory))


@pytest.mark.parametrize(
    ("text", "labels", "holds"),
    [
        ("severity=page", {"severity": "page"}, True),
        ('severity = "page"', {"severity": "page"}, True),
        ("severity!=page", {}, True),
        ("severity=~'page|critical'", {"severity": "critical"}, True),
        ("severity=~page", {"severity": "pages"}, False),
        ("severity!~p.*", {"severity": "page"}, False),
        ("severity=", {}, True),
    ],
)
def test_matchers(text: str, labels: dict[str, str], holds: bool) -> None:
    """As Alertmanager reads them."""
    assert matcher(text).holds(labels) is holds


@pytest.mark.parametrize("text", ["severity", "=page", "severity=~(", "", "a-b=c"])
def test_what_is_no_matcher(text: str) -> None:
    """Said so."""
    with pytest.raises(ValueError, match=r"is no (matcher|regular expression)"):
        matcher(text)


@given(st.from_regex(r"[a-z_]{1,9}", fullmatch=True), st.text(max_size=9))
def test_a_quoted_value_is_what_it_says(label: str, value: str) -> None:
    """Whatever is between the quotes."""
    found = matcher(f'{label}="{value}"')
    assert found == Matcher(label, "=", value)
    assert found.holds({label: value})
