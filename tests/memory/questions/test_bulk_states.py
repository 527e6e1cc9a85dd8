"""States read in bulk are the same objects, whatever is in them."""

from __future__ import annotations

import gc
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.memory.formats.manifests import from_yaml, to_yaml
from kubectl_smart.memory.index.decoding import uncollected
from kubectl_smart.memory.questions.bulk_states import StateReader

_ODD = ("on", "1e3", "~", "", "- a", "a: b", "x\ny", "x\n  y\n", "  lead", "# no", "é\u2028", "-")
words = st.sampled_from(_ODD) | st.text(max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(
    st.sampled_from(["apiVersion", "kind", "metadata", "spec", "data", "rules", "status"]) | words,
    values | st.dictionaries(words, values, max_size=4),
    max_size=4,
)


@given(many=st.lists(objects, min_size=1, max_size=6))
def test_the_result_is_that_of_reading_each_alone(many: list[dict[str, object]]) -> None:
    """However much the files have in common, and whatever strings they hold."""
    files = [to_yaml(one) for one in many]
    reader = StateReader()

    assert [reader.read(file) for file in files] == [from_yaml(file) for file in files]
    assert [reader.read(file) for file in files] == many


@pytest.mark.parametrize(
    "content",
    [
        b"spec: {a: 1}\n",
        b"---\nspec:\n  a: 1\n",
        b"# by hand\nspec:\n    a: 1\n    b: 2\n",
        b'spec: "one\n  two"\n',
        b"spec: |\n  a: 1\n  b: 2\n",
        b"- 1\n- 2\n",
        b"one\n",
        b"a: 1\r\nb: 2\r\n",
        b"spec: &x\n  a: 1\nother: *x\n",
    ],
)
def test_what_is_written_in_another_style_is_read_as_a_whole(content: bytes) -> None:
    """Flow style, comments, folded strings, block strings and lists at the top."""
    assert StateReader().read(content) == from_yaml(content)


def test_what_is_no_yaml_is_no_yaml() -> None:
    """A garbled file is refused here as there."""
    with pytest.raises(ValueError, match=r".+"):
        StateReader().read(b'spec:\n  a: "\n')


def test_collecting_goes_on_afterwards() -> None:
    """Also where one bunch is read within another."""
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            pass
        assert not gc.isenabled()

    assert gc.isenabled()


def test_what_was_made_in_bulk_is_filed_as_old_and_still_searched() -> None:
    """Nothing stays out of the search for good: a cycle among it is found."""

    class Knot:
        pass

    with uncollected():
        knot = Knot()
        knot.itself = knot  # type: ignore[attr-defined]
        gone = weakref.ref(knot)
        many: list[list[int]] = [[] for _ in range(60_000)]

    assert gc.get_freeze_count() == 0
    assert len(gc.get_objects(generation=0)) < len(many)
    del knot
    gc.collect()
    assert gone() is None


def test_what_was_frozen_before_stays_frozen() -> None:
    """A server may have put its modules aside."""
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with uncollected():
            _many: list[list[int]] = [[] for _ in range(60_000)]
        assert gc.get_freeze_count() > frozen // 2
    finally:
        gc.unfreeze()
