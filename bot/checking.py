"""Verification as a whole: git against itself, then the index against git.

The store checks what it alone can (chain, trailers, trees); whether the index agrees is checked
here by building one anew from git and comparing what both answer.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.index.opening import open_index
from kubectl_smart.memory.index.rows import IndexUnusable
from kubectl_smart.memory.opening import index_place
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.store.git_store import GitStore
from kubectl_smart.memory.store.protocols import Fault


def check(path: Path, index: str | None) -> Iterator[str]:
    """Every fault in words, git's first; nothing if the memory is as it was written."""
    with GitStore.open(path.absolute(), read_only=True) as store:
        damaged = False
        for fault in store.verify():
            damaged = True
            yield in_words(fault)
        if damaged:
            return  # an index can only be compared with a history that can be read
        yield from _index_faults(store, index_place(path.absolute(), index))


def whereabouts(path: Path, index: str | None) -> str:
    """Why the index does not answer for all that git holds, in words; "" if it does.

    Cheap, and beside a writer: an index is behind for a moment after each commit.
    """
    with GitStore.open(path.absolute(), read_only=True) as store:
        try:
            opened = open_index(index_place(path.absolute(), index))
        except IndexUnusable as problem:
            return problem.message
        try:
            behind = opened.lag(store.tips())
        finally:
            opened.close()
    return f"the index is not where git is on {', '.join(behind)}" if behind else ""


def in_words(fault: Fault) -> str:
    """One sentence that names the place."""
    places = [
        f"object {fault.object}" if fault.object else "",
        f"path {fault.path}" if fault.path else "",
        f"commit {fault.commit}" if fault.commit else "",
        f"branch {fault.branch}" if fault.branch else "",
    ]
    where = ", ".join(place for place in places if place)
    return f"{fault.sentence} ({where})" if where else fault.sentence


def _index_faults(store: GitStore, place: str | Path) -> Iterator[str]:
    try:
        index = open_index(place)
    except IndexUnusable as problem:
        yield f"{problem.message}; {problem.remedy}"
        return
    try:
        behind = index.lag(store.tips())
        if behind:
            yield (
                f"the index is not where git is on {', '.join(behind)}; the next question or "
                "import brings it up"
            )
            return
        with tempfile.TemporaryDirectory(prefix="kubectl-smart-") as folder:
            anew = open_index(Path(folder) / "index.sqlite", create=True, read_only=False)
            try:
                anew.catch_up(store)
                yield from _differences(index, anew)
            finally:
                anew.close()
    finally:
        index.close()


def _differences(index: Index, anew: Index) -> Iterator[str]:
    remedy = "run `kubectl smart reindex`"
    if index.counts() != anew.counts():
        yield f"the index counts {index.counts()}, git holds {anew.counts()}; {remedy}"
        return
    pairs = zip(
        index.changes_between(None, None, derived=True),
        anew.changes_between(None, None, derived=True),
        strict=True,
    )
    for mine, theirs in pairs:
        if mine != theirs:
            yield f"the index differs from git: {_named(mine)}; {remedy}"
            return
    for name, one, other in (
        ("observations", index.observations(None, None), anew.observations(None, None)),
        ("steps", index.steps(None, None), anew.steps(None, None)),
        ("coverage", index.coverage(), anew.coverage()),
        ("objects", index.fold_seed(), anew.fold_seed()),
        ("notes", index.notes(retracted=True), anew.notes(retracted=True)),
        # not those to trouble: an index built anew keeps none (see the README of the index)
        ("links", index.links_between(), anew.links_between()),
        ("incidents", index.incidents(versions=True), anew.incidents(versions=True)),
    ):
        if one != other:
            yield f"the index's {name} differ from git's; {remedy}"


def _named(each: Committed) -> str:
    record = each.record
    what = f"change {record.id} of {record.object}" if isinstance(record, Change) else "a record"
    return f"{what}, commit {each.commit}"
