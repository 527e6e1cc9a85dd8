"""What does not matter does not change the answer: order, names, units, the date."""

from __future__ import annotations

import copy
import math
import random
from functools import cache

import made_incidents as made
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_smart.bot.render.bundle_document import document
from kubectl_smart.memory.answers.bundle_trace import BundleAnswer
from kubectl_smart.memory.formats.bundles import parse_bundle
from kubectl_smart.memory.questions.bundle_trace import trace_bundle

STORIES = st.sampled_from(sorted(made.ALL))


@cache
def _told(story: str) -> tuple[made.Document, BundleAnswer]:
    bundle = made.ALL[story]()
    return bundle, trace_bundle(parse_bundle(bundle))


def _scores(answer: BundleAnswer) -> list[tuple[str, float]]:
    return [(one.entity, round(one.score, 6)) for one in answer.causes]


@given(story=STORIES, seed=st.integers(0, 1_000))
@settings(max_examples=25)
def test_order_does_not_matter(story: str, seed: int) -> None:
    """Series, candidates, edges, events, changes and alerts in any order: the same document."""
    bundle, answer = _told(story)
    turned = copy.deepcopy(bundle)
    for key in ("series", "candidates", "entities", "edges", "events", "changes", "alerts"):
        random.Random(seed).shuffle(turned[key])
    assert document(trace_bundle(parse_bundle(turned))) == document(answer)


@given(story=STORIES, exponent=st.integers(-9, 9))
@settings(max_examples=25)
def test_units_do_not_matter(story: str, exponent: int) -> None:
    """Latency, memory and processor time in any unit give the same scores."""
    bundle, answer = _told(story)
    scaled = copy.deepcopy(bundle)
    for one in scaled["series"]:
        if one["metric"] in ("latency", "memory", "cpu"):
            one["v"] = [value if value is None else value * 2.0**exponent for value in one["v"]]
    assert _scores(trace_bundle(parse_bundle(scaled))) == _scores(answer)


@given(story=STORIES, seed=st.integers(0, 1_000))
@settings(max_examples=25)
def test_names_do_not_matter(story: str, seed: int) -> None:
    """Entities by any other name score the same."""
    bundle, answer = _told(story)
    names = {one: f"n{random.Random(f'{seed}{one}').random()}" for one in bundle["candidates"]}
    renamed = copy.deepcopy(bundle)
    renamed["candidates"] = [names[one] for one in bundle["candidates"]]
    renamed["symptom"]["entity"] = names[bundle["symptom"]["entity"]]
    for key in ("series", "events", "changes", "alerts"):
        for one in renamed[key]:
            one["entity"] = names[one["entity"]]
    for one in renamed["entities"]:
        one["id"] = names[one["id"]]
    for one in renamed["edges"]:
        one["from"], one["to"] = names[one["from"]], names[one["to"]]
    found = trace_bundle(parse_bundle(renamed))
    assert sorted(_scores(found)) == sorted((names[one], value) for one, value in _scores(answer))
    changes = [None if one.change is None else one.change.id for one in (found, answer)]
    assert changes[0] == changes[1]


@given(story=STORIES, days=st.integers(-10_000, 10_000))
@settings(max_examples=25)
def test_the_date_does_not_matter(story: str, days: int) -> None:
    """The same incident on another day gives the same scores and the same change."""
    bundle, answer = _told(story)
    moved = copy.deepcopy(bundle)
    by = days * 86_400
    moved["symptom"]["time"] += by
    moved["windows"] = {
        "baseline": [[low + by, high + by] for low, high in bundle["windows"]["baseline"]],
        "incident": [one + by for one in bundle["windows"]["incident"]],
    }
    moved["axes"] = {key: [one + by for one in times] for key, times in bundle["axes"].items()}
    for key in ("events", "changes", "alerts"):
        for one in moved[key]:
            one["time"] += by
    found = trace_bundle(parse_bundle(moved))
    assert _scores(found) == _scores(answer)


@given(seed=st.integers(0, 10_000), rhythm=st.booleans())
@settings(max_examples=25)
def test_noise_does_not_matter(seed: int, rhythm: bool) -> None:
    """With any noise, and with a rhythm over it, the database stays to blame."""
    bundle = made.shop(seed)
    if rhythm:
        made.daily(bundle)
    made.slow(bundle, "db", "cart", "api", "web")
    made.raise_by(bundle, "db", "cpu", 0.6)
    assert trace_bundle(parse_bundle(bundle)).causes[0].entity == "db"


_VALUES = (
    st.none()
    | st.sampled_from([0.0, 1.0, 5.0, -3.0])
    | st.floats(allow_nan=False, allow_infinity=False)
)


@given(
    columns=st.lists(st.lists(_VALUES, min_size=1, max_size=40), min_size=1, max_size=6),
    metrics=st.lists(
        st.sampled_from(["latency", "requests", "errors", "availability", "cpu", "log_lines", "x"]),
        min_size=6,
        max_size=6,
    ),
    begin=st.integers(0, 45),
    length=st.integers(0, 20),
    named=st.booleans(),
)
@settings(max_examples=150)
def test_whatever_is_measured_there_is_an_answer(
    columns: list[list[float | None]], metrics: list[str], begin: int, length: int, named: bool
) -> None:
    """Any values, few or none, huge, negative, missing: finite scores, nothing raised or warned."""
    bundle = made.shop()
    bundle["axes"], bundle["series"] = {}, []
    for place, column in enumerate(columns):
        bundle["axes"][str(place)] = list(range(len(column)))
        bundle["series"].append(
            {"entity": made.SERVICES[place % 3], "metric": metrics[place], "stat": "",
             "axis": str(place), "v": column}
        )  # fmt: skip
    bundle["symptom"] = {"entity": "web", "metric": metrics[0] if named else None, "time": begin}
    bundle["windows"] = {"baseline": [[0, begin], [begin + length, 70]],
                         "incident": [begin, begin + length]}  # fmt: skip
    made.changed(bundle, "one", "api", 0)
    bundle["changes"][0]["time"] = begin - 1
    answer = trace_bundle(parse_bundle(bundle))
    assert len(answer.causes) == len(made.SERVICES)
    assert all(math.isfinite(one.score) for one in answer.causes)
    document(answer)
