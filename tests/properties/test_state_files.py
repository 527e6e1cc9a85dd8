"""A state file is the same object for every reader: YAML 1.1, YAML 1.2, and kubectl itself."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import strategies as my
import yaml
import yaml12
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from kubectl_smart.memory.formats.manifests import canonical, from_yaml, to_yaml

Reader = Callable[[bytes], Any]


def ruamel(version: tuple[int, int]) -> Reader:
    """The pure Python reader of ruamel.yaml in one YAML version."""

    def read(data: bytes) -> Any:
        loader = YAML(typ="safe", pure=True)
        loader.version = version
        return loader.load(io.BytesIO(data))

    return read


READERS: dict[str, Reader] = {
    "PyYAML": yaml.safe_load,
    "libyaml": lambda data: yaml.load(data, yaml.CSafeLoader),
    "ruamel 1.1": ruamel((1, 1)),
    "ruamel 1.2": ruamel((1, 2)),
    "py-yaml12": lambda data: yaml12.parse_yaml(data.decode()),
    "ours": from_yaml,
}
QUICK = ("libyaml", "py-yaml12")


def same(expected: Any, found: Any) -> bool:
    """Equal with types: 1 is neither True nor 1.0 nor "1"."""
    return type(expected) is type(found) and (
        expected.keys() == found.keys() and all(same(expected[k], found[k]) for k in expected)
        if isinstance(expected, dict)
        else len(expected) == len(found) and all(map(same, expected, found))
        if isinstance(expected, list)
        else bool(expected == found)
    )


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "shape",
    [
        lambda s: {"k": s},
        lambda s: {s: "v"},
        lambda s: {s: {s: [s]}},
        lambda s: [s, [s, {"a": s, s: s}]],
        lambda s: {"a": {"b": [{"c": s, "d": 1}]}},
    ],
    ids=["value", "key", "nested", "list", "deep"],
)
def test_every_nasty_string_is_itself_as_value_and_as_key(
    reader: str, shape: Callable[[str], Any]
) -> None:
    """No reader takes a string for anything else, wherever it stands."""
    for string in my.NASTY_STRINGS:
        expected = shape(string)
        assert same(expected, READERS[reader](to_yaml(expected))), (string, to_yaml(expected))


@given(my.json_values(20))
def test_any_json_is_read_back_by_quick_readers(value: Any) -> None:
    """Any JSON value is the same for libyaml (1.1) and py-yaml12 (1.2)."""
    data = to_yaml(value)

    for reader in QUICK:
        assert same(value, READERS[reader](data)), (reader, data)


@settings(max_examples=30)
@given(my.json_values())
def test_any_json_is_read_back_by_slow_readers(value: Any) -> None:
    """Any JSON value is the same for PyYAML and for ruamel in both versions."""
    data = to_yaml(value)

    for reader in READERS.keys() - set(QUICK):
        assert same(value, READERS[reader](data)), (reader, data)


@given(
    st.text(
        st.sampled_from("0123456789eExXoObB_+-.:aAfFnNyYtTzZ=~<infINFlsru "), min_size=1, max_size=9
    )
)
def test_what_looks_like_a_number_or_a_date_is_a_string(text: str) -> None:
    """Strings near numbers, dates and switches stay strings in both versions."""
    for value in ({"k": text}, {text: 1}):
        data = to_yaml(value)
        for reader in (*QUICK, "PyYAML"):
            assert same(value, READERS[reader](data)), (reader, data)


@given(st.text(st.sampled_from("ab \t\n:#-|>'\"%\\é"), max_size=30), st.integers(0, 2))
def test_text_of_several_lines_is_exact(text: str, depth: int) -> None:
    """Blocks keep every space, tab and line break at any depth."""
    value: Any = {"k": text, "l": [text]}
    for _ in range(depth):
        value = {"up": [value]}
    data = to_yaml(value)

    for reader in (*QUICK, "PyYAML"):
        assert same(value, READERS[reader](data)), (reader, data)


@pytest.mark.parametrize("reader", ["libyaml", "py-yaml12"])
@pytest.mark.parametrize("unit", ["x", "é😀", "line\n", "\tindented\n", " \n", "yes ", "\x00\x85"])
def test_a_megabyte_is_kept(reader: str, unit: str) -> None:
    """A string of 1 MB is the same, as value and as key."""
    text = unit * (1_000_000 // len(unit))

    for value in ({"data": {"blob": text}}, {text: "v", "after": 1}):
        assert value == READERS[reader](to_yaml(value))


def test_lines_of_text_stay_lines() -> None:
    """`git blame` sees the lines of a ConfigMap's file."""
    text = to_yaml({"data": {"nginx.conf": "server {\n\tlisten 80;\n}\n"}, "kind": "ConfigMap"})

    assert text.decode() == (
        "data:\n  nginx.conf: |\n    server {\n    \tlisten 80;\n    }\nkind: ConfigMap\n"
    )


def test_plain_values_look_as_kubectl_prints_them() -> None:
    """Ordinary values are not quoted, keys are sorted, dashes stand under their key."""
    obj = {
        "spec": {
            "replicas": 5,
            "template": {
                "containers": [{"name": "main", "image": "r.io:5000/api:4.9", "args": ["-c"]}]
            },
            "paused": False,
            "limits": {"cpu": "100m", "memory": "5Gi", "ratio": "1.5"},
        },
        "apiVersion": "apps/v1",
    }

    assert to_yaml(obj).decode() == (
        "apiVersion: apps/v1\n"
        "spec:\n"
        "  limits:\n"
        "    cpu: 100m\n"
        "    memory: 5Gi\n"
        '    ratio: "1.5"\n'
        "  paused: false\n"
        "  replicas: 5\n"
        "  template:\n"
        "    containers:\n"
        "    - args:\n"
        "      - -c\n"
        "      image: r.io:5000/api:4.9\n"
        "      name: main\n"
    )


@pytest.mark.parametrize("value", [{"k": "\ud800"}, {"\udfff": 1}, ["a\nb\ud800\n"]])
def test_lone_surrogates_are_refused(value: Any) -> None:
    """What is no Unicode text is a ValueError, never a broken file."""
    with pytest.raises(ValueError, match="surrogates"):
        to_yaml(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_json_cannot_say_is_refused(value: float) -> None:
    """NaN and infinities are no JSON."""
    with pytest.raises(ValueError, match="not a JSON number"):
        to_yaml({"k": value})


def test_huge_integers_become_floats_as_in_the_api_server() -> None:
    """Kubernetes knows 64-bit integers and floats, nothing beyond."""
    assert from_yaml(to_yaml({"k": 2**64 - 1, "l": 2**63 - 1})) == {"k": 2.0**64, "l": 2**63 - 1}


@given(my.json_values())
def test_equal_objects_have_equal_bytes(value: Any) -> None:
    """The order of keys in memory does not matter."""
    again = orjson.loads(canonical(value))

    assert to_yaml(value) == to_yaml(again)


KUBECTL = shutil.which("kubectl")


@pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed")
def test_kubectl_reads_the_same_config_map(tmp_path: Path) -> None:
    """kubectl, whose YAML is a dialect of its own, reads every nasty string as it is."""
    valid = [s for s in my.NASTY_STRINGS if "\x00" not in s]
    data = {f"k{number}": string for number, string in enumerate(valid)}
    labels = {trap: trap for trap in my.YAML_TRAPS}
    obj = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "nasty", "namespace": "on", "annotations": labels},
        "data": {**data, **labels, "<<": "<<", "=": "="},
    }
    file = tmp_path / "state.yaml"
    file.write_bytes(to_yaml(obj))

    command = [
        "kubectl",
        "patch",
        "--local",
        "-f",
        str(file),
        "--type=merge",
        "-p",
        "{}",
        "-o",
        "json",
    ]
    shown = subprocess.run(command, capture_output=True, check=False, timeout=60)

    assert not shown.returncode, shown.stderr.decode()
    found = json.loads(shown.stdout)
    assert found["data"] == obj["data"]
    assert found["metadata"]["annotations"] == labels
