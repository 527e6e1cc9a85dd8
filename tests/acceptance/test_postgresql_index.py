"""The same memory with its index on PostgreSQL answers with the same bytes."""

from __future__ import annotations

from pathlib import Path

from postgresql import running_server, schema_of
from recordings import smart

CLOCK = {"SOURCE_DATE_EPOCH": "1800000000"}
QUESTIONS = (
    ("dependencies", "deployment/payment-api", "-o", "json"),
    ("why", "deployment/payment-api", "-o", "json"),
    ("at", "2026-11-23T02:49:24Z", "dump", "-A", "-o", "json"),
    ("replay", "--since=2026-11-23T02:49:00Z", "--until=2026-11-23T02:50:00Z", "-o", "json"),
    ("log", "--limit=50", "-o", "json"),
)


def test_equal_answers_by_url(tmp_path: Path) -> None:
    """Imported with `--index URL`, built anew, verified, and asked beside SQLite."""
    memory = tmp_path / "memory"
    with running_server() as server, schema_of(server) as url:
        here = {**CLOCK, "KUBECTL_SMART_INDEX": url}
        smart("demo", "--quiet", memory=memory, **here)
        for words in QUESTIONS:
            on_postgresql = smart(*words, memory=memory, **here).stdout

            assert on_postgresql == smart(*words, memory=memory).stdout
        before = smart(*QUESTIONS[0], memory=memory, **here).stdout
        smart("reindex", "--index", url, memory=memory)

        assert smart(*QUESTIONS[0], "--index", url, memory=memory).stdout == before
        assert smart("verify", "--index", url, memory=memory).returncode == 0
