"""Everything that went over the wire, in order, without tokens; and what Slack would refuse."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

Direction = Literal["call", "delivery", "ack", "response", "upload", "socket"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was sent.

    direction  call: the app asked the Web API; delivery: Slack sent something; ack: the app's
               answer to that; response: a response URL was posted to; upload; socket: a connection
    what       the method, the kind of the delivery
    faults     why Slack would refuse it, in its words
    """

    n: int
    at: float
    direction: Direction
    what: str
    ok: bool
    faults: tuple[str, ...]
    body: Any
    answer: Any = None


class Journal:
    """In memory, and as JSON lines in a file if one is named.

    base  the stand-in's own address: it has another port each time, so the file says "BASE" for it
    """

    def __init__(self, now: Callable[[], float], path: Path | None = None) -> None:
        self._now = now
        self._path = path
        self.base = ""
        self.entries: list[Entry] = []
        self.complaints: list[str] = []
        """What no app should do and Slack might let pass: unknown methods and arguments."""

    def write(
        self,
        direction: Direction,
        what: str,
        body: Any,
        *,
        answer: Any = None,
        ok: bool = True,
        faults: Sequence[str] = (),
    ) -> None:
        """One more entry."""
        entry = Entry(
            n=len(self.entries) + 1,
            at=self._now(),
            direction=direction,
            what=what,
            ok=ok,
            faults=tuple(faults),
            body=body,
            answer=answer,
        )
        self.entries.append(entry)
        if self._path is not None:
            line = json.dumps(asdict(entry), ensure_ascii=False)
            if self.base:
                line = line.replace(self.base.partition("//")[2], "BASE")
            with self._path.open("a", encoding="utf-8") as out:
                out.write(line + "\n")

    def complain(self, sentence: str) -> None:
        """Note what is wrong with the app, whether or not Slack would say so."""
        self.complaints.append(sentence)

    def calls(self, method: str) -> list[Entry]:
        """The requests of one method."""
        return [one for one in self.entries if one.direction == "call" and one.what == method]
