"""Dumps of the recorded hour: read in bulk, they are what reading one by one gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_smart.bot.render import documents
from kubectl_smart.memory.answers.past_state import StateAnswer
from kubectl_smart.memory.formats.manifests import from_yaml
from kubectl_smart.memory.index.restricted import RestrictedIndex
from kubectl_smart.memory.opening import Memory, open_memory
from kubectl_smart.memory.questions.bulk_states import StateReader
from kubectl_smart.memory.questions.past_state import past_state
from kubectl_smart.memory.records.changes import Change

INSTANTS = 40


@pytest.fixture(scope="module")
def memory(story_memory: Path) -> Iterator[Memory]:
    """The recorded hour, opened."""
    with open_memory(story_memory) as opened:
        yield opened


@pytest.fixture(scope="module")
def instants(memory: Memory) -> list[int]:
    """Instants spread over all that was heard, both ends among them."""
    heard = memory.index.coverage()
    since, until = min(one.from_at for one in heard), max(one.to_at for one in heard)
    return [since + (until - since) * step // (INSTANTS - 1) for step in range(INSTANTS)]


def test_states_are_those_of_parsing_each_file(
    memory: Memory, instants: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the byte of the document, so to the order of keys."""
    store, index = memory.store, memory.index
    fast = [past_state(store, index, at) for at in instants]
    monkeypatch.setattr(StateReader, "read", lambda _, content: from_yaml(content))
    slow = [past_state(store, index, at) for at in instants]

    assert fast == slow
    assert list(map(_document, fast)) == list(map(_document, slow))
    assert sum(len(one.objects) for one in fast) > 100 * INSTANTS


def _document(answer: StateAnswer) -> str:
    return repr(documents.state_list(answer))


def test_each_object_tells_of_the_very_change_that_it_cites(
    memory: Memory, instants: list[int]
) -> None:
    """Who, how and when are those of the change as `show` has it."""
    for at in instants[7::8]:
        for one in past_state(memory.store, memory.index, at).objects:
            (cited,) = memory.index.change(one.citation.record)
            change = cited.record
            assert isinstance(change, Change)
            told = one.ref, one.derived, one.owner, one.at, one.actor, one.via
            how = change.owner, change.happened_at, change.actor, change.via
            assert told == (change.object, change.derived, *how)
            assert (one.citation.commit, one.citation.branch) == (cited.commit, cited.branch)


def test_who_may_not_see_all_sees_the_same_of_the_rest(memory: Memory, instants: list[int]) -> None:
    """Nothing of another namespace, and nothing else of their own."""
    store, index = memory.store, memory.index
    for at in instants[7::8]:
        whole = past_state(store, index, at).objects
        namespaces = sorted({one.ref.namespace for one in whole})
        for visible in ([namespaces[0]], namespaces[1:3]):
            shown = past_state(store, RestrictedIndex(index, visible), at).objects
            assert shown == tuple(one for one in whole if one.ref.namespace in visible)
            assert shown
