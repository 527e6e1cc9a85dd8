"""Whatever a cluster or a person writes: nothing of it acts on Slack's readers."""

from __future__ import annotations

import re
from datetime import UTC

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from made_answers import HOSTILE
from slack_limits import check_text, units

from kubectl_smart.bot.render import mrkdwn
from kubectl_smart.bot.render.printable import fitted, one_line, visible
from kubectl_smart.bot.render.spans import (
    LONGEST_LINE,
    Data,
    Moment,
    Ours,
    Told,
    as_mrkdwn,
    as_plain,
)

NASTY = st.one_of(
    st.text(),
    st.text(alphabet="`*_~<>&|!@#^\u202e\u2066\u200b\n ab\\"),
    st.lists(st.sampled_from(HOSTILE), max_size=4).map("".join),
)
WORKSPACE = "https://acme.slack.com/"


@given(NASTY, st.integers(3, 400))
@example("`" * 50, 3)
@example(" ` ", 10)
def test_a_code_span_is_one_span(text: str, most: int) -> None:
    """One backtick at either end, none between, and never longer than allowed."""
    span = mrkdwn.code(text, most)
    check_text(span)
    assert "\n" not in span
    assert units(span) <= max(most, len("(empty)"))
    assert span == "(empty)" or re.fullmatch(r"`[^`\s](.*[^`\s])?`", span)


@given(NASTY, st.integers(3, 400))
def test_prose_has_no_format_of_its_own(text: str, most: int) -> None:
    """No mention, no link, no code, and no sign that opens or closes a format."""
    written = mrkdwn.prose(text, most)
    check_text(written)
    assert "`" not in written
    assert units(written) <= most
    assert not re.search(r"(?:^|[^\w…])[*_~]|[*_~](?:$|[^\w…])", written)


@given(NASTY, NASTY)
def test_only_our_own_permalinks_are_links(url: str, label: str) -> None:
    """Any other address, however it begins, is shown as its label alone."""
    for address in (url, WORKSPACE + url, f"{WORKSPACE}archives/C1/p1{url}"):
        check_text(mrkdwn.link(address, label, WORKSPACE))


def test_a_permalink_is_a_link() -> None:
    """The address of a message of the workspace, in a thread too."""
    url = f"{WORKSPACE}archives/C01/p1700000000000001?thread_ts=1700000000.000001&cid=C01"

    found = mrkdwn.link(url, "the <b>thread</b>|x", WORKSPACE)

    assert found == f"<{url.replace('&', '&amp;')}|the &lt;b&gt;thread&lt;/b&gt;\u01c0x>"
    assert mrkdwn.link(url, "x", "https://other.slack.com/") == "x"
    assert mrkdwn.link(url, "x", "") == "x"
    assert mrkdwn.link("archives/C01/p1700000000000001", "x", WORKSPACE) == "x"


@given(NASTY.filter(bool))
@example("|your bank> <!channel")
@example("\n")
def test_nothing_follows_a_permalink(tail: str) -> None:
    """An address that only begins like one of ours is no link."""
    url = f"{WORKSPACE}archives/C01/p1700000000000001{tail}"

    assert mrkdwn.link(url, "x", WORKSPACE) == "x"


def test_six_lines_and_the_basis_fit_an_update() -> None:
    """chat.update takes 4,000 characters of text; every line is cut with that in mind."""
    line = (Ours("by "), Data("&" * 900, 900), Ours(" because "), Told(">" * 900, 900))

    assert 7 * (units(as_plain(line, UTC)) + 1) + 200 <= 4_000
    assert 7 * (LONGEST_LINE + 1) + 200 <= 4_000


@pytest.mark.parametrize("at", [0, 1_795_402_117_000_000, -1])
def test_a_date_has_a_fallback(at: int) -> None:
    """Slack writes it in the reader's zone; before 1970 it is plain text."""
    found = mrkdwn.date(at, UTC)

    check_text(found)
    assert found.startswith("<!date^") == (at >= 0)
    assert "UTC" in found


@given(st.lists(st.one_of(NASTY.map(Data), NASTY.map(Told), st.just(Moment(0))), max_size=6))
def test_a_line_fits_and_says_the_same_twice(spans: list[Data | Told | Moment]) -> None:
    """Both writings of a line are within its length and harmless."""
    line = tuple(part for span in spans for part in (Ours(" x "), span))
    for written in (as_mrkdwn(line, UTC), as_plain(line, UTC)):
        check_text(written)
        assert units(written) <= max(LONGEST_LINE, 120 * len(spans))
    assert "`" not in as_plain(line, UTC)


@given(NASTY, st.integers(1, 300))
def test_what_is_fitted_keeps_both_ends(text: str, most: int) -> None:
    """Short text is whole, long text keeps its beginning and end around an ellipsis."""
    whole, cut = visible(text), fitted(text, most)

    assert whole.isprintable()
    assert one_line(text).isprintable()
    if units(whole) <= most:
        assert cut == whole
    else:
        begin, _, end = cut.rpartition("…")
        assert whole.startswith(begin)
        assert whole.endswith(end)
        assert units(cut) <= most
