"""The errors of kubectl-smart, by what the reader should do next.

    SmartError                     base; `remedy` says what to do next
    |-- BadInput                   mend the input (a file, a time, an object's name)
    |-- NothingKnown               ask otherwise; the memory has no such thing
    |-- NotCovered                 the memory did not listen at that time
    |-- Busy                       try again later (another writer holds the memory)
    |-- Stopped                    nothing; whoever asked gave it up, or it took too long
    |-- StorageFull                make room, then run the same command again
    `-- MemoryDamaged              run `kubectl smart verify`; restore or reindex

The faces turn these into one sentence and an exit code; nothing else does.
"""

from __future__ import annotations


class SmartError(Exception):
    """Base of every error a user may see: one sentence, and what to do next."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class BadInput(SmartError):
    """The input cannot be used as it is; mend it and run again."""


class NothingKnown(SmartError):
    """The memory holds nothing that answers this; `remedy` names the nearest thing known."""


class NotCovered(SmartError):
    """The memory was not listening at the time asked about."""


class Busy(SmartError):
    """Somebody else is writing to this memory; try again when they have finished."""


class Stopped(SmartError):
    """Whoever wanted this does not wait for it any more; see `stopping`."""


class StorageFull(SmartError):
    """The disk is full; nothing acknowledged is lost. Make room and run again."""


class MemoryDamaged(SmartError):
    """The repository, the spool or the index contradicts itself."""
