"""State files read line by line are the same objects, whatever is in them."""

from __future__ import annotations

from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.memory.formats import block_style
from kubectl_smart.memory.formats.block_style import BlockReader
from kubectl_smart.memory.formats.manifests import from_yaml, to_yaml

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
    reader = BlockReader()

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
        b"a:\nb: 1\n",
        b"a:\n",
        b"a: \n",
        b"a: yes\nb: 012\nc: 1_000\n",
        b"a:\n  - 1\n  - 2\n",
        b"a:\n    b: 1\n    c: 2\n",
        b"a: -0\nb: 123456789012345678901\n",
        b"a: 1\nb: 2",
    ],
)
def test_what_is_written_in_another_style_is_read_as_a_whole(content: bytes) -> None:
    """Flow style, comments, folded strings, block strings and lists at the top."""
    assert BlockReader().read(content) == from_yaml(content)


def test_what_is_no_yaml_is_no_yaml() -> None:
    """A garbled file is refused here as there."""
    with pytest.raises(ValueError, match=r".+"):
        BlockReader().read(b'spec:\n  a: "\n')


PLAIN = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"labels": {"app.kubernetes.io/name": "a-b_c", "on": "yes", "1": ""}},
    "spec": {
        "containers": [
            {
                "args": ["--flag", "-v=2", "a: b", "http://x:80/?q=[1]", 'say "hi"', "C:\\x"],
                "env": [{"name": "A", "value": "1e3"}, {"name": "I", "value": "inf"}],
                "image": "registry.example/a:1.2@sha256:00",
                "ports": [{"containerPort": 80}],
                "resources": {},
                "command": [],
            }
        ],
        "nested": [[1, [2, "x"]], [], {}, [{"a": [{"b": None}]}], -7, 1.5, 1e300, True],
        "enabled": False,
    },
}


def test_what_our_files_hold_is_understood_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is not in our style is left to the library."""

    def refuse(_: bytes) -> NoReturn:
        raise AssertionError("left to the library")

    monkeypatch.setattr(block_style, "from_yaml", refuse)
    reader = BlockReader()
    assert reader.read(to_yaml(PLAIN)) == PLAIN
    assert reader.read(to_yaml([PLAIN, "x", [PLAIN]])) == [PLAIN, "x", [PLAIN]]
    with pytest.raises(AssertionError, match="left to the library"):
        reader.read(to_yaml({"data": {"script": "a\nb\n"}}))


def test_many_lines_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that remembers enough begins anew, and reads the same."""
    monkeypatch.setattr(block_style, "_MOST_LINES", 3)
    many: list[Any] = [{"a": {"b": number, "c": [number, {"d": number}]}} for number in range(9)]
    reader = BlockReader()

    assert [reader.read(to_yaml(one)) for one in many] == many
