"""`doctor` beside a real `serve`: one that cannot accept, that hangs, that is no `serve`."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.support.alertmanager import free_port
from tests.support.doctored import Found, doctor
from tests.support.exporter import exporter
from tests.support.live_process import CAPTURE, TOKEN, LiveProcess

from kubectl_smart.bot.doctor.process import figures_of


def look(config: Path, *more: str) -> Found:
    """What the doctor finds."""
    words = ("--config", str(config), "--within", "30", *more)
    return doctor(*words, environment={"AUDIT_TOKEN": TOKEN})


def test_a_process_that_cannot_accept_tells_why(tmp_path: Path) -> None:
    """With the words of /readyz, and what to do; the disk is told of, too."""
    config = tmp_path / "smart.yaml"
    spool = "  spool: {free: 1000000000}\n"
    config.write_text(CAPTURE.format(memory=tmp_path / "memory") + spool)
    process = LiveProcess(config)
    process.start()
    try:
        found = look(config)
    finally:
        process.stop()
    one = found.one("serve", "ready")
    assert one["state"] == "failed"
    assert one["said"].startswith("not ready: ")
    assert "make room" in one["remedy"]
    assert found.one("memory", "disk")["state"] == "failed"


def test_a_process_that_hangs_costs_a_time_out(tmp_path: Path) -> None:
    """And everything else is looked at."""
    config = tmp_path / "smart.yaml"
    config.write_text(CAPTURE.format(memory=tmp_path / "memory"))
    process = LiveProcess(config)
    process.start()
    try:
        os.kill(process.pid, signal.SIGSTOP)
        found = look(config, "--within", "2")
    finally:
        os.kill(process.pid, signal.SIGCONT)
        process.stop()
    one = found.one("serve", "answers")
    assert one["state"] == "failed"
    assert one["remedy"]
    assert not found.of("serve", "ready")
    assert found.one("memory", "git")["state"] == "ok"


def test_another_program_at_the_address_is_told(tmp_path: Path) -> None:
    """Its answer is not taken for ours."""
    with exporter("something 1\n") as address:
        config = tmp_path / "smart.yaml"
        text = CAPTURE.format(memory=tmp_path / "memory")
        config.write_text(text.replace("{port: 0}", f"{{port: {address.rpartition(':')[2]}}}", 1))
        one = look(config).one("serve", "answers")
    assert one["state"] == "failed"
    assert "another program" in one["said"]


def test_the_bot_alone_has_no_such_page(tmp_path: Path) -> None:
    """`slack serve` does not listen: that is no fault."""
    config = tmp_path / "smart.yaml"
    config.write_text(
        f"listen: {{port: {free_port()}}}\nslack:\n  bot_token: {{env: BOT}}\n"
        "  app_token: {env: APP}\n  teams: [T1]\n"
    )
    found = look(config, "--memory", str(tmp_path / "memory"))
    assert found.one("serve", "answers")["state"] == "not configured"


def test_a_free_port_is_not_guessed(tmp_path: Path) -> None:
    """Where port 0 is configured only the process itself knows where it listens."""
    config = tmp_path / "smart.yaml"
    config.write_text(CAPTURE.format(memory=tmp_path / "memory"))
    one = look(config).one("serve", "answers")
    assert one["state"] == "failed"
    assert "listen.port" in one["remedy"]


def test_figures_are_read_by_label() -> None:
    """Histograms and what is not ours are left out."""
    text = (
        "# TYPE kubectl_smart_gaps_total counter\n"
        'kubectl_smart_gaps_total{source="watch"} 2\n'
        "# TYPE kubectl_smart_ready gauge\nkubectl_smart_ready 1\n"
        "# TYPE other gauge\nother 1\n"
    )
    assert figures_of(text) == {"gaps": {"watch": 2.0}, "ready": {"": 1.0}}
