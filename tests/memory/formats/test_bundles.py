"""Bundles of evidence are read as they are, or refused with one sentence that says where."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_incidents import BEGIN, SERVICES, changed, holes, shop, told_only

from kubectl_smart.memory.formats.bundles import parse_bundle, read_bundle
from kubectl_smart.memory.records.errors import BadInput

Break = Callable[[dict[str, Any]], object]


def test_a_bundle_is_read_whole(tmp_path: Path) -> None:
    """Plain and gzipped, with everything in it; null is no value, not zero."""
    document = holes()
    changed(document, "c1", "db", -60)
    plain, packed = tmp_path / "a.json", tmp_path / "a.json.gz"
    plain.write_text(json.dumps(document))
    packed.write_bytes(gzip.compress(plain.read_bytes(), mtime=0))
    found = read_bundle(plain)
    assert found.candidates == SERVICES
    assert found.symptom.at == (BEGIN + 180) * 1_000_000
    assert [(edit.id, edit.actor, edit.after) for edit in found.edits] == [
        ("c1", "jenkins@prod", "5")
    ]
    nothing = next(one for one in found.series if one.metric == "nothing")
    assert all(math.isnan(value) for value in nothing.values)
    again = read_bundle(packed)
    assert (again.symptom, again.edits, again.edges) == (found.symptom, found.edits, found.edges)


def test_series_of_a_file_beside(tmp_path: Path) -> None:
    """`series_ref` is found upwards from the bundle, in whatever folder it lies."""
    document = shop()
    beside = {key: document.pop(key) for key in ("axes", "series")}
    document["series_ref"] = "cases/shared/day.json"
    (tmp_path / "cases" / "shared").mkdir(parents=True)
    (tmp_path / "cases" / "one").mkdir()
    (tmp_path / "cases" / "shared" / "day.json").write_text(json.dumps(beside))
    bundle = tmp_path / "cases" / "one" / "a.json"
    bundle.write_text(json.dumps(document))
    assert len(read_bundle(bundle).series) == 25
    document["series_ref"] = "../../../etc/passwd"
    bundle.write_text(json.dumps(document))
    with pytest.raises(BadInput, match="leads out"):
        read_bundle(bundle)
    document["series_ref"] = "cases/shared/other.json"
    bundle.write_text(json.dumps(document))
    with pytest.raises(BadInput, match="nowhere beside"):
        read_bundle(bundle)


def test_samples_out_of_order_are_put_in_order() -> None:
    """An axis that runs backwards gives the same series as one that does not."""
    document, turned = shop(), shop()
    turned["axes"]["a"] = turned["axes"]["a"][::-1]
    for one in turned["series"]:
        one["v"] = one["v"][::-1]
    assert parse_bundle(turned).series == parse_bundle(document).series


def test_without_windows_all_before_the_symptom_is_ordinary() -> None:
    """Only the time of the symptom is needed."""
    document = shop()
    del document["windows"]
    found = parse_bundle(document)
    assert found.incident[0] == found.symptom.at
    assert found.ordinary == ((document["axes"]["a"][0] * 1_000_000, found.symptom.at),)


def test_events_and_alerts() -> None:
    """An event without a count happened once; the text of an alert is one text."""
    document = told_only()
    del document["events"][0]["count"]
    found = parse_bundle(document)
    assert [one.times for one in found.events] == [1, 1, 1, 1]
    assert found.alerts[0].text == "5xx above 5 %"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lambda one: one.update(schema="rca-case/9"), "schema is 'rca-case/9'"),
        (lambda one: one["symptom"].pop("time"), "symptom.time is missing"),
        (lambda one: one["symptom"].update(time="14:30"), "symptom.time is not an instant"),
        (lambda one: one["symptom"].update(time=1e300), "symptom.time is not an instant"),
        (lambda one: one.update(series={}), "series is not a list"),
        (lambda one: one["series"][3].update(axis="b"), r"series\[3\].axis names 'b'"),
        (lambda one: one["series"][3]["v"].pop(), r"series\[3\].v has 249 values"),
        (lambda one: one["series"][3]["v"].__setitem__(5, "x"), r"series\[3\].v holds what is"),
        (lambda one: one["axes"]["a"].__setitem__(7, None), r"axes.a\[7\] is missing"),
        (lambda one: one["edges"][0].update(type="likes"), r"edges\[0\].type is 'likes'"),
        (lambda one: one["edges"].append(4), r"edges\[4\] is not an object"),
        (lambda one: one["windows"].update(incident=[5]), "windows.incident is not a pair"),
        (lambda one: one["windows"].update(incident=[5, 1]), "ends before it begins"),
        (lambda one: one.update(changes=[{"time": 5}]), r"changes\[0\].id is missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_sentence(broken: Break, said: str) -> None:
    """What, where, and what to do next."""
    document = shop()
    broken(document)
    with pytest.raises(BadInput, match=said) as caught:
        parse_bundle(document, "shop.json")
    assert "\n" not in caught.value.message
    assert caught.value.message.startswith("shop.json")
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is no JSON"),
        (b"[1]", "a JSON object is wanted"),
        (b"\x1f\x8b\x08\x00garbage", "is damaged"),
        (gzip.compress(b"{}" * 1000, mtime=0)[:-20], "is damaged"),
    ],
)
def test_files_that_are_no_bundles(tmp_path: Path, data: bytes, said: str) -> None:
    """Damaged, cut short or something else."""
    path = tmp_path / "a.json.gz"
    path.write_bytes(data)
    with pytest.raises(BadInput, match=said):
        read_bundle(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Is said as such."""
    with pytest.raises(BadInput, match="cannot read"):
        read_bundle(tmp_path / "none.json")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
_PLACES = ["symptom", "windows", "candidates", "entities", "edges", "axes", "series", "events",
           "changes", "alerts"]  # fmt: skip


@given(place=st.sampled_from(_PLACES), put=_JSON, deep=st.booleans())
def test_whatever_stands_there_is_read_or_refused(place: str, put: Any, deep: bool) -> None:
    """No other error than BadInput, in one sentence."""
    document = told_only()
    if deep and isinstance(document[place], list) and document[place]:
        for key in document[place][0] if isinstance(document[place][0], dict) else ():
            document[place][0][key] = put
    else:
        document[place] = put
    said = ""
    try:
        parse_bundle(document)
    except BadInput as error:
        said = error.message
    assert "\n" not in said
