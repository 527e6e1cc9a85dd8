"""The card of an incident: what fixed it is cut between words, and only where there is no room."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest
from tests.support.made_answers import incident_answer

from kubectl_smart.bot.render import incident
from kubectl_smart.bot.render.blocks_words import report_card
from kubectl_smart.bot.render.printable import cut_at_a_word, units


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [
        ("replicas 3 to 5", 15, "replicas 3 to 5"),
        ("replicas 3 to 5", 14, "replicas 3 to…"),
        ("one, two", 6, "one…"),
        ("unbreakable", 6, "unbre…"),
        ("\N{GRINNING FACE} \N{GRINNING FACE}", 4, "\N{GRINNING FACE}…"),
    ],
)
def test_a_sentence_is_cut_between_words(text: str, most: int, shown: str) -> None:
    """With an ellipsis, never longer than allowed; a single word is cut where it must be."""
    assert cut_at_a_word(text, most) == shown
    assert units(shown) <= most


def test_the_card_cuts_between_words_and_the_report_tells_all() -> None:
    """Whole words of the sentence, then an ellipsis; a terminal and the document have all."""
    sentence = " ".join(f"word{number}" for number in range(40))
    answer = incident_answer()
    assert answer.fix is not None
    answer = replace(
        answer, fix=replace(answer.fix, item=replace(answer.fix.item, sentence=sentence))
    )

    (line,) = [one for one in report_card(answer, UTC).text.splitlines() if "fixed by" in one]

    told = line.removeprefix("fixed by: ")
    assert told.endswith("…")
    assert sentence.startswith(f"{told[:-1]} ")
    assert sentence in "\n".join(incident.text(answer, UTC))
    assert sentence in "\n".join(incident.lines_of_markdown(answer, UTC))
    assert incident.document(answer)["fix"]["change"]["sentence"] == sentence
