"""Coverage: intervals heard, joined within each session as they come in."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select

from kubectl_smart.memory.index.inserting import Pen
from kubectl_smart.memory.index.schema import heard
from kubectl_smart.memory.records.coverage import Heard, joined


def hear(pen: Pen, records: Sequence[Heard]) -> None:
    """Add intervals to what is known of their sessions."""
    new: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for record in records:
        new.setdefault((record.source, record.session), []).append((record.from_at, record.to_at))
    for (source, session), intervals in new.items():
        where = (heard.c.source == source, heard.c.session == session)
        rows = pen.select(select(heard.c.from_at, heard.c.to_at).where(*where))
        known = [(from_at, to_at) for from_at, to_at in rows]
        union = joined([*known, *intervals])
        if union != sorted(known):
            pen.execute(delete(heard).where(*where))
            for from_at, to_at in union:
                pen.put(heard, (source, session, from_at, to_at))
