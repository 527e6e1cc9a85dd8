"""Dependencies from configuration: edges worked out from the wiring of both ends.

Nothing is recorded for it: an edge is a function of the states of its two ends, so it is worked out
from what the index keeps of them, for one object or for a window, whatever order they came in.

- A field that names an object is an edge as long as both stand: an edit, or the deletion of either
  end, ends it, and a Service that is created later begins it.
- `svc.ns.svc` needs no Service to be known: nothing else is written so.
- A workload that reads or mounts a ConfigMap calls the Services that its values name; of single
  keys, only what those hold. Both fields prove it.
- A selector is an edge to every workload of its namespace whose pods' labels match.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol, TypeVar

from kubectl_smart.memory.formats.wiring.packing import choosing, labelled, naming
from kubectl_smart.memory.formats.wiring.selecting import matches
from kubectl_smart.memory.graph.edges import Edge, Proof, order_of
from kubectl_smart.memory.graph.intervals import Interval, both, union
from kubectl_smart.memory.index.rows import Wired
from kubectl_smart.memory.index.spans import FOREVER
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.wiring import (
    CALLS,
    MOUNTS,
    NAMES,
    READS,
    SELECTS,
    Reference,
    Selector,
    Wiring,
)

_ALWAYS = [(-FOREVER, FOREVER)]
_READ = frozenset({READS, MOUNTS})
_Labels = tuple[tuple[str, str], ...]
_Said = TypeVar("_Said", Reference, Selector, _Labels)


class Wires(Protocol):
    """Where wiring is looked up; an `Index` is one."""

    def wired_of(self, ref: ObjectRef) -> list[Wired]:
        """See `Index.wired_of`."""

    def wired_with(self, terms: Sequence[int], namespace: str | None = None) -> list[Wired]:
        """See `Index.wired_with`."""

    def lives_of(self, ref: ObjectRef) -> list[Interval]:
        """See `Index.lives_of`."""


class _Run(NamedTuple):
    """One object said the same thing from one instant to another."""

    ref: ObjectRef
    from_at: int
    to_at: int
    change: int

    def proof(self, path: str, value: str) -> Proof:
        return Proof(self.ref, path, value, self.from_at, self.change)


def _runs(
    wired: Iterable[Wired], said: Callable[[Wiring], Iterable[_Said]]
) -> list[tuple[_Said, _Run]]:
    """What objects said, each with the longest intervals in which they did; given in order."""
    last: dict[tuple[ObjectRef, _Said], int] = {}
    found: list[tuple[_Said, _Run]] = []
    for one in wired:
        for each in said(one.wiring):
            at = last.get((one.ref, each))
            if at is not None and found[at][1].to_at == one.from_at:
                found[at] = each, found[at][1]._replace(to_at=one.to_at)
                continue
            last[one.ref, each] = len(found)
            found.append((each, _Run(one.ref, one.from_at, one.to_at, one.change)))
    return found


def _references(wiring: Wiring) -> Iterable[Reference]:
    return wiring.references


def _selectors(wiring: Wiring) -> Iterable[Selector]:
    return wiring.selectors


def _labels(wiring: Wiring) -> Iterable[_Labels]:
    return () if wiring.labels is None else (wiring.labels,)


class Configured:
    """Works edges out; keeps what it has looked up. Make one for each question."""

    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        self._wired: dict[ObjectRef, list[Wired]] = {}
        self._lives: dict[ObjectRef, list[Interval]] = {}

    def needs(self, ref: ObjectRef) -> list[Edge]:
        """The edges that begin at an object, whenever they held."""
        return sorted(self.of(self._of_object(ref)), key=order_of)

    def needed_by(self, ref: ObjectRef) -> list[Edge]:
        """The edges that end at an object, whenever they held."""
        naming_it = self._wires.wired_with([naming(ref)])
        found = [edge for edge in self._referring(naming_it) if edge.callee == ref]
        for named, run in _runs(naming_it, _references):
            if named.kind == NAMES and named.target == ref:
                found += self._by_readers(named, run)
        found += self._selecting(ref)
        return sorted(set(found), key=order_of)

    def of(self, wired: Sequence[Wired]) -> Iterator[Edge]:
        """Every edge that begins at these."""
        yield from self._referring(wired)
        for reference, run in _runs(wired, _references):
            if reference.kind in _READ and reference.target.kind == "ConfigMap":
                yield from self._through(reference, run)
        for selector, run in _runs(wired, _selectors):
            pair = selector.pairs[0] if selector.pairs else None
            among = self._wires.wired_with([labelled(pair)], run.ref.namespace)
            yield from self._matching(selector, run, among)

    def _of_object(self, ref: ObjectRef) -> list[Wired]:
        if ref not in self._wired:
            self._wired[ref] = self._wires.wired_of(ref)
        return self._wired[ref]

    # --- fields that name ---------------------------------------------------------------

    def _referring(self, wired: Iterable[Wired]) -> Iterator[Edge]:
        for reference, run in _runs(wired, _references):
            proofs = (run.proof(reference.path, reference.value),)
            for from_at, to_at in both([run[1:3]], self._there(reference)):
                yield Edge(run.ref, reference.target, reference.kind, proofs, from_at, to_at)

    def _there(self, reference: Reference) -> list[Interval]:
        """When what a field names was there to be meant."""
        lives = self._alive(reference.target)
        if not lives and reference.sure:
            return _ALWAYS
        if not reference.port:
            return lives
        with_port = [
            (one.from_at, one.to_at)
            for one in self._of_object(reference.target)
            if reference.port in one.wiring.ports
        ]
        return both(lives, union(with_port))

    def _alive(self, ref: ObjectRef) -> list[Interval]:
        if ref not in self._lives:
            self._lives[ref] = union(self._wires.lives_of(ref))
        return self._lives[ref]

    # --- through a ConfigMap ------------------------------------------------------------

    def _through(self, reading: Reference, reader: _Run) -> Iterator[Edge]:
        """The Services that a workload calls because a ConfigMap it reads names them."""
        for named, run in _runs(self._of_object(reading.target), _references):
            yield from self._called(reading, reader, named, run)

    def _by_readers(self, named: Reference, run: _Run) -> Iterator[Edge]:
        """The same, from the ConfigMap that names a Service to those that read it."""
        readers = self._wires.wired_with([naming(run.ref)], run.ref.namespace)
        for reading, reader in _runs(readers, _references):
            if reading.kind in _READ and reading.target == run.ref:
                yield from self._called(reading, reader, named, run)

    def _called(
        self, reading: Reference, reader: _Run, named: Reference, run: _Run
    ) -> Iterator[Edge]:
        if named.kind != NAMES or reading.key not in ("", named.key):
            return
        proofs = (
            reader.proof(reading.path, reading.value),
            run.proof(named.path, named.value),
        )
        for from_at, to_at in both(both([reader[1:3]], [run[1:3]]), self._there(named)):
            yield Edge(reader.ref, named.target, CALLS, proofs, from_at, to_at)

    # --- selectors ----------------------------------------------------------------------

    def _matching(self, selector: Selector, run: _Run, among: Iterable[Wired]) -> Iterator[Edge]:
        """The workloads among these whose pods a selector chooses."""
        found: dict[ObjectRef, list[Interval]] = {}
        for labels, workload in _runs(among, _labels):
            if matches(selector, dict(labels)) and workload.ref != run.ref:
                found.setdefault(workload.ref, []).append(workload[1:3])
        proofs = (run.proof(selector.path, selector.value),)
        for ref in sorted(found):
            for from_at, to_at in both([run[1:3]], union(found[ref])):
                yield Edge(run.ref, ref, SELECTS, proofs, from_at, to_at)

    def _selecting(self, ref: ObjectRef) -> Iterator[Edge]:
        """The edges of selectors that choose the pods of a workload."""
        mine = self._of_object(ref)
        pairs = {pair for labels, _ in _runs(mine, _labels) for pair in labels}
        if not any(one.wiring.labels is not None for one in mine):
            return
        terms = [choosing(None), *(choosing(pair) for pair in sorted(pairs))]
        for selector, run in _runs(self._wires.wired_with(terms, ref.namespace), _selectors):
            yield from self._matching(selector, run, mine)


# --- a whole window -----------------------------------------------------------------------


class _Loaded:
    """The wiring of a window, at hand."""

    def __init__(self, wired: Sequence[Wired], lives_of: Callable[[ObjectRef], list[Interval]]):
        self.lives_of = lives_of
        self.wired: dict[ObjectRef, list[Wired]] = {}
        self._labelled: dict[tuple[str, int], list[Wired]] = {}
        for one in wired:
            self.wired.setdefault(one.ref, []).append(one)
            labels = one.wiring.labels
            if labels is not None:
                for pair in (None, *labels):
                    key = one.ref.namespace, labelled(pair)
                    self._labelled.setdefault(key, []).append(one)

    def wired_of(self, ref: ObjectRef) -> list[Wired]:
        return self.wired.get(ref, [])

    def wired_with(self, terms: Sequence[int], namespace: str | None = None) -> list[Wired]:
        """Only asked for the labels of workloads of a namespace."""
        return self._labelled.get((namespace or "", terms[0]), [])


class WindowIndex(Wires, Protocol):
    """What a window is read from; an `Index` is one."""

    def wired_between(self, since: int | None, until: int | None) -> list[Wired]:
        """See `Index.wired_between`."""


def edges_between(index: WindowIndex, since: int | None, until: int | None) -> list[Edge]:
    """Every edge that held at some time of a window, ordered by who, whom and how.

    A field that stood before the window counts from when the version came in which it stands
    when the window begins: at the latest when it was written.
    """
    loaded = _Loaded(index.wired_between(since, until), index.lives_of)
    configured = Configured(loaded)
    found = [
        edge
        for one in loaded.wired.values()
        for edge in configured.of(one)
        if within(edge, since, until)
    ]
    return sorted(found, key=order_of)


def within(edge: Edge, since: int | None, until: int | None) -> bool:
    """Whether an edge held at some time of a window; both the same: at that instant."""
    return held(edge.from_at, edge.to_at, since, until)


def held(from_at: int, to_at: int, since: int | None, until: int | None) -> bool:
    """Whether an interval [from_at, to_at) has an instant of a window; see `within`."""
    if since is not None and since == until:
        return from_at <= since < to_at
    return (since is None or to_at > since) and (until is None or from_at < until)
