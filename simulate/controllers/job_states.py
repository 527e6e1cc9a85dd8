"""How far a Job is: what has succeeded and failed so far, by index where it has indexes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.reading import Raw, at, items, mapping, seconds

INDEX = "batch.kubernetes.io/job-completion-index"
WHOLE = ""
"""In place of an index, where failures are counted for the Job as a whole."""
_ENDS = frozenset({"Complete", "Failed", "FailureTarget", "SuccessCriteriaMet"})


@dataclass(slots=True)
class State:
    """A Job so far.

    begun     since when it is active, seconds since 1970
    verdict   the reason for which it is to fail
    last      the pod that failed last, in a list
    in_a_row  failures since the last success, and when the last was, by index or as a whole
    counts    failures that count, by index
    done, lost  the indexes that have succeeded, and those that have failed
    """

    begun: float
    failed: int
    succeeded: int
    verdict: str = ""
    last: list[Pod] = field(default_factory=list)
    in_a_row: dict[str, tuple[int, float]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)


def state_of(raw: Raw, pods: Sequence[Pod], now: float) -> State:
    """What a Job's status says, and its pods where they say more."""
    status = mapping(raw, "status")
    uncounted = mapping(status, "uncountedTerminatedPods")
    counted = int(status.get("succeeded") or 0) + len(items(uncounted, "succeeded"))
    return State(
        begun=seconds(status.get("startTime")) or now,
        failed=int(status.get("failed") or 0) + len(items(uncounted, "failed")),
        succeeded=max(counted, sum(pod.phase == "Succeeded" for pod in pods)),
        counts={pod.shape.labels.get(INDEX, WHOLE): pod.failures for pod in pods if pod.failures},
        done={*_spans(status.get("completedIndexes")), *indexes(pods, "Succeeded")},
        lost=set(_spans(status.get("failedIndexes"))),
    )


def ended(raw: Raw) -> bool:
    """Whether a Job is complete, has failed, or is about to be one of these."""
    return any(
        one.get("type") in _ENDS and one.get("status") == "True"
        for one in items(raw, "status", "conditions")
    )


def per_index(raw: Raw) -> int | None:
    """spec.backoffLimitPerIndex of an indexed Job."""
    found = at(raw, "spec", "backoffLimitPerIndex")
    return None if found is None else int(found)


def enough(raw: Raw, state: State) -> bool:
    """Whether a Job's success policy is met: it takes its other pods along, and is complete.

    Rule: controller/job success_policy.go; the first rule that is met will do.
    """
    for rule in items(raw, "spec", "successPolicy", "rules"):
        named = rule.get("succeededIndexes")
        count = rule.get("succeededCount")
        of_these = set(_spans(named)) if named is not None else state.done
        done = len(of_these & state.done)
        if (named is not None or count is not None) and done >= (
            len(of_these) if count is None else int(count)
        ):
            return True
    return False


def indexes(pods: Iterable[Pod], phase: str | None = None) -> set[str]:
    """The indexes of pods, of those in a phase or of all."""
    found = (pod.shape.labels.get(INDEX) for pod in pods if phase in (None, pod.phase))
    return {one for one in found if one is not None}


def _spans(text: object) -> Iterator[str]:
    """The indexes that a text names: `0-2,5`."""
    for part in str(text or "").split(","):
        first, _, last = part.partition("-")
        if first.isdigit():
            yield from map(str, range(int(first), int(last if last.isdigit() else first) + 1))
