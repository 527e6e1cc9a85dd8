"""One thing in a payload that Slack would refuse."""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """What, in Slack's words, and where.

    pointer  JSON pointer from the payload's root: "/blocks/1/text/text"
    code     a short name for tests: "too_long", "missing_field", "duplicate_action_id"
    """

    message: str
    pointer: str
    code: str

    def __str__(self) -> str:
        return f"{self.message} [json-pointer:{self.pointer}]"
