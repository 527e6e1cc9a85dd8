"""Of an object with hundreds of changes the newest are shown as if all of them were."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from built_memory import START, TOM, Past, container, deployment, minutes
from plain_index import outlined

from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.field_history import history
from kubectl_smart.memory.questions.why import why
from kubectl_smart.memory.records.changes import UNKNOWN, FieldEdit

API = deployment("api")
FIELDS = ("", "replicas", "image", "CACHE_SIZE", "spec.template")
Opened = Callable[[Past], Memory]


def _past(seed: int, count: int) -> Past:
    """Writes of few values, so that many go back; some known in part, some deletions."""
    die = random.Random(seed)
    past = Past()
    past.heard(START, minutes(count + 10))
    for number in range(count):
        at, chance = minutes(number), die.random()
        if chance < 0.02 and past.states:
            past.delete(API, at, by=TOM)
        elif chance < 0.06 and past.states:
            past.fields(API, at, FieldEdit("spec.replicas", UNKNOWN, die.randint(1, 4)))
        elif chance < 0.08 and past.states:
            past.fields(API, at)
        else:
            size = {"CACHE_SIZE": str(die.randint(1, 3))} if die.random() < 0.8 else {}
            main = container("main", f"api:{die.randint(1, 5)}", **size)
            past.write(API, at, containers=[main], replicas=die.randint(1, 5), by=TOM)
        if chance > 0.97:
            past.seen(API, at + 1)
            past.looked(at + 2, "kubectl get deployment api", API)
    return past


@pytest.fixture(params=[3, 4])
def memory(request: pytest.FixtureRequest, opened: Opened) -> Memory:
    """A memory with one long history."""
    return opened(_past(request.param, 320))


@pytest.mark.parametrize("field", FIELDS)
def test_the_newest_are_those_of_the_whole(memory: Memory, field: str) -> None:
    """The same decisions with the same rollbacks, the same values in force, exact counts."""
    row = memory.index.find_objects(None, API.name, API.namespace)[0]
    whole = why(memory.store, memory.index, row, field=field)
    assert len(whole.decisions) > 150
    assert any(value.rollback for one in whole.decisions[-50:] for value in one.values)
    for limit in (1, 50, 130):
        found = why(memory.store, memory.index, row, field=field, limit=limit)

        assert found.decisions == whole.decisions[-limit:]
        assert found.left_out == len(whole.decisions) - limit
        newest = replace(whole, decisions=found.decisions, left_out=found.left_out)
        assert replace(newest, before=found.before) == found


def test_an_old_value_is_found_however_few_are_shown(memory: Memory) -> None:
    """The newest decisions that set what was asked for, as in the whole history."""
    row = memory.index.find_objects(None, API.name, API.namespace)[0]
    whole = why(memory.store, memory.index, row, field="replicas", value="5")
    found = why(memory.store, memory.index, row, field="replicas", value="5", limit=2)
    asked = [one for one in whole.decisions if any(value.asked for value in one.values)]

    assert [
        one.citation for one in found.decisions if any(value.asked for value in one.values)
    ] == [one.citation for one in asked[-2:]]
    assert found.left_out == len(whole.decisions) - len(found.decisions)


@pytest.mark.parametrize("field", FIELDS)
def test_an_outline_is_all_that_a_history_needs(memory: Memory, field: str) -> None:
    """What is read off outlines is what is read off the changes themselves."""
    changes = memory.index.changes_of(API)
    outlines = memory.index.outlines_of(API)
    by_outline = history(outlines, field, memory.store.read_states)
    by_change = history(map(outlined, changes), field, memory.store.read_states)

    assert [one._replace(number=0) for one in outlines] == [
        outlined(each)._replace(number=0) for each in changes
    ]
    assert (by_outline.current, by_outline.exists) == (by_change.current, by_change.exists)
    assert [(one.edits, one.unsure) for one in by_outline.moves] == [
        (one.edits, one.unsure) for one in by_change.moves
    ]
