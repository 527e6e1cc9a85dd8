"""What a run ends with; documented in bot/README.md and in `kubectl smart --help`."""

from __future__ import annotations

from kubectl_smart.memory.records.errors import (
    BadInput,
    Busy,
    NotCovered,
    NothingKnown,
    SmartError,
)

OK = 0
ERROR = 1
USAGE = 2
NOTHING_KNOWN = 3
NOT_COVERED = 4
BUSY = 6
GATE = 7
"""The answer is there, and holds what `--fail-on` names."""
INTERRUPTED = 130

_CODES: tuple[tuple[type[SmartError], int], ...] = (
    (NothingKnown, NOTHING_KNOWN),
    (NotCovered, NOT_COVERED),
    (Busy, BUSY),
    (BadInput, USAGE),
)


def code_for(error: SmartError) -> int:
    """The exit code of an error; 1 for what has none of its own."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), ERROR)
