"""Jobs: pods that run until enough of them have succeeded.

Rule: controller/job. A pod that failed counts against backoffLimit, unless the failure policy
ignores disruptions, and is replaced after a pause that doubles; one that is being deleted is
replaced at once. How long a pod runs is taken from the Job's pods that ended.
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
from kubectl_smart.simulate.controllers.world import World

_INDEX = "batch.kubernetes.io/job-completion-index"
_LONGEST = 600.0


class Jobs:
    """The controller."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._failures: dict[str, int] = {}
        self._succeeded: dict[str, int] = {}
        self._paused: dict[str, float] = {}
        world.told["Job"] = self._told
        world.changed.setdefault("Job", []).append(self._changed)
        world.job_seconds = self._seconds

    def _changed(self, raw: Raw, after: Raw | None) -> None:
        if after is not None:
            self._soon(uid_of(raw))

    def _told(self, pod: Pod) -> None:
        if pod.owner is None:
            return
        uid = pod.owner[2]
        if pod.phase == "Failed" and pod.deleting is None and not self._ignored(uid):
            self._failures[uid] = self._failures.get(uid, 0) + 1
            pause = self._world.timings.backoff * 2.0 ** (self._failures[uid] - 1)
            self._paused[uid] = self._world.loop.now + min(pause, _LONGEST)
        self._soon(uid)

    def _ignored(self, uid: str) -> bool:
        rules = items(self._world.cluster.by_uid(uid), "spec", "podFailurePolicy", "rules")
        return any(
            rule.get("action") == "Ignore"
            and any(one.get("type") == "DisruptionTarget" for one in items(rule, "onPodConditions"))
            for rule in rules
        )

    def _soon(self, uid: str, delay: float | None = None) -> None:
        world = self._world
        pause = world.timings.react if delay is None else delay
        world.loop.soon(("job", uid), pause, lambda: self.sync(uid))

    def sync(self, uid: str) -> None:
        """One look at a job."""
        world = self._world
        raw = world.cluster.by_uid(uid)
        if raw is None or at(raw, "metadata", "deletionTimestamp") or _ended(raw):
            return
        pods = list(world.cluster.owned(uid))
        if at(raw, "spec", "suspend"):
            for pod in pods:
                if pod.active:
                    world.delete(pod, "suspended")
            return
        before = int(at(raw, "status", "succeeded") or 0)
        counted = sum(pod.phase == "Succeeded" for pod in pods)
        done = max(before, counted, self._succeeded.get(uid, 0))
        self._succeeded[uid] = done
        limit = at(raw, "spec", "backoffLimit")
        failed = int(at(raw, "status", "failed") or 0) + self._failures.get(uid, 0)
        if failed > (6 if limit is None else int(limit)):
            for pod in pods:
                if pod.active:
                    world.delete(pod, "its job failed")
            return
        active = [pod for pod in pods if pod.active]
        parallel = at(raw, "spec", "parallelism")
        wanted = 1 if parallel is None else int(parallel)
        completions = at(raw, "spec", "completions")
        if completions is not None:
            wanted = min(wanted, int(completions) - done)
        elif done:
            wanted = len(active)
        if at(raw, "spec", "podReplacementPolicy") == "Failed":
            wanted -= sum(pod.deleting is not None and not pod.finished for pod in pods)
        for pod in active[max(0, wanted) :]:
            world.delete(pod, "not needed")
        pause = self._paused.get(uid, 0.0) - world.loop.now
        if wanted > len(active) and pause > 0:
            self._soon(uid, pause)
            return
        for _ in range(wanted - len(active)):
            self._make(raw, uid)

    def _make(self, raw: Raw, uid: str) -> None:
        world = self._world
        namespace, name = namespace_of(raw), name_of(raw)
        extra: dict[str, str] = {}
        if at(raw, "spec", "completionMode") == "Indexed":
            taken = {
                pod.shape.labels.get(_INDEX)
                for pod in world.cluster.owned(uid)
                if pod.active or pod.phase == "Succeeded"
            }
            index = next(place for place in range(len(taken) + 1) if str(place) not in taken)
            extra[_INDEX] = str(index)
        shape = world.admission.shape(namespace, mapping(raw, "spec", "template"), extra)
        world.create(
            namespace, f"{name}-{world.suffix(namespace, name)}", shape, ("Job", name, uid)
        )

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


def _ended(raw: Raw) -> bool:
    return any(
        one.get("type") in ("Complete", "Failed") and one.get("status") == "True"
        for one in items(raw, "status", "conditions")
    )
