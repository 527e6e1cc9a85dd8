"""Manifests that are alike are read as `from_yaml` reads them, or are left to it."""

from __future__ import annotations

import random
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.memory.formats.alike_manifests import AlikeManifests
from kubectl_smart.memory.formats.manifests import from_yaml, to_yaml

_NASTY = (
    "on", "1e3", "~", "", "- a", "a: b", "x\ny", "x\n  y\n", "  lead", "# no", "é\u2028", "-",
    "null", "true", "012", "0x1f", "1_000", ".5", "2024-01-15", "=", "<<", "*a", "&a", "!t", "%d",
    "@x", "`y`", "a #b", "a# b", "vAlUe0", "vAlUe1", '"vAlUe0"', '"', "'", "\\", 'a"b', "a\\b",
    "{}", "[]", "{a: 1}", "a:", ":", "? a", "|", ">-", "a,b", "tab\t", "\x85", "\ufeff", "\x00",
    "9" * 30, "a" * 300, "0", "-0", "1.0", "http://x:80", "a ", "---", "...", "\N{PILE OF POO}",
    "\u00a0",
)  # fmt: skip
_PUT = (
    "", " ", "  ", "\n", "- ", ": ", "#", '"', "'", "|", "&a ", "*a", "{", "}", "[", ",", "?", "\t",
    "\r", "!t ", "---\n", "a: b\n", "  a: b\n", ": x", "\\", "\x85",
)  # fmt: skip
words = st.sampled_from(_NASTY) | st.text(max_size=6)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 70), 1 << 70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | words
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=6),
    max_leaves=12,
)
objects = st.dictionaries(words, values | st.dictionaries(words, values, max_size=4), max_size=4)
plain = st.sampled_from(["payment-api", "2026-01-05T06:47:52Z", "12", "registry.example/a:1.2"])


def _read_often(texts: list[bytes]) -> list[Any]:
    """Each as it is read when its shape is known; from_yaml's where it is left to that."""
    reader = AlikeManifests()
    for _ in range(2):
        for text in texts:
            reader.read(text)
    return [reader.read(text) for text in texts]


def _same(found: Any, text: bytes) -> bool:
    """To the byte, so to the order of keys; nothing is found in what is no YAML."""
    try:
        wanted = from_yaml(text)
    except ValueError:
        return found is None
    return found is None or orjson.dumps(found) == orjson.dumps(wanted)


def _with_values(shape: Any, dice: random.Random, texts: list[Any]) -> Any:
    """The same maps and lists around other values."""
    if isinstance(shape, dict) and shape:
        return {key: _with_values(value, dice, texts) for key, value in shape.items()}
    if isinstance(shape, list) and shape:
        return [_with_values(value, dice, texts) for value in shape]
    return dice.choice(texts)


@given(
    shape=objects,
    texts=st.lists(scalars | plain, min_size=1, max_size=8),
    dice=st.randoms(use_true_random=False),
)
def test_the_same_maps_around_other_values(
    shape: dict[str, Any], texts: list[Any], dice: random.Random
) -> None:
    """Whatever strings and numbers they hold; objects once read stay as they were."""
    files = [to_yaml(_with_values(shape, dice, texts)) for _ in range(6)]

    assert all(map(_same, _read_often(files), files))


@given(
    shape=st.dictionaries(
        st.sampled_from(["kind", "metadata", "spec", "rules"]), values, min_size=1, max_size=3
    ),
    edits=st.lists(
        st.tuples(
            st.integers(0, 400),
            st.sampled_from(_PUT),
            st.integers(0, 6),
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_what_somebody_garbled(shape: dict[str, Any], edits: list[tuple[int, str, int]]) -> None:
    """It is read as YAML reads it or left to that: never as something else."""
    text = to_yaml(shape).decode()
    for at, put, taken in edits:
        text = text[:at] + put + text[at + taken :]
    file = text.encode()

    assert all(map(_same, _read_often([file, file]), [file, file]))


@pytest.mark.parametrize(
    "text",
    [
        "a: {b: x,\n}\n",
        "a: x,\n",
        "a:\n  {\n  b: x,\n  }\n",
        "a:\n  [\n  b: x,\n  ]\n",
        "# c: d\na: x\n",
        "a: x # c\n",
        "a: &x y\nb: *x\n",
        "&x a: y\n",
        "a: x\n    - y\n",
        "a: x\n b: y\n",
        'a: "x\n  y: z"\n',
        "a:\n  - |\n    b: c\n",
        "a: |\n  b: c\n",
        "a: >\n  b: c\n",
        "? a\n: b\n",
        "a: b: c\n",
        "a: 'b'\n",
        "'a': b\n",
        "a: b\na: c\n",
        "a:\n  b: c\na:\n  b: d\n",
        "a: !!str 1\n",
        "a: 0x1f\nb: 0o7\nc: .inf\nd: 1e3\ne: ~\nf: \ng: yes\n",
        "---\na: b\n",
        "a: b\n---\nc: d\n",
        "a: b\n...\n",
        "a: b\r\nc: d\r\n",
        "a: vAlUe0\nvAlUe1: b\n",
        "vAlUe0: b\n- c\n",
        "- a: b\n",
        "a: \tb\n",
        "a:\n\tb: c\n",
        '"a: b": c\n',
        '"a\\"b": c\n',
        "a: b",
        "a: b\n\n",
        "",
        "\n",
    ],
)
def test_what_is_written_in_another_style(text: str) -> None:
    """By hand, by another program, or by somebody who means no good."""
    file = text.encode()

    assert all(map(_same, _read_often([file]), [file]))


def test_what_is_no_text_is_left_alone() -> None:
    """Bytes that are no UTF-8, in a value and in a shape."""
    assert _read_often([b"a: \xff\n", b"\xff: a\n"]) == [None, None]


def test_many_of_a_kind_are_read_here_and_share_what_is_the_same() -> None:
    """The first of its shape is left to others; of two with one template there is one template."""
    template = {"spec": {"a": "b", "c": [{"d": "e"}, {"f": 1, "g": True}], "h": None}}
    files = [
        to_yaml({"kind": "Deployment", "metadata": {"name": f"name-{n}"}, "spec": {"t": template}})
        for n in range(4)
    ]
    reader = AlikeManifests()

    assert reader.read(files[0]) is None
    found = [reader.read(file) for file in files]

    assert found == [from_yaml(file) for file in files]
    one, other = found[2], found[3]
    assert one is not None
    assert other is not None
    assert one["spec"]["t"] is other["spec"]["t"]
    assert one["metadata"] is not other["metadata"]


def test_more_values_than_are_kept() -> None:
    """They are forgotten, and read anew."""
    files = [to_yaml({"a": f"value-{n}", "b": {"c": n}}) for n in range(20_000)]
    reader = AlikeManifests()
    reader.read(files[0])

    assert all(_same(reader.read(file), file) for file in files)
