"""People edit reports with git alone: clone, commit, push."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from built_memory import START, TOM, Past, deployment, minutes

from kubectl_smart.bot.reporting import TEMPLATE, keep_report, report_template
from kubectl_smart.memory.opening import open_for_writing, open_memory
from kubectl_smart.memory.questions.incident import incident
from kubectl_smart.memory.records.errors import MemoryDamaged

API = deployment("payment-api")
ID = "2025-11-23-cache"
PATH = f"incidents/{ID}.md"


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    """A memory with a report that was brought up to date once."""
    past = Past()
    past.heard(START, minutes(120))
    past.write(API, replicas=3)
    past.incident(minutes(15), ID, "The api is slow", "The payment-api answers nobody.\n")
    past.record(tmp_path / "memory")
    with open_for_writing(tmp_path / "memory") as memory:
        assert keep_report(memory, ID, now=minutes(20)) is not None
    return tmp_path / "memory"


def push(memory: Path, path: str, content: str) -> None:
    """A person clones the memory, writes a file, commits and pushes."""
    clone = memory.parent / f"clone-{len(list(memory.parent.iterdir()))}"
    git = ["git", "-c", "user.name=Tom", "-c", "user.email=tom@example.com", "-C", str(clone)]
    subprocess.run(
        ["git", "clone", "-q", "-b", "main", str(memory), str(clone)], check=True
    )  # fmt: skip
    file = clone / path
    file.parent.mkdir(exist_ok=True, parents=True)
    file.write_text(content, encoding="utf-8")
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "My words\n\nSigned-off-by: Tom"], check=True)
    subprocess.run([*git, "push", "-q", "origin", "main"], check=True)


def shown(memory: Path, path: str = PATH) -> str:
    """The file on main."""
    return subprocess.run(
        ["git", "-C", str(memory), "show", f"main:{path}"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip


def test_what_was_pushed_is_kept_and_becomes_a_version(memory: Path) -> None:
    """Words and front matter stay; from the next update on the index finds the words."""
    old = shown(memory)
    edited = old.replace("---\n", "---\nseverity: high # for now\n", 1)
    edited = edited.replace("## Cause\n", "## Cause\n\nWe think the *zebra* did it.\n")
    push(memory, PATH, edited)

    with open_for_writing(memory) as opened:
        assert keep_report(opened, ID, now=minutes(30)) is not None
        assert keep_report(opened, ID, now=minutes(31)) is None
        assert [each.record.id for each in opened.index.search("zebra")] == [ID]  # type: ignore[union-attr]
        assert list(opened.store.verify()) == []

    assert shown(memory) == edited


def test_what_is_ours_in_a_front_matter_is_put_right(memory: Path) -> None:
    """An incident is closed by closing it; a comment behind the word stays."""
    old = shown(memory)
    push(memory, PATH, old.replace("status: open\n", "status: closed # really?\n"))

    with open_for_writing(memory) as opened:
        assert keep_report(opened, ID, now=minutes(30)) is not None
        assert keep_report(opened, ID, now=minutes(31)) is None

    assert shown(memory) == old.replace("status: open\n", "status: open   # really?\n")


def test_the_memory_goes_on_behind_it(memory: Path) -> None:
    """Recording, questions and an index built anew are not disturbed."""
    push(memory, PATH, shown(memory).replace("nobody", "nobody at all"))
    past = Past()
    for _ in range(3):  # audit ids of a past are numbers: these come behind the memory's own
        past.heard(minutes(20), minutes(50))
    past.write(API, minutes(40), by=TOM, replicas=5)
    past.record(memory)

    with open_memory(memory) as opened:
        live = incident(opened.store, opened.index, ID, now=minutes(60))
    with open_for_writing(memory) as opened:
        opened.index.rebuild(opened.store)
        anew = incident(opened.store, opened.index, ID, now=minutes(60))
        assert list(opened.store.verify()) == []

    assert anew == live
    assert live.basis.behind == ()
    assert live.items[-1].at == minutes(40)


def test_a_template_is_pushed_like_a_report(memory: Path) -> None:
    """The memory's own template is the file on main."""
    push(memory, TEMPLATE, "<!-- smart:summary -->\nmine\n<!-- /smart:summary -->\n")

    with open_for_writing(memory) as opened:
        assert report_template(opened.store) is not None
        assert keep_report(opened, ID, now=minutes(30)) is not None

    assert "<!-- smart:summary -->\nmine\n<!-- /smart:summary -->\n" in shown(memory)


def test_a_state_changed_by_hand_is_damage(memory: Path) -> None:
    """Decisions come from the cluster: verify names the file, an index is not built from it."""
    push(memory, "state/payments/Deployment.apps/payment-api.yaml", "kind: Deployment\n")

    with pytest.raises(MemoryDamaged, match="cannot be read"), open_for_writing(memory):
        pass
    from kubectl_smart.memory.store.verification import verify

    (fault,) = verify(memory)
    assert "payment-api.yaml was changed by hand" in fault.sentence
