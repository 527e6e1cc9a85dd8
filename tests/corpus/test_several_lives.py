"""The recorded hour comes again, as of a cluster made anew: the names are old, the objects new."""

from __future__ import annotations

import gzip
import json
import random
import re
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from kubectl_smart.bot.checking import check
from kubectl_smart.bot.recorders import recorder_of
from kubectl_smart.capture.intake import Intake
from kubectl_smart.capture.preparing import Prepared, prepare
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.opening import open_for_writing
from kubectl_smart.memory.store.spool import FileSpool

_UID = re.compile(r'"uid":"[0-9a-f]{8}(?=-)')
_VERSION = re.compile(r'"resourceVersion":"(\d+)"')


def again(line: str, turn: int) -> dict[str, Any]:
    """An event of the hour, in a cluster that was made anew `turn` times."""
    line = _UID.sub(f'"uid":"{turn:08x}', line)
    line = _VERSION.sub(lambda found: f'"resourceVersion":"{int(found[1]) + turn * 10**6}"', line)
    event: dict[str, Any] = json.loads(line)
    event["auditID"] = f"{turn:08x}{event['auditID'][8:]}"
    when = datetime.fromisoformat(event["stageTimestamp"]) + timedelta(minutes=turn)
    event["stageTimestamp"] = when.isoformat()
    return event


@pytest.mark.parametrize("seed", [1, 2])
def test_the_index_is_what_git_says(tmp_path: Path, story: Path, seed: int) -> None:
    """Batches of two turns arrive mixed, and are committed as they come: verify finds nothing."""
    chance = random.Random(seed)
    redactor = Redactor(bytes(32))
    with gzip.open(story / "audit.jsonl.gz", "rt") as lines:
        hour = list(islice(lines, 4_000))
    batches: list[list[Prepared]] = []
    for turn in (1, 2, 3):
        events = [prepare(again(line, turn), redactor) for line in hour]
        whole = [one for one in events if isinstance(one, Prepared)]
        batches += [whole[at : at + 200] for at in range(0, len(whole), 200)]
    for at in range(0, len(batches) - 22, 3):
        other = at + chance.randrange(22)
        batches[at], batches[other] = batches[other], batches[at]
    path = tmp_path / "memory"
    memory = open_for_writing(path, create=True)
    spool = FileSpool(path / "smart" / "spool")
    intake = Intake(
        spool, source="audit-webhook", recorded=memory.index.has_audit_ids, clock=lambda: 7
    )
    recorder = recorder_of(memory, spool)
    for batch in batches:
        for event in batch:
            intake.take(event)
        intake.flush()
        recorder.drain(False, flush=chance.random() < 0.6)
    recorder.drain(True)
    recorder.close()
    spool.close()
    memory.close()

    assert list(check(path, None)) == []
