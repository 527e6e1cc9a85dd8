"""The shipped SELECTs are those of SQLAlchemy, and reading them needs nothing heavy."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from indexed_memory import Indexed
from simple_fold import workload

from kubectl_smart.memory.index import compiled, statements
from kubectl_smart.memory.index.opening import open_index

READING = """
import sys
from pathlib import Path
from kubectl_smart.memory.index.opening import open_index
from kubectl_smart.memory.records.objects import ObjectRef
index = open_index(Path(sys.argv[1]))
with index.snapshot():
    (row, *_) = index.find_objects(None, sys.argv[2], None)
    found = index.changes_of(row.ref)
    at = found[0].record.happened_at
    assert index.state_at(at) and index.coverage() and index.fold_seed()
    assert index.steps() and index.observations() and index.search("note")
    index.neighbours(at), index.changes_between(None, None, derived=True),
    index.busy_slots(0, at, 1_000_000), list(index.acts_between(None, None)), index.similar("x")
    index.change(found[0].record.id), index.incidents(), index.counts(), index.tips()
index.close()
heavy = {"sqlalchemy", "git", "psycopg", "rich", "jinja2", "click"} & sys.modules.keys()
print(",".join(sorted(heavy)))
"""


def test_the_shipped_texts_are_up_to_date() -> None:
    """If not: python -m kubectl_smart.memory.index.statements."""
    shipped = Path(compiled.__file__).read_text(encoding="utf-8")
    assert shipped == statements.compiled_module()


def test_every_text_can_be_run(tmp_path: Path) -> None:
    """SQLite accepts each of them, with named parameters only."""
    open_index(tmp_path / "index.sqlite", create=True).close()
    connection = sqlite3.connect(tmp_path / "index.sqlite")
    for name, text in compiled.TEXTS.items():
        connection.execute(f"EXPLAIN {text}", dict.fromkeys(_parameters(text)))
        assert "?" not in text, name
    connection.close()


def _parameters(text: str) -> list[str]:
    return re.findall(r":(\w+)", text)


SCANS = {
    "branches", "coverage", "counts", "kinds", "meta", "namespaces", "object_names", "tips",
    "wired_between",
}  # fmt: skip


def test_no_look_up_reads_a_whole_table(tmp_path: Path) -> None:
    """Apart from the few that are asked for everything, all go by an index."""
    with Indexed.open(tmp_path / "memory", tmp_path / "index.sqlite") as memory:
        memory.record(workload(60))
        connection = sqlite3.connect(tmp_path / "index.sqlite")
        for name, text in compiled.TEXTS.items():
            plan = connection.execute(
                f"EXPLAIN QUERY PLAN {text}", dict.fromkeys(_parameters(text))
            ).fetchall()
            scans = [
                row[3] for row in plan if row[3].startswith("SCAN") and "CONSTANT" not in row[3]
            ]
            assert name in SCANS or not scans, (name, scans)
        connection.close()


def test_reading_imports_nothing_heavy(tmp_path: Path) -> None:
    """Neither SQLAlchemy nor git nor what faces need."""
    with Indexed.open(tmp_path / "memory", tmp_path / "index.sqlite") as memory:
        memory.record(workload(250))
        name = next(one.record.object.name for one in memory.live if hasattr(one.record, "object"))
    ended = subprocess.run(
        [sys.executable, "-c", READING, str(tmp_path / "index.sqlite"), name],
        check=True,
        capture_output=True,
        text=True,
    )
    assert ended.stdout == "\n"


@pytest.mark.parametrize("name", sorted(statements.STATEMENTS))
def test_every_statement_has_a_text(name: str) -> None:
    """None is forgotten, and none is left over."""
    assert name in compiled.TEXTS
    assert len(compiled.TEXTS) == len(statements.STATEMENTS)
