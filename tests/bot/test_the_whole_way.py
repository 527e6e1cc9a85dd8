"""From the API server's webhook to a person's reason and back into `why`: the whole way once."""

from __future__ import annotations

import asyncio
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.support.audit_events import audit_event, deployment
from tests.support.live_process import LiveProcess, deliver, event_list
from tests.support.recordings import smart
from tests.support.slack_world import a_workspace, run

from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.server import Server, running
from kubectl_smart.bot.console.workspace import Channel, Message

CONFIG = """
memory: {memory}
listen: {{port: 0}}
capture:
  doors: {{port: 0}}
  audit_webhook:
    tokens: [{{env: AUDIT_TOKEN}}]
  commit: {{decisions: 0.1, journal: 0.5}}
slack:
  base_url: {base}/api/
  bot_token: {{env: BOT}}
  app_token: {{env: APP}}
  teams: [{team}]
  roles:
    - {{name: all, users: [{user}], namespaces: ["*"]}}
  feeds:
    - {{channel: {channel}, every: 1, after: 0}}
"""


def now_event(verb: str, rv: int, replicas: int, **more: Any) -> dict[str, Any]:
    """A write of the Deployment, made just now."""
    stamp = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    whole = deployment(replicas, rv=rv)
    event = audit_event(verb, "deployments", "api", group="apps", response=whole, **more)
    return {**event, "stageTimestamp": stamp, "requestReceivedTimestamp": stamp}


async def said_by(channel: Channel, words: str, within: float = 60) -> Message:
    """The message that says this, once it is there."""
    for _ in range(int(within / 0.05)):
        for message in channel.messages.values():
            if words in message.text:
                return message
        await asyncio.sleep(0.05)
    raise AssertionError([message.text for message in channel.messages.values()])


def test_the_whole_way(tmp_path: Path, record_property: Any) -> None:
    """Webhook, commit, announcement, reason in the thread, commit, `why`."""
    memory = tmp_path / "memory"
    workspace, app = a_workspace()
    slack = Platform(workspace, app, rates_enforced=False, file_delay=0.0)
    ada = next(one.id for one in workspace.users.values() if one.name == "ada")
    channel = next(one for one in workspace.channels.values() if one.name == "incidents")

    async def story() -> float:
        async with running(Server(slack)) as server:
            config = tmp_path / "smart.yaml"
            config.write_text(
                CONFIG.format(
                    memory=memory, base=server.base, team=workspace.team, user=ada,
                    channel=channel.id,
                )
            )  # fmt: skip
            process = LiveProcess(config, BOT=app.bot_token, APP=app.app_token)
            await asyncio.to_thread(process.start)
            try:
                made = event_list([now_event("create", 1, 3)])
                await asyncio.to_thread(deliver, process, made)
                await asyncio.to_thread(process.until, "changes_total", 1)
                began = time.monotonic()
                scaled = event_list([now_event("patch", 2, 5, request={"spec": {"replicas": 5}})])
                await asyncio.to_thread(deliver, process, scaled)
                announced = await said_by(channel, "replicas 3 → 5")
                assert "Why?" in announced.text
                await server.acting.post(
                    ada, channel.id, "Black Friday: the queue grows", announced.ts
                )
                await said_by(channel, "because: Black Friday")
                took = time.monotonic() - began
                assert process.figure("dropped_total") == 0
            finally:
                code = await asyncio.to_thread(process.stop)
            assert code == 0
            assert not slack.journal.complaints
            assert not [line for line in process.said if "Traceback" in line], process.said
            return took

    record_property("seconds", run(story()))
    words = ("why", "deployment/api", "-n", "prod", "--replicas", "-o", "json")
    assert "Black Friday: the queue grows" in smart(*words, memory=memory).stdout
    log = subprocess.run(
        ["git", "-C", memory, "log", "--format=%an %s", "main"],
        capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    assert any("prod/deployment api: replicas 3 → 5" in line for line in log)
    assert log[0].startswith("Ada Example")
    assert "no fault" in smart("verify", memory=memory).stdout
