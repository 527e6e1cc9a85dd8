"""Links to trouble, kept up to an instant: what the causal graph worked out, while it holds.

The graph weighs, and lies above the index; so it tells what it found, and by which rules, and here
is seen to it that this stays what it would find again. What it says of trouble depends on what
happened before it, however long ago, and within SETTLE after it began. Whatever comes in takes
back what it could change: all of the trouble that began SETTLE before it, and later.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select

from kubectl_smart.memory.index import packing
from kubectl_smart.memory.index.inserting import Pen
from kubectl_smart.memory.index.linking.reading import TROUBLE_RULES, TROUBLE_UNTIL
from kubectl_smart.memory.index.objects_known import ObjectsKnown
from kubectl_smart.memory.index.schema import meta, trouble_links
from kubectl_smart.memory.records.links import SETTLE, Link, LinkRule

_RULES = tuple(LinkRule)


class Trouble:
    """The links to trouble of an index that is written."""

    def __init__(self, pen: Pen, objects: ObjectsKnown) -> None:
        self._pen = pen
        self._objects = objects
        self._rules = ""
        self._until: int | None = None
        self._touched: int | None = None
        self.load()

    def load(self) -> None:
        """Read anew what the database holds; to be called after a transaction that failed."""
        held = dict(self._pen.select(select(meta.c.key, meta.c.value)))
        self._rules = held.get(TROUBLE_RULES, "")
        self._until = int(held[TROUBLE_UNTIL]) if TROUBLE_UNTIL in held else None
        self._touched = None

    def touched(self, at: int) -> None:
        """Something is known, from an instant on, that was not known before."""
        if self._touched is None or at < self._touched:
            self._touched = at

    def settle(self) -> None:
        """Take back what may not hold any longer."""
        at, self._touched = self._touched, None
        if at is None or self._until is None or at - SETTLE >= self._until:
            return
        self._pen.execute(delete(trouble_links).where(trouble_links.c.at >= at - SETTLE))
        self._reaches(at - SETTLE)

    def keep(self, rules: str, until: int, links: Iterable[Link]) -> None:
        """These are the links to trouble that began from where others left off, until an instant.

        rules  the version of all rules that had to do with it; of another one nothing is kept
        """
        if rules != self._rules:
            self._pen.execute(delete(trouble_links))
            self._rules = rules
            self._pen.put(meta, (TROUBLE_RULES, rules))
        for link in links:
            self._pen.put(
                trouble_links,
                (
                    link.effect_at,
                    packing.pack_id(link.effect),
                    _RULES.index(link.rule),
                    packing.pack_id(link.cause),
                    self._objects.get(link.effect_of).number,
                    self._objects.get(link.cause_of).number,
                    link.cause_at,
                    round(link.confidence * 10_000),
                    packing.pack_detail([link.evidence]),
                ),
            )
        self._reaches(until)

    def _reaches(self, until: int) -> None:
        self._until = until
        self._pen.put(meta, (TROUBLE_UNTIL, str(until)))
        self._pen.flush()
