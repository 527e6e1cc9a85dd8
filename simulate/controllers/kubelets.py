"""What kubelets do: start what is placed, end what is deleted, and say so, unless they are silent.

How long that takes is an assumption, see `timings.py`; pods differ in it by what the seed draws.
"""

from __future__ import annotations

import hashlib
from functools import partial

from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.controllers.events import What
from kubectl_smart.simulate.controllers.world import World


class Kubelets:
    """Those of all nodes."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.ending = self._end
        world.bound.append(self._begin)

    def start(self) -> None:
        """Go on with what the pods of the snapshot have begun."""
        world = self._world
        for pod in sorted(world.cluster.pods.values(), key=lambda one: one.version):
            if pod.finished:
                continue
            if pod.deleting is not None:
                self._end(pod, pod.grace)
                continue
            if pod.node is not None and pod.ready is None and pod.phase == "Pending":
                self._begin(pod)
            self._end_job(pod)

    def _begin(self, pod: Pod) -> None:
        self._world.loop.after(self._start_seconds(pod), partial(self._ready, pod))

    def _end(self, pod: Pod, allowed: float) -> None:
        seconds = min(allowed, self._about(self._world.timings.stop, pod, "stop"))
        self._world.loop.after(seconds, partial(self._stopped, pod))

    def _about(self, seconds: float, pod: Pod, what: str) -> float:
        """A time that differs a little from pod to pod, and is the same for the same seed."""
        text = f"{self._world.seed}\0{what}\0{pod.uid}"
        digest = hashlib.blake2b(text.encode(), digest_size=4).digest()
        share = int.from_bytes(digest, "big") / 2**32
        return seconds * (1 + self._world.timings.jitter * (2 * share - 1))

    def _start_seconds(self, pod: Pod) -> float:
        world = self._world
        top = world.cluster.top(pod)
        known = None if top is None else world.timings.starts.get((pod.namespace, *top))
        seconds = self._about(world.timings.start if known is None else known, pod, "start")
        return seconds + world.attaching.wait(pod, world.loop.now) if pod.shape.claims else seconds

    def _ready(self, pod: Pod) -> None:
        world = self._world
        if world.cluster.pods.get(pod.key) is not pod or pod.finished or pod.deleting is not None:
            return
        if pod.node is None or world.silent(pod.node):
            return
        pod.phase = "Running"
        pod.started = pod.started if pod.started is not None else world.now
        pod.ready = world.now
        world.note(What.READY, pod)
        world.tell(pod)
        self._end_job(pod)

    def _stopped(self, pod: Pod) -> None:
        if pod.node is not None and self._world.silent(pod.node):
            self._world.stuck(pod)  # nobody there to say so
            return
        self._world.gone(pod)

    def _end_job(self, pod: Pod) -> None:
        world = self._world
        if pod.phase == "Running":
            seconds = world.job_seconds(pod)
            if seconds is not None:
                begun = pod.started if pod.started is not None else world.now
                left = max(0.0, begun + seconds - world.now)
                world.loop.after(left, lambda: world.finish(pod, "Succeeded"))
