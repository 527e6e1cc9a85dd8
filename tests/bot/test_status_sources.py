"""`status`: of each source since when, how much and when not it was heard, and why not now."""

from __future__ import annotations

import json
import time
from datetime import UTC
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.bot.test_watched_cluster import kubeconfig
from tests.support.beside import beside
from tests.support.cluster import USUAL, WIDGETS, FakeCluster, served
from tests.support.doctored import doctor
from tests.support.live_process import TOKEN, LiveProcess
from tests.support.recordings import smart

from kubectl_smart.bot.render.status import percent, source_lines
from kubectl_smart.bot.serve.hearing_file import (
    Told,
    hearing_file,
    read_hearing,
    write_hearing,
)
from kubectl_smart.capture.coverage import SourceState
from kubectl_smart.memory.answers.heard_sources import Share
from kubectl_smart.memory.questions.heard_sources import DAY, WEEK, heard_sources
from kubectl_smart.memory.records.coverage import Heard

SECOND = 1_000_000
CONFIG = """
memory: {memory}
listen: {{port: 0}}
capture:
  doors: {{port: 0}}
  audit_webhook:
    tokens: [{{env: AUDIT_TOKEN}}]
  watch: {{kubeconfig: {kubeconfig}, wait: 1}}
  commit: {{decisions: 0.1, journal: 0.5}}
"""


def heard(*spans: tuple[int, int], source: str = "watch") -> list[Heard]:
    """Intervals of one source, in seconds."""
    return [
        Heard(source=source, session="", from_at=low * SECOND, to_at=high * SECOND)
        for low, high in spans
    ]


_SPAN = st.tuples(st.integers(0, 900_000), st.integers(0, 90_000)).map(
    lambda pair: (pair[0], pair[0] + pair[1])
)


@given(spans=st.lists(_SPAN, min_size=1, max_size=6), now=st.integers(1, 1_000_000))
def test_shares_are_counted_piece_by_piece(spans: list[tuple[int, int]], now: int) -> None:
    """What is heard and what is missing add up to the stretch; nothing is counted twice."""
    (one,) = heard_sources(heard(*spans), now * SECOND)
    for share, longest in ((one.day, DAY), (one.week, WEEK)):
        assert 0 <= share.heard <= share.to_at - share.from_at <= longest
        low, high = share.from_at // SECOND, share.to_at // SECOND
        marks = sorted({low, high, *(max(low, min(high, at)) for span in spans for at in span)})
        inside = sum(
            after - before
            for before, after in pairwise(marks)
            if any(begin <= before and after <= end for begin, end in spans)
        )
        assert share.heard == inside * SECOND
    assert one.since == min(low for low, _ in spans) * SECOND
    assert one.last == max(high for _, high in spans) * SECOND
    for begin, end in one.gaps:
        assert not any(low * SECOND < end and high * SECOND > begin for low, high in spans)


def test_a_source_is_measured_by_the_age_of_the_memory() -> None:
    """One that came late was not heard before; one that is as old as the memory was, all along."""
    known = [*heard((0, 3_600)), *heard((1_800, 3_600), source="audit-webhook")]
    audit, watch = heard_sources(known, 3_600 * SECOND)
    assert (percent(audit.day), percent(watch.day)) == ("50.0%", "100%")


@pytest.mark.parametrize(
    ("part", "said"),
    [(0, "0%"), (1, "<0.1%"), (500_000, "50.0%"), (999_999, "99.9%"), (1_000_000, "100%")],
)
def test_percentages_neither_hide_nor_invent(part: int, said: str) -> None:
    """100 % is all of it, and 0 % is nothing."""
    assert percent(Share(0, 1_000_000, part)) == said


def test_gaps_are_listed_and_short_ones_counted() -> None:
    """With the source, from when to when."""
    spans = heard((0, 10), (30, 40))
    short = Heard(source="watch", session="", from_at=40_500_000, to_at=50 * SECOND)
    lines = source_lines(heard_sources([*spans, short], 60 * SECOND), None, 60 * SECOND, UTC)
    assert "gap: watch 1970-01-01 00:00:10 to 1970-01-01 00:00:30, 20 s" in lines
    assert "gap: 1 of less than a second in the last 7 days" in lines


def test_what_a_process_told_is_read_back(tmp_path: Path) -> None:
    """While it lives, for a minute; after that, and once it has ended, it tells of no now."""
    path = hearing_file(tmp_path)
    path.parent.mkdir()
    state = SourceState("watch", False, 5, 4, "no answer", 2)
    write_hearing(path, [state], 100 * SECOND, "http://127.0.0.1:1")
    told = read_hearing(path, 101 * SECOND)
    assert told is not None
    assert (told.alive, told.states, told.health) == (True, (state,), "http://127.0.0.1:1")
    late = read_hearing(path, 200 * SECOND)
    assert late is not None
    assert not late.alive
    write_hearing(path, [state], 100 * SECOND, "", ended=True)
    ended = read_hearing(path, 101 * SECOND)
    assert ended is not None
    assert not ended.alive


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"version": 2}', '{"version": 1, "at": 1, "process": 3}',
             '{"version": 1, "at": 1, "ended": false, "health": "", "process": {}, "states": []}'],
)  # fmt: skip
def test_a_file_that_is_torn_says_nothing(tmp_path: Path, text: str) -> None:
    """As if there were none."""
    (tmp_path / "torn").write_text(text)
    assert read_hearing(tmp_path / "torn", 1) is None


def test_troubles_are_told_while_the_process_lives() -> None:
    """Which source, for how long, and why."""
    state = SourceState("watch", False, 40 * SECOND, 30 * SECOND, "no\nanswer", 1)
    told = Told(59 * SECOND, True, 1, "host", "", (state,))
    lines = source_lines(heard_sources(heard((0, 30)), 60 * SECOND), told, 60 * SECOND, UTC)
    assert lines[1].endswith("not heard")
    assert "not heard now: watch, for 20 s: no answer" in lines


def _status(memory: Path, words: str) -> dict[str, Any]:
    """The document, once it holds these words."""
    for _ in range(150):
        text = smart("status", "-o", "json", memory=memory, check=False).stdout
        if words in text:
            found: dict[str, Any] = json.loads(text)
            return found
        time.sleep(0.2)
    raise AssertionError(text)


def test_a_live_process_tells_why_it_does_not_hear(tmp_path: Path) -> None:
    """`status` and `doctor` know it without a network, until the process is killed."""
    pytest.importorskip("kubernetes")
    cluster = FakeCluster(kinds=[*USUAL, WIDGETS], refused={"widgets": 403})
    memory = tmp_path / "memory"
    with beside(lambda: served(cluster)) as url:
        config = tmp_path / "smart.yaml"
        where = kubeconfig(tmp_path / "kubeconfig", url)
        config.write_text(CONFIG.format(memory=memory, kubeconfig=where))
        process = LiveProcess(config)
        process.start()
        try:
            document = _status(memory, "watch widgets.example.com")
            by_name = {one["source"]: one for one in document["sources"]}
            now = by_name["watch widgets.example.com"]["now"]
            assert now["listening"] is False
            assert "403" in now["trouble"]
            assert document["process"]["pid"] == process.pid
            assert document["process"]["health"] == process.health
            printed = smart("status", memory=memory).stdout
            assert "not heard now: watch widgets.example.com, for " in printed
            words = ("--config", str(config), "--within", "60")
            found = doctor(*words, environment={"AUDIT_TOKEN": TOKEN})
            assert found.one("serve", "answers")["state"] == "ok"
            assert found.one("serve", "ready")["state"] == "ok"
            webhook = found.one("sources", "audit-webhook")
            assert webhook["state"] == "failed"
            assert "the API server has never called" in webhook["remedy"]
            assert found.one("sources", "watch")["state"] == "ok"
        finally:
            process.kill()
        assert "no live process hears now" in smart("status", memory=memory).stdout
        after = doctor(*words, environment={"AUDIT_TOKEN": TOKEN})
        assert after.one("serve", "answers")["state"] == "failed"
        assert f"kubectl smart serve --config {config}" in after.one("serve", "answers")["steps"]
        assert "no running process" in after.one("sources", "watch")["said"]
