"""The service graph as one query shows it: which calls are new, which are seen still."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from kubectl_smart.capture.decoding.service_graph import Call, item
from kubectl_smart.capture.sources.prometheus_answers import Matrix, Span
from kubectl_smart.capture.sources.prometheus_queries import GraphQuery, Settings, written
from kubectl_smart.capture.sources.prometheus_state import Told
from kubectl_smart.memory.store.protocols import SpoolItem

_SECOND = 1_000_000
_PIECE = 720
_FORGOTTEN = 7 * 86_400 * _SECOND  # a call not seen for so long is a new one when it is seen again
_NOBODY = frozenset({"", "unknown"})

_End = tuple[str, str]


class _Edge(NamedTuple):
    """Microseconds since 1970-01-01 UTC; `told_at`: the last_at that was told last."""

    first_at: int
    last_at: int
    told_at: int


class WatchedCalls:
    """One query of the graph; see `prometheus_series.WatchedQuery`."""

    def __init__(
        self,
        name: str,
        query: GraphQuery,
        settings: Settings,
        redact: Callable[[str], str],
        told: Told,
    ) -> None:
        self.name = name
        self.promql = written(query.promql, round(settings.graph_every * _SECOND))
        self.examined_to = told.examined_to
        self.missed: tuple[int, int] | None = None
        self.absent: list[tuple[int, int]] = []
        self.lost = False
        self._query = query
        self._settings = settings
        self._redact = redact
        self._step = round(settings.graph_every * _SECOND)
        self._asked = told.asked
        self._edges: dict[tuple[_End, _End], _Edge] = {
            (_end(caller), _end(callee)): _Edge(*edge) for caller, callee, edge in told.known
        }
        self._next: dict[tuple[_End, _End], _Edge] = {}

    def span(self, end: int) -> Span | None:
        """What is to be asked next, up to `end`; None if nothing."""
        step = self._step
        oldest = self._settings.oldest(end)
        if self.examined_to < oldest:
            self.missed = (self.examined_to, oldest) if self.examined_to else None
            self.examined_to = oldest
        first = (self.examined_to // step + 1) * step
        last = min(end // step * step, first + (_PIECE - 1) * step)
        return Span(first, last, step) if first <= last else None

    def take(self, matrix: Matrix, span: Span, now: int) -> list[SpoolItem]:
        """Calls that are new, that are seen still after a while, or that ceased."""
        self._next = dict(self._edges)
        times = span.times
        for labels, values in sorted(matrix.series.items()):
            pair = self._pair(dict(labels))
            seen = times[np.nan_to_num(values) > 0]
            if pair is None or not seen.size:
                continue
            held = self._next.get(pair)
            if held is None and len(self._next) >= self._settings.most_series:
                continue
            first = int(seen[0]) if held is None else min(held.first_at, int(seen[0]))
            last = int(seen[-1]) if held is None else max(held.last_at, int(seen[-1]))
            self._next[pair] = _Edge(first, last, 0 if held is None else held.told_at)
        items = []
        for pair, edge in list(self._next.items()):
            if self._due(edge, span.last):
                items.append(item(self._call(pair, edge), now))
                self._next[pair] = edge._replace(told_at=edge.last_at)
            elif span.last - edge.last_at > _FORGOTTEN:
                del self._next[pair]
        return items

    def _due(self, edge: _Edge, now: int) -> bool:
        """It is new, was last told a while ago, or was not seen any more just now."""
        untold = edge.last_at - edge.told_at
        return untold >= self._settings.told_again * _SECOND or (
            untold > 0 and now - edge.last_at >= 2 * self._step
        )

    def settle(self, span: Span) -> None:
        """What was taken is durable."""
        self._edges = self._next
        self.examined_to = max(self.examined_to, span.last)

    def told(self) -> Told:
        """To be remembered."""
        known = [[*pair, edge] for pair, edge in self._edges.items()]
        return Told(self._asked, self.examined_to, known)

    def _pair(self, labels: Mapping[str, str]) -> tuple[_End, _End] | None:
        query = self._query
        caller = _named(labels, query.caller_namespace, query.caller)
        callee = _named(labels, query.callee_namespace, query.callee)
        return (caller, callee) if caller and callee and caller != callee else None

    def _call(self, pair: tuple[_End, _End], edge: _Edge) -> Call:
        caller, callee = ((self._redact(a), self._redact(b)) for a, b in pair)
        query = self._redact(self.promql)
        return Call(caller, callee, query, edge.first_at, edge.last_at)


def _named(
    labels: Mapping[str, str], namespaces: tuple[str, ...], names: tuple[str, ...]
) -> _End | None:
    name = next((labels[one] for one in names if labels.get(one)), "")
    namespace = next((labels[one] for one in namespaces if labels.get(one)), "")
    if name in _NOBODY:
        return None
    return ("" if namespace in _NOBODY else namespace, name)


def _end(found: list[str]) -> _End:
    return found[0], found[1]
