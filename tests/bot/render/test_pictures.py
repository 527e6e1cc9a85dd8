"""Pictures: the same answer makes the same bytes, and text is never more than text."""

from __future__ import annotations

import hashlib
import os
import struct
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from made_answers import (
    HOSTILE,
    MINUTE,
    START,
    chain,
    item,
    replay_answer,
    trace_answer,
    why_answer,
)

from kubectl_smart.bot.render import canvas, causes_picture, pictures, replay_picture
from kubectl_smart.bot.render.canvas import Page, drawable
from kubectl_smart.bot.render.pictures import Curve, alt, title
from kubectl_smart.memory.answers.timeline import ItemKind
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import ABSENT

_SUPPORT = Path(__file__).parents[2] / "support"
_ELSEWHERE = """
import hashlib
from datetime import UTC
from made_answers import HOSTILE, replay_answer, trace_answer, why_answer
from kubectl_smart.bot.render import pictures
print(hashlib.sha256(pictures.why(why_answer(HOSTILE, 40), UTC)).hexdigest())
print(hashlib.sha256(pictures.replay(replay_answer(HOSTILE, 40), UTC)).hexdigest())
print(hashlib.sha256(pictures.trace(trace_answer(HOSTILE, 20), UTC)).hexdigest())
"""


def size(png: bytes | None) -> tuple[int, int]:
    """Width and height in pixels, from the PNG's header."""
    assert png is not None
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    wide, high = struct.unpack(">II", png[16:24])
    return wide, high


def test_the_same_answer_makes_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    """Drawn twice here, and there under other settings, another home and another hash seed."""
    (tmp_path / "matplotlibrc").write_text(
        "font.size: 30\nlines.linewidth: 9\nfont.family: serif\n"
    )
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "7",
        "HOME": str(tmp_path),
        "MATPLOTLIBRC": str(tmp_path),
        "MPLCONFIGDIR": str(tmp_path),
        "PYTHONPATH": os.pathsep.join([str(_SUPPORT), *sys.path]),
    }

    def drawn() -> list[str]:
        made = (
            pictures.why(why_answer(HOSTILE, 40), UTC),
            pictures.replay(replay_answer(HOSTILE, 40), UTC),
            pictures.trace(trace_answer(HOSTILE, 20), UTC),
        )
        return [hashlib.sha256(png or b"").hexdigest() for png in made]

    here = drawn()
    there = subprocess.run(
        [sys.executable, "-c", _ELSEWHERE],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert drawn() == here
    assert there == here


@pytest.mark.parametrize("count", [1, 2, 30, 500])
@pytest.mark.parametrize("numbers", [True, False])
def test_histories_of_any_length_are_drawn(count: int, numbers: bool) -> None:
    """Numbers as a line, other values as spans; always of the same size."""
    answer = why_answer(("web",), count, numbers=numbers)

    assert size(pictures.why(answer, UTC)) == (1_200, 675)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_drawn_as_it_is(text: str) -> None:
    """No mathematics, no TeX, no warning of a missing glyph: all of these would raise here."""
    assert size(pictures.why(why_answer((text,), 3), UTC)) == (1_200, 675)
    assert size(pictures.replay(replay_answer((text,), 12), UTC)) == (1_200, 675)
    assert size(pictures.trace(trace_answer((text,), 3), UTC)) == (1_200, 675)


def test_what_cannot_be_drawn_is_replaced() -> None:
    """Hidden characters are spelled, those without a glyph are U+FFFD, long text is cut."""
    assert drawable("a\u202eb\n") == "a\\u202eb\\n"
    assert drawable("漢x") == "\ufffdx"
    assert drawable("$x_1$") == "$x_1$"
    assert len(drawable("ab" * 100_000)) <= 401


def test_a_long_name_is_cut_in_the_middle() -> None:
    """Both its ends stay, and it fits its room."""
    page = Page()
    name = "payments/deployment " + "payment-" * 30 + "api"

    shown = page.fitting(name, 300, canvas.BODY)

    assert page.width(shown, canvas.BODY) <= 300
    assert shown.startswith("payments/")
    assert shown.endswith("api")
    assert "…" in shown


def test_nothing_happened_is_no_picture() -> None:
    """A sentence says that better."""
    assert pictures.why(why_answer(("web",), 0), UTC) is None
    assert pictures.replay(replay_answer(("web",), 0), UTC) is None
    assert pictures.sketch_of_replay(replay_answer(("web",), 0), UTC) is None
    assert pictures.trace(trace_answer(("web",), 0), UTC) is None
    assert pictures.sketch_of_trace(trace_answer(("web",), 0), UTC) is None


def test_the_value_is_in_the_picture() -> None:
    """Another value, another actor and another moment each make another picture."""
    answer = why_answer(("web",), 3)
    first = answer.decisions[0]
    other = replace(answer, decisions=(replace(first, at=first.at + 1), *answer.decisions[1:]))
    asked = replay_answer(("web",), 12)

    assert pictures.why(answer, UTC) == pictures.why(answer, UTC)
    assert pictures.why(answer, UTC) != pictures.why(why_answer(("api",), 3), UTC)
    assert pictures.why(replace(other, field=""), UTC) is not None
    assert pictures.replay(asked, UTC) != pictures.replay(
        replace(asked, moment=asked.moment + MINUTE), UTC
    )


def test_values_that_were_absent_leave_a_gap() -> None:
    """A field that was removed and set again is drawn, as numbers still."""
    answer = why_answer(("web",), 4, numbers=True)
    gone = answer.decisions[1]
    values = tuple(replace(one, after=ABSENT) for one in gone.values)
    changed = replace(
        answer,
        decisions=(answer.decisions[0], replace(gone, values=values), *answer.decisions[2:]),
    )

    assert size(pictures.why(changed, UTC)) == (1_200, 675)
    assert pictures.why(changed, UTC) != pictures.why(answer, UTC)


@pytest.mark.parametrize("ways", [1, 5, 6, 40])
def test_chains_of_any_length_are_drawn(ways: int) -> None:
    """Always of the same size; in one too long the ends stay and the middle is counted."""
    answer = trace_answer(("web",), ways)
    shown = causes_picture.rows(answer.causes.chains[0].steps)

    assert size(pictures.trace(answer, UTC)) == (1_200, 675)
    assert len(shown) <= 9
    assert shown[0] == answer.causes.chains[0].steps[0]
    assert shown[-1] == answer.causes.chains[0].root
    counted = sum(one if isinstance(one, int) else 1 for one in shown)
    assert counted == len(answer.causes.chains[0].steps)


def test_a_chain_is_in_its_picture() -> None:
    """Another editor, another time and another confidence each make another picture."""
    found = chain(("web",), 2)
    root = found.steps[-1]
    drawn = pictures.chain(found, UTC)
    others = [
        replace(found, confidence=0.5),
        replace(found, steps=(*found.steps[:-1], replace(root, at=root.at - MINUTE))),
        replace(found, steps=(*found.steps[:-1], replace(root, actor=Actor("x", ActorKind.HUMAN)))),
    ]

    assert pictures.chain(found, UTC) == drawn
    assert all(pictures.chain(one, UTC) != drawn for one in others)


def test_the_alt_text_of_a_chain_tells_both_its_ends_first() -> None:
    """For if it is cut, it is cut between them."""
    said = pictures.chain_alt(chain(("web",), 30), UTC)

    sure = "confidence 0.42, explains 2 pieces of trouble, 30 sightings"
    assert said.startswith(f"Root cause chain, {sure}. Symptom: ")
    assert said.index("Symptom: ") < said.index("Root cause: ") < said.index("From the symptom")
    assert "by web" in said


def test_a_metric_has_its_place() -> None:
    """A curve given is drawn above the lanes; points outside the window are left out."""
    answer = replay_answer(("web",), 12)
    points = [(START + at * MINUTE, at % 4 / 10) for at in range(-5, 30)]
    curve = Curve("p99 latency <$x$>", "s", points)

    assert size(pictures.replay(answer, UTC, curve)) == (1_200, 675)
    assert pictures.replay(answer, UTC, curve) != pictures.replay(answer, UTC)
    assert pictures.replay(answer, UTC, Curve("x", "s", [])) == pictures.replay(answer, UTC)


def test_pictures_can_be_drawn_side_by_side() -> None:
    """Two threads at once draw what each alone would."""
    answers = [why_answer(("web",), 9), why_answer(("api",), 9)]
    alone = [pictures.why(one, UTC) for one in answers]
    together: list[bytes | None] = [None, None]

    def draw(at: int) -> None:
        together[at] = pictures.why(answers[at], UTC)

    threads = [threading.Thread(target=draw, args=(at,)) for at in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert together == alone


def test_a_sketch_draws_later() -> None:
    """It knows its words at once, and draws what the picture's function draws."""
    answer = why_answer(("web",), 3)
    sketch = pictures.sketch_of_why(answer, UTC)

    assert sketch is not None
    assert sketch.title == "payments/deployment web: web"
    assert sketch.alt == alt(answer, UTC)
    assert sketch.draw() == pictures.why(answer, UTC)


@pytest.mark.parametrize("text", [*HOSTILE, "v" * 200_000])
@pytest.mark.parametrize("count", [0, 1, 50])
def test_alt_texts_are_short_and_plain(text: str, count: int) -> None:
    """At most 1,000 characters, on one line, with nothing hidden and no token of Slack's."""
    for answer in (
        why_answer((text,), count),
        replay_answer((text,), count),
        trace_answer((text,), count),
    ):
        said = alt(answer, UTC)
        assert 1 <= len(said) <= 1_000
        assert said.isprintable()
        assert "<" not in said
        assert 1 <= len(title(answer)) <= 200


def test_alt_texts_tell_what_the_picture_shows() -> None:
    """How many, from when to when, the first and the last."""
    answer = why_answer(("web",), 5, numbers=True)

    assert alt(answer, UTC).startswith(
        "Decision history of payments/deployment web: web: 5 decisions, 1 of them rollbacks, from "
        "2024-01-15 14:30:00 UTC to 2024-01-15 14:34:00 UTC. The first: (absent) → 3 by web"
    )
    assert "Followed by web ×7" in alt(answer, UTC)
    assert "First warning, 14:38:00: web: web." in alt(replay_answer(("web",), 12), UTC)


def test_a_label_has_the_namespace_only_where_it_is_needed() -> None:
    """Of the one asked about it would say nothing; repeats are a number."""
    observed = item(2, "web")
    assert observed.kind is ItemKind.OBSERVATION
    one = replace(
        observed, sentence="payments/deployment web: OOMKilling (5 times on 5 objects): killed"
    )

    assert replay_picture.label(one, "payments").startswith("web: OOMKilling (5 times")
    assert replay_picture.brief(one, None) == "payments/web: OOMKilling ×5"


def test_matplotlib_is_only_imported_to_draw() -> None:
    """Messages with titles and alt texts are made without it."""
    code = (
        "import sys; from datetime import UTC; from made_answers import why_answer;"
        "from kubectl_smart.bot.render import blocks;"
        "assert blocks.why(why_answer(('web',), 3), UTC, 'h').picture is not None;"
        "assert not {'matplotlib', 'numpy'} & set(sys.modules)"
    )
    path = os.pathsep.join([str(_SUPPORT), *sys.path])

    subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, check=True)
