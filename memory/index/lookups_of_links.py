"""Look-ups of what belongs together: what objects say of others, and what caused what."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kubectl_smart.memory.index import packing, wired
from kubectl_smart.memory.index.chunks import padded
from kubectl_smart.memory.index.decoding import Decoder
from kubectl_smart.memory.index.linking.reading import (
    TROUBLE_RULES,
    TROUBLE_UNTIL,
    in_order,
    links_of,
    trouble_links_of,
)
from kubectl_smart.memory.index.reading import BEGINNING, END, Reader
from kubectl_smart.memory.index.rows import Wired
from kubectl_smart.memory.records.links import Link
from kubectl_smart.memory.records.objects import ObjectRef


class LinkLookups:
    """What an `Index` answers from the tables of wiring and of links."""

    _reader: Reader
    _decoder: Decoder
    _wires: wired.Wires

    # --- wiring: what objects say of others -------------------------------------------------

    def wired_of(self, ref: ObjectRef) -> list[Wired]:
        """What an object said of others, in order of time."""
        number = self._decoder.object_number(ref)
        return [] if number is None else self._wires.of("wired_of", object=number)

    def wired_with(self, terms: Collection[int], namespace: str | None = None) -> list[Wired]:
        """What objects said of others where one of these terms finds it, by object and time.

        See `formats.wiring.packing` for terms; they may find some that are not meant.
        """
        found: list[Wired] = []
        for chunk in padded(sorted(set(terms))):
            if namespace is None:
                found += self._wires.of("wired_with", **chunk)
                continue
            number = self._decoder.namespace_number(namespace)
            if number is not None:
                found += self._wires.of("wired_with_in", number=number, **chunk)
        return wired.in_order(found)

    def wired_between(self, since: int | None, until: int | None) -> list[Wired]:
        """What any object said of others in a window, by object and time."""
        low = BEGINNING if since is None else since
        return self._wires.of("wired_between", since=low, until=END if until is None else until)

    def lives_of(self, ref: ObjectRef) -> list[tuple[int, int]]:
        """When an object existed, as far as is known: (from, to), `spans.FOREVER` if still."""
        number = self._decoder.object_number(ref)
        rows = [] if number is None else self._reader.rows("lives_of", object=number)
        return [(from_at, to_at) for from_at, to_at in rows]

    # --- links: what caused what ------------------------------------------------------------

    def links_between(self, since: int | None = None, until: int | None = None) -> list[Link]:
        """The links whose effects happened in a window, by that time, effect, rule and cause."""
        low = BEGINNING if since is None else since
        rows = self._reader.rows("links_between", since=low, until=END if until is None else until)
        return links_of(self._decoder, rows)

    def links_with(self, change_ids: Collection[str]) -> list[Link]:
        """The links that these changes are the effect or the cause of, in the same order."""
        wanted = sorted({packing.pack_id(each) for each in change_ids if each})
        rows: list[tuple[object, ...]] = []
        for chunk in padded(wanted):
            rows += self._reader.rows("links_to", **chunk)
            rows += self._reader.rows("links_from", **chunk)
        return in_order(links_of(self._decoder, rows))

    def links_of(
        self, ref: ObjectRef, since: int | None = None, until: int | None = None
    ) -> list[Link]:
        """The links with a change of this object at either end, by effects in a window."""
        number = self._decoder.object_number(ref)
        if number is None:
            return []
        low, end = BEGINNING if since is None else since, END if until is None else until
        rows: list[Sequence[object]] = []
        for side in ("links_to_object", "links_from_object"):
            rows += self._reader.rows(side, object=number, since=low, until=end)
        return in_order(links_of(self._decoder, rows))

    # --- links to trouble, as far as they are kept -----------------------------------------------

    def trouble_linked(self, rules: str) -> int | None:
        """The trouble that began before this instant is linked by these rules; None if none is."""
        held = dict(self._reader.rows("meta"))
        return int(held[TROUBLE_UNTIL]) if held.get(TROUBLE_RULES) == rules else None

    def trouble_links_between(self, since: int | None, until: int, version: str) -> list[Link]:
        """The links kept to trouble that began in a window, by time and effect, rule and cause.

        until    no later than `trouble_linked`
        version  of the rules, for the links
        """
        low = BEGINNING if since is None else since
        rows = self._reader.rows("trouble_links_between", since=low, until=until)
        return trouble_links_of(self._decoder, rows, version)
