"""Chains in reports: what is written comes back, and nothing in it can end the comment."""

from __future__ import annotations

from dataclasses import replace

import strategies as my
from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.memory.answers.causes import PastChain, Shape
from kubectl_smart.memory.formats.chain_lines import (
    LONGEST,
    NO_CHAIN,
    chain_line,
    chain_lines,
    kept_lines,
    without_lines,
)
from kubectl_smart.memory.formats.marked_sections import harmless, with_sections
from kubectl_smart.memory.records.objects import ObjectRef

words = st.one_of(my.text(), st.sampled_from(["-->", "<!--", "--", "a\nb", "<!-- /smart:fix -->"]))
refs = st.builds(ObjectRef, words, words, words, words)
shapes = st.builds(
    Shape,
    symptom=words,
    reasons=st.lists(words, max_size=3).map(tuple),
    way=st.lists(st.tuples(words, words), max_size=3).map(tuple),
    of=words,
    fields=st.lists(words, max_size=3).map(tuple),
    changed=refs,
    troubled=refs,
)
instants = st.integers(-(1 << 60), 1 << 60)
chains = st.builds(
    PastChain,
    shape=shapes,
    change=words,
    onset=instants,
    ended_by=words,
    ground=words,
    over_at=instants,
)


@given(st.lists(chains, min_size=1, max_size=3), my.text())
def test_what_is_written_comes_back(found: list[PastChain], around: str) -> None:
    """One line each, in between of other words, through a section of a report."""
    lines = [chain_line(one) for one in found]
    assert all("\n" not in line and line.count("-->") == 1 for line in lines)
    assert all("--" not in line[4:-3] for line in lines)
    content = harmless("\n".join(["words", *lines, "more"]))
    text = with_sections(f"{around}\n<!-- smart:x -->\n<!-- /smart:x -->\n", {"x": content})
    assert chain_lines(text) == tuple(found)
    assert chain_lines(without_lines(text)) is None


@given(my.text())
def test_words_keep_no_chain(text: str) -> None:
    """Whatever is not such a line."""
    assert chain_lines(text) is None
    assert without_lines(text) == text


def test_none_is_said_to_be_none_and_what_is_broken_is_not_there() -> None:
    """So that the first is not worked out again, and the second is."""
    assert chain_lines(f"a\n{NO_CHAIN}\n") == ()
    for broken in ('{"of":1}', "{]", '{"change":"a"}', '{"a":' * 20_000 + "}"):
        assert chain_lines(f"<!-- chain/1 {broken} -->\n") is None


@given(chains)
def test_what_is_too_long_is_not_kept(one: PastChain) -> None:
    """It is no reason to say that there is none: others stay, and alone it leaves no line."""
    long = replace(one, change="a" * LONGEST)
    assert kept_lines([]) == [NO_CHAIN]
    assert kept_lines([long]) == []
    assert all(len(line) <= LONGEST for line in kept_lines([one, long]))
    assert set(kept_lines([one, long])) <= {chain_line(one)}
