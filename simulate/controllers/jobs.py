"""Jobs: pods that run until enough of them have succeeded, or too many have failed.

Rule: controller/job. A pod that is deleted, by whomever, counts as failed at once, and against
backoffLimit; with a podFailurePolicy, or podReplacementPolicy Failed, only when it has ended. The
next one is made after a pause that doubles with each failure in a row. A Job that has failed takes
its other pods along. How long a pod runs is taken from Jobs that ended.
"""

from __future__ import annotations

from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.reading import (
    Raw,
    at,
    items,
    mapping,
    name_of,
    namespace_of,
    seconds,
    uid_of,
)
from kubectl_smart.simulate.controllers.events import Event, What
from kubectl_smart.simulate.controllers.job_failures import (
    Meaning,
    has_failed,
    meaning,
    only_failed,
)
from kubectl_smart.simulate.controllers.job_states import (
    INDEX,
    WHOLE,
    State,
    ended,
    enough,
    indexes,
    per_index,
    state_of,
)
from kubectl_smart.simulate.controllers.refusals import Refusal
from kubectl_smart.simulate.controllers.world import World

_OURS = "kubernetes.io/job-controller"
_LONGEST = 600.0
_NO_LIMIT = 2**31 - 1


class Jobs:
    """The controller. _seen: the pods that were counted, or that it took away itself."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._states: dict[str, State] = {}
        self._seen: set[Pod] = set()
        world.told["Job"] = self._told
        world.changed.setdefault("Job", []).append(self._changed)
        world.job_seconds = self._seconds
        for raw in world.cluster.list("Job"):
            self._begin(raw)

    def _begin(self, raw: Raw) -> State:
        world, uid = self._world, uid_of(raw)
        state = self._states.get(uid)
        if state is not None:
            return state
        pods = list(world.cluster.owned(uid))
        for pod in pods:
            if pod.finished or (pod.deleting is not None and not only_failed(raw)):
                self._seen.add(pod)
        state = self._states[uid] = state_of(raw, pods, world.now)
        self._await_deadline(raw, state)
        return state

    def _await_deadline(self, raw: Raw, state: State) -> None:
        """A Job that runs for longer than it may fails then."""
        loop, deadline = self._world.loop, at(raw, "spec", "activeDeadlineSeconds")
        if deadline is None or ended(raw):
            return
        when = state.begun + float(deadline) - self._world.epoch
        if when <= self._world.timings.horizon:
            loop.at(when, lambda: self._soon(uid_of(raw)))

    def _changed(self, raw: Raw, after: Raw | None) -> None:
        if after is not None:
            self._begin(after)
            self._soon(uid_of(raw))

    def _told(self, pod: Pod) -> None:
        if pod.owner is None:
            return
        uid = pod.owner[2]
        raw = self._world.cluster.by_uid(uid)
        if raw is None:
            return
        gone = self._world.cluster.pods.get(pod.key) is not pod
        if pod not in self._seen:
            if pod.phase == "Succeeded":
                self._succeeded(self._begin(raw), pod)
            elif has_failed(raw, pod, gone=gone):
                self._failed(raw, self._begin(raw), pod)
        self._soon(uid)

    def _succeeded(self, state: State, pod: Pod) -> None:
        self._seen.add(pod)
        state.succeeded += 1
        state.in_a_row.clear()
        state.done |= indexes([pod], "Succeeded")

    def _failed(self, raw: Raw, state: State, pod: Pod) -> None:
        self._seen.add(pod)
        state.last = [pod]
        found = meaning(raw, pod)
        index = pod.shape.labels.get(INDEX, WHOLE)
        key = index if per_index(raw) is not None else WHOLE
        number, _ = state.in_a_row.get(key, (0, 0.0))
        state.in_a_row[key] = (number + 1, self._when(pod))
        if found is Meaning.FAIL_JOB:
            state.verdict = "PodFailurePolicy"
        if found is Meaning.IGNORE:
            return
        state.failed += 1
        state.counts[index] = state.counts.get(index, 0) + 1
        limit = per_index(raw)
        if limit is not None and (found is Meaning.FAIL_INDEX or state.counts[index] > limit):
            state.lost.add(index)

    def _when(self, pod: Pod) -> float:
        """When a pod failed: one that had not been ready for a while did so then."""
        if pod.ready is None and pod.unready is not None:
            return pod.unready - self._world.epoch
        return self._world.loop.now

    def _soon(self, uid: str, delay: float | None = None) -> None:
        world = self._world
        pause = world.timings.react if delay is None else delay
        world.loop.soon(("job", uid), pause, lambda: self.sync(uid))

    def sync(self, uid: str) -> None:
        """One look at a job."""
        world = self._world
        raw = world.cluster.by_uid(uid)
        if raw is None or at(raw, "metadata", "deletionTimestamp") or ended(raw):
            return
        if at(raw, "spec", "managedBy") not in (None, _OURS):
            return
        state = self._begin(raw)
        active = [pod for pod in world.cluster.owned(uid) if pod.active]
        if at(raw, "spec", "suspend"):
            self._take_away(active, "suspended")
            return
        verdict = self._verdict(raw, state)
        if verdict:
            self._end(raw, active or state.last, active, verdict)
            return
        wanted = self._wanted(raw, state, active)
        completions = at(raw, "spec", "completions")
        done = state.succeeded >= int(completions) if completions is not None else state.succeeded
        if enough(raw, state) or (done and not active):
            self._settle(raw, "Complete", "")
            self._take_away(active, "its job is complete")
            return
        if len(active) > wanted:
            self._take_away(sorted(active, key=_rank)[: len(active) - wanted], "not needed")
            return
        self._make_up(raw, state, active, wanted)

    @staticmethod
    def _wanted(raw: Raw, state: State, active: list[Pod]) -> int:
        parallel = at(raw, "spec", "parallelism")
        wanted = 1 if parallel is None else int(parallel)
        completions = at(raw, "spec", "completions")
        if completions is not None:
            return max(0, min(wanted, int(completions) - state.succeeded))
        return len(active) if state.succeeded else wanted

    def _verdict(self, raw: Raw, state: State) -> str:
        """The reason for which a Job fails now; "" if it does not."""
        by_index = per_index(raw)
        limit = at(raw, "spec", "backoffLimit")
        if limit is None:
            limit = 6 if by_index is None else _NO_LIMIT
        deadline = at(raw, "spec", "activeDeadlineSeconds")
        if state.verdict:
            return state.verdict
        if state.failed > int(limit):
            return "BackoffLimitExceeded"
        if deadline is not None and self._world.now - state.begun >= float(deadline) - 0.001:
            return "DeadlineExceeded"
        if by_index is not None and state.lost:
            most = at(raw, "spec", "maxFailedIndexes")
            if most is not None and len(state.lost) > int(most):
                return "MaxFailedIndexesExceeded"
            if len(state.lost) + len(state.done) >= int(at(raw, "spec", "completions") or 0):
                return "FailedIndexes"
        return ""

    def _end(self, raw: Raw, told: list[Pod], active: list[Pod], reason: str) -> None:
        """It has failed: what still runs goes, and nothing is made again."""
        world, name, namespace = self._world, name_of(raw), namespace_of(raw)
        world.failed[namespace, "Job", name] = (world.loop.now, reason)
        said = f"Job {name}: {reason}"
        for pod in told:
            world.note(What.FAILED, pod, said)
        if not told:
            key = (namespace, name)
            world.events.append(Event(world.loop.now, What.FAILED, key, None, None, None, said))
        self._settle(raw, "Failed", reason)
        self._take_away(active, "its job failed")

    def _settle(self, raw: Raw, kind: str, reason: str) -> None:
        status = mapping(raw, "status")
        condition = {"type": kind, "status": "True", "reason": reason}
        conditions = [*items(status, "conditions"), condition]
        self._world.put({**raw, "status": {**status, "conditions": conditions}})

    def _take_away(self, pods: list[Pod], why: str) -> None:
        for pod in pods:
            self._seen.add(pod)
            self._world.delete(pod, why)

    # --- new pods -----------------------------------------------------------------------

    def _make_up(self, raw: Raw, state: State, active: list[Pod], wanted: int) -> None:
        """Make pods until as many are active as are wanted, each when its pause is over."""
        uid = uid_of(raw)
        ending = [
            pod
            for pod in self._world.cluster.owned(uid)
            if only_failed(raw) and pod.deleting is not None and not pod.finished
        ]
        number = wanted - len(active) - len(ending)
        if number <= 0:
            return
        if at(raw, "spec", "completionMode") != "Indexed":
            places = [WHOLE] * number
        else:
            taken = state.done | state.lost | indexes([*active, *ending])
            all_of_them = map(str, range(int(at(raw, "spec", "completions") or 0)))
            places = [one for one in all_of_them if one not in taken][:number]
        pauses = [self._pause(raw, state, place) for place in places]
        for place, pause in zip(places, pauses, strict=True):
            if pause <= 0:
                self._make(raw, uid, place)
        if pauses and min(pauses) > 0:
            self._soon(uid, min(pauses))
        elif any(pause > 0 for pause in pauses):
            self._soon(uid, min(pause for pause in pauses if pause > 0))

    def _pause(self, raw: Raw, state: State, place: str) -> float:
        """Seconds until the next pod may be made in a place."""
        key = place if per_index(raw) is not None else WHOLE
        number, last = state.in_a_row.get(key, (0, 0.0))
        if not number:
            return 0.0
        pause = min(self._world.timings.backoff * 2.0 ** (number - 1), _LONGEST)
        return last + pause - self._world.loop.now

    def _make(self, raw: Raw, uid: str, place: str) -> None:
        world = self._world
        namespace, name = namespace_of(raw), name_of(raw)
        extra = {INDEX: place} if place != WHOLE else {}
        shape = world.admission.shape(namespace, mapping(raw, "spec", "template"), extra)
        prefix = f"{name}-{place}" if place != WHOLE else name
        owner, called = ("Job", name, uid), f"{prefix}-{world.suffix(namespace, name)}"
        made = world.create(namespace, called, shape, owner, place)
        if isinstance(made, str):
            refusal = Refusal(namespace, owner, made, lambda: self._soon(uid))
            world.turned_away([called], refusal, place)

    # --- how long they run --------------------------------------------------------------

    def _seconds(self, pod: Pod) -> float | None:
        """How long a pod of a Job runs; None if it is none, or not known."""
        if pod.owner is None or pod.owner[0] != "Job":
            return None
        if self._world.timings.job is not None:
            return self._world.timings.job
        raw = self._world.cluster.by_uid(pod.owner[2])
        begun = seconds(at(raw, "status", "startTime"))
        ended = seconds(at(raw, "status", "completionTime"))
        if begun is not None and ended is not None:
            return max(0.0, ended - begun)
        return self._of_others()

    def _of_others(self) -> float | None:
        """The middle of how long the cluster's other finished jobs took."""
        found: list[float] = []
        for raw in self._world.cluster.list("Job"):
            begun = seconds(at(raw, "status", "startTime"))
            ended = seconds(at(raw, "status", "completionTime"))
            if begun is not None and ended is not None:
                found.append(ended - begun)
        return sorted(found)[len(found) // 2] if found else None


def _rank(pod: Pod) -> tuple[bool, bool, bool, float]:
    """The least useful first: not placed, not running, not ready, younger."""
    return (pod.node is not None, pod.phase == "Running", pod.ready is not None, -pod.created)
