"""What Slack refuses, in its own words."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """A request that Slack answers with `ok: false`.

    error     its code: "channel_not_found"
    more      further members of the answer: `needed` and `provided` of `missing_scope`
    status    of HTTP: 200 for nearly all, 429 with `retry_after` seconds
    """

    def __init__(
        self,
        error: str,
        *,
        status: int = 200,
        retry_after: int | None = None,
        more: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.retry_after = retry_after
        self.more = more or {}

    def body(self) -> dict[str, Any]:
        """As it goes over the wire."""
        return {"ok": False, "error": self.error, **self.more}


class Unwanted(Exception):
    """An act of a person that Slack's own window would not let happen, in its words to them."""
