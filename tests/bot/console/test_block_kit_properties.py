"""What is valid passes, whatever is spoilt once is refused, and what others refuse is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from slackblocks import Block
from slackblocks.errors import InvalidUsageError
from tests.support.slack_payloads import BLOCKS, MODALS, Spoilt, at, spoilt

from kubectl_smart.bot.console.limits import blocks_faults, message_faults, view_faults

GOLDEN = sorted((Path(__file__).parents[2] / "golden").glob("slack-*.json"))


@given(BLOCKS)
def test_valid_blocks_have_no_faults(blocks: list[dict[str, Any]]) -> None:
    """Every kind of block and element, with and without what may be left out."""
    assert blocks_faults(blocks, "message") == []
    assert message_faults({"text": "words", "blocks": blocks}, update=False) == ("", [])


@given(MODALS)
def test_valid_modals_have_no_faults(view: dict[str, Any]) -> None:
    """Windows with inputs and what stands between them."""
    assert view_faults(view, surface="modal") == []


@given(spoilt(BLOCKS))
@example(Spoilt([{"type": "divider", "block_id": ["x"]}], "an id that cannot be hashed"))
@example(Spoilt([{"block_id": "x"}], "no type"))
@example(Spoilt([None], "no block"))
def test_one_corruption_of_blocks_is_found_where_it_is(spoilt: Spoilt) -> None:
    """There is a fault, and each pointer leads to something that was sent."""
    faults = blocks_faults(spoilt.payload, "message")
    assert faults, spoilt.how
    for fault in faults:
        at({"blocks": spoilt.payload}, fault.pointer)


@given(spoilt(MODALS))
@example(Spoilt({"title": {"type": "plain_text", "text": "x"}, "blocks": []}, "no type"))
@example(Spoilt({"type": "modal", "title": {"type": "plain_text", "text": "x"}}, "no blocks"))
def test_one_corruption_of_a_view_is_found_where_it_is(spoilt: Spoilt) -> None:
    """There is a fault, and each pointer leads to something that was sent."""
    if spoilt.how in ("blocks: empty", "callback_id: nothing in it"):
        return
    faults = view_faults(spoilt.payload, surface="modal")
    assert faults, spoilt.how
    for fault in faults:
        at({"view": spoilt.payload}, fault.pointer)


@given(spoilt(BLOCKS))
def test_what_slackblocks_refuses_is_refused(spoilt: Spoilt) -> None:
    """As far as that package reads blocks; it knows kinds that are refused here as unknown."""
    refused = False
    for block in spoilt.payload if isinstance(spoilt.payload, list) else ():
        try:
            Block.from_dict(block)
        except (InvalidUsageError, KeyError, TypeError, ValueError, AttributeError):
            refused = True
        except NotImplementedError:
            continue
    if refused:
        assert blocks_faults(spoilt.payload, "message"), spoilt.how


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_what_the_bot_says_passes(path: Path) -> None:
    """The messages that other tests pin, with the evidence for their threads."""
    told = json.loads(path.read_text(encoding="utf-8"))
    for blocks in (told["blocks"], *told.get("evidence", ())):
        for update in (False, True):
            given = {"text": "\n".join(told["text"]), "blocks": blocks}
            assert message_faults(given, update=update) == ("", [])


def test_there_are_such_messages() -> None:
    """The pattern above finds them."""
    assert len(GOLDEN) > 5
