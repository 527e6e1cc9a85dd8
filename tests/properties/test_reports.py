"""Reports: whatever people write outside the sections survives, and nothing closes a section."""

from __future__ import annotations

from dataclasses import replace

import pytest
import strategies as my
from hypothesis import given
from hypothesis import strategies as st
from made_answers import HOSTILE, incident_answer

from kubectl_smart.bot.render.report import update_report
from kubectl_smart.memory.formats import incident_files
from kubectl_smart.memory.formats.marked_sections import (
    closing,
    harmless,
    joined,
    opening,
    sections,
    split,
    with_sections,
    words,
)

MARKERS = (
    opening("timeline"),
    closing("timeline"),
    opening("fix"),
    closing("fix"),
    "<!-- smart:timeline -->",
    "  <!--smart:fix-->  \r\n",
    "<!-- /smart:other -->\n",
    "---\n",
    "{{ 7 * 7 }}{% raw %}\n",
    "\x00\u202e\u2028\x0b\n",
    "Change-Id: 1\n",
)
prose = st.lists(st.one_of(st.sampled_from(MARKERS), my.text(), st.just("\n")), max_size=12).map(
    "".join
)
NAMES = (
    "summary", "timeline", "cause", "root-cause", "fix", "people", "follow-ups", "similar",
)  # fmt: skip
ANSWER = incident_answer()
REPORT = update_report(None, replace(ANSWER, incident=replace(ANSWER.incident, text="")))
SPACES = len(split(incident_files.body(REPORT.encode())))


@given(prose)
def test_a_text_is_its_parts(text: str) -> None:
    """Nothing is lost or moved by taking a text apart."""
    assert joined(split(text)) == text


@given(prose, st.dictionaries(st.sampled_from(NAMES), prose))
def test_sections_are_written_words_stay(text: str, contents: dict[str, str]) -> None:
    """Even where words and contents are full of markers; twice is once."""
    found = with_sections(text, contents)

    assert words(found) == words(text)
    assert [part.name for part in split(found)] == [part.name for part in split(text)]
    for name in sections(text).keys() & contents.keys():
        assert sections(found)[name] == harmless(contents[name])
    assert with_sections(found, contents) == found


@given(prose)
def test_words_before_a_first_update_stand_before_it(text: str) -> None:
    """The first update adds behind what is there, and a second one changes nothing."""
    answer = replace(ANSWER, incident=replace(ANSWER.incident, text=text))

    first = update_report(None, answer)
    body = incident_files.body(first.encode("utf-8"))

    if not sections(text).keys() & set(NAMES):
        assert body.startswith(text)
        assert set(NAMES) <= sections(body).keys()
    assert update_report(first, answer) == first


@given(st.lists(prose, min_size=SPACES, max_size=SPACES))
def test_words_between_sections_survive_an_update(written: list[str]) -> None:
    """People write anything around and between; the update changes sections only."""
    parts = split(incident_files.body(REPORT.encode()))
    text = "".join(
        f"{_ended(mine)}{part.opening}{part.text}{part.closing}" if part.name else mine
        for mine, part in zip(written, parts, strict=True)
    )
    old = REPORT[: REPORT.index("---\n", 4) + 4] + text
    later = replace(ANSWER, items=ANSWER.items[:1], causes=(), similar=())

    found = update_report(old, later)
    body = incident_files.body(found.encode("utf-8"))

    assert words(body) == words(text)
    assert update_report(found, later) == found


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"


@pytest.mark.parametrize(
    "said",
    [
        *HOSTILE,
        *MARKERS,
        closing("timeline") + "mine",
        "\n\n" + closing("timeline") + "\n" + opening("fix"),
        "Status: closed\nIncident-Version: x",
        "x" * 200_000,
        ("`" * 400 + "|\n") * 500,
    ],
)
def test_hostile_words_stay_inside_their_section(said: str) -> None:
    """Every text that came from a cluster or a person; sections and front matter are as ever."""
    hostile = incident_answer(said)

    found = update_report(None, hostile)
    body = incident_files.body(found.encode("utf-8"))

    assert tuple(sections(body)) == NAMES
    assert [part.text for part in split(body) if not part.name] == [
        part.text for part in split(incident_files.body(REPORT.encode())) if not part.name
    ]
    assert "\x00" not in found
    assert "49" not in sections(body)["cause"]
    assert incident_files.parse(found.encode()).id == hostile.incident.id
    assert update_report(found, hostile) == found
    assert max(map(len, found.split("\n"))) < 30_000


@pytest.mark.parametrize(
    "said", ["\ud800", "a\nb: c\n---\n", "\x00\u202e\u2028", "---", " x ", "é: #"]
)
def test_a_hostile_title_stays_in_its_line(said: str) -> None:
    """And so does an id; what no file can hold is replaced."""
    for member in ("id", "title"):
        answer = replace(ANSWER, incident=replace(ANSWER.incident, **{member: said}))

        found = update_report(None, answer)

        read = incident_files.parse(found.encode("utf-8"))
        assert getattr(read, member) == said.replace("\ud800", "\N{REPLACEMENT CHARACTER}")
        assert update_report(found, answer) == found


FRONT_LINES = st.sampled_from(
    [
        "# a comment",
        "severity: high",
        "severity: high  # for now",
        "status: open   # paging",
        "closed: 2024",
        "closed: |\n  folded\n  # in it",
        "tags:\n  - a\n  - b # why",
        "tags: [a, 'b']",
        "title: >\n  two\n  lines",
        "'quoted': \"yes\"",
        "&x a: *x",
        "? odd",
        "- list",
        "key: [",
        "a: !!python/object:os.system x",
        "<<: {a: b}",
        "",
        "\tx",
        "---",
        "...",
        "%YAML 1.1",
        "é: \u202e",
        "a:" + "[" * 3_000,
    ]
)
front_matter = st.lists(st.one_of(FRONT_LINES, my.text()), max_size=6).map("\n".join)


@given(front_matter)
def test_any_front_matter_is_one_again(front: str) -> None:
    """Whatever people left there: it reads back as ours, and the next update changes nothing."""
    found = update_report(f"---\n{front}\n---\nText\n", ANSWER)

    read = incident_files.parse(found.encode("utf-8"))
    assert (read.id, read.title, read.status) == (
        ANSWER.incident.id,
        ANSWER.incident.title,
        ANSWER.incident.status,
    )
    assert update_report(found, ANSWER) == found


def test_comments_and_keys_keep_their_place() -> None:
    """The front matter is mended where it must be, and nowhere else."""
    old = (
        "---\n# who leads?\nseverity: high  # for now\nstatus: open   # paging\n"
        "tags:\n  - cache\n  - 'dns'\n# the end\n---\nText\n"
    )

    found = update_report(old, ANSWER)

    assert found.startswith(
        "---\n# who leads?\nseverity: high  # for now\nstatus: closed # paging\n"
        "tags:\n  - cache\n  - 'dns'\n# the end\n"
    )


def test_a_front_matter_that_is_no_yaml_stays_as_comments() -> None:
    """Nothing people wrote is thrown away."""
    found = update_report("---\nseverity: [\nid: old\n---\nText\n", ANSWER)

    assert found.startswith(f"---\n# severity: [\nid: {ANSWER.incident.id}\n")
