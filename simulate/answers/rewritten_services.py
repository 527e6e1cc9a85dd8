"""Services that a command deletes, or whose selector it changes: who is behind them at each moment.

The others keep their selectors, and are told of together (`readiness`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_smart.memory.formats.wiring.selecting import matches
from kubectl_smart.memory.records.wiring import Selector
from kubectl_smart.simulate.answers.before import Before, selector_of
from kubectl_smart.simulate.answers.model import ServiceEnd
from kubectl_smart.simulate.answers.readiness import Changes
from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.reading import Raw

Written = tuple[float, tuple[str, str], Raw | None]
"""When which service was written to, and what it became; None: it went."""


def rewritten(was: Before, changed: Changes, written: Sequence[Written]) -> Iterator[ServiceEnd]:
    """Those of them that had endpoints to tell of before."""
    for key in dict.fromkeys(key for _, key, _ in written):
        if key in was.endpoints:
            mine = [(at, after) for at, other, after in written if other == key]
            yield _end(was, key, _course(was, changed, key, mine))


def _course(
    was: Before,
    changed: Changes,
    key: tuple[str, str],
    mine: Sequence[tuple[float, Raw | None]],
) -> list[tuple[float, int]]:
    """(when, how many endpoints) wherever that may be another number."""
    space = key[0]
    ready = {pod for pod, known in was.pods.items() if known[2] and pod.namespace == space}
    selector, beside = was.services.get(key), was.beside.get(key, 0)
    pods = [one for one in changed if one[1].namespace == space]
    steps = [(at, False, number) for number, (at, _) in enumerate(mine)]
    steps += [(at, True, number) for number, (at, _, _) in enumerate(pods)]
    found: list[tuple[float, int]] = []
    for at, is_pod, number in sorted(steps):
        if is_pod:
            _, pod, change = pods[number]
            (ready.add if change > 0 else ready.discard)(pod)
        else:
            after = mine[number][1]
            selector = None if after is None else selector_of(after)
            beside = 0 if after is None else beside
        found.append((at, beside + _behind(selector, ready)))
    return found


def _behind(selector: Selector | None, ready: Iterable[Pod]) -> int:
    return 0 if selector is None else sum(matches(selector, pod.shape.labels) for pod in ready)


def _end(was: Before, key: tuple[str, str], course: Sequence[tuple[float, int]]) -> ServiceEnd:
    before = now = least = was.endpoints[key]
    empty: tuple[float, float | None] | None = None
    for at, now in course:
        least = min(least, now)
        if now == 0 and before > 0 and (empty is None or empty[1] is not None):
            empty = (at if empty is None else empty[0], None)
        elif now > 0 and empty is not None and empty[1] is None:
            empty = (empty[0], at)
    return ServiceEnd(*key, before, least, now, empty, beside=was.beside.get(key, 0))
