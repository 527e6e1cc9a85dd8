"""Observations, dependencies, steps, notes, versions of incidents: of a window, of an object."""

from __future__ import annotations

from kubectl_smart.memory.index import spans
from kubectl_smart.memory.index.decoding import Decoder
from kubectl_smart.memory.index.reading import BEGINNING, END, Reader
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef


def between(
    reader: Reader, decoder: Decoder, family: int, since: int | None, until: int | None
) -> list[Committed]:
    """Entries that overlap the window: those that begin in it, and those that it cuts."""
    first = BEGINNING if since is None else since
    end = END if until is None else until
    rows = reader.rows("entries_between", family=family, since=first, until=end)
    if since is not None:
        for side, nodes in spans.stab(since).items():
            cut = reader.rows(f"entries_{side}", family=family, at=since, **nodes)
            rows += [row for row in cut if row[0] < end]
    return decoder.entries(rows)


def of_object(
    reader: Reader,
    decoder: Decoder,
    by: str,
    family: int,
    ref: ObjectRef,
    since: int | None,
    until: int | None,
) -> list[Committed]:
    """Entries of one object that overlap the window; `by` is "object" or "owner"."""
    number = decoder.object_number(ref)
    if number is None:
        return []
    rows = reader.rows(
        f"entries_of_{by}",
        number=number,
        family=family,
        since=BEGINNING if since is None else since,
        until=END if until is None else until,
    )
    return decoder.entries(rows)
