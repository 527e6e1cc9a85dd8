"""How long things take: the intervals of the controllers, and what containers are taken to need."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds. What a controller's source fixes is as there; the rest is an assumption to override.

    react          from a change to the controller's next request
    schedule       one attempt of the scheduler
    patch          what writing a new message to a pod adds to that
    start          from being bound to being ready
    stop           from SIGTERM to the end of a container, if its grace period allows
    jitter         share of `start` and `stop` by which pods differ
    request        one request to the API server
    command        from one command to the next
    kubectl        one object after the other, as kubectl deletes them
    calls, burst   requests a controller may make in a second, and at once before that counts
    job            how long a pod of a Job runs; None: as long as those that ended, or for ever
    gc_tick        between two looks of the pod collector; its first is in the middle
    gc_quarantine  before it takes a node's absence for true
    retry          between two tries of `kubectl drain` against a budget
    poll           between two looks of `kubectl drain` whether a node's pods are gone
    node_tick      between two looks at the readiness of nodes
    taint_nodes    from one node that is not ready to the next of its zone that pods are driven from
    taint_nodes_slowly  the same where most nodes of a large zone are not ready
    hpa            between two looks of the autoscaler
    backoff        of a Job's first pod that failed
    detach         before a volume is taken from a node that is gone
    horizon        after which nothing is looked at any more
    """

    react: float = 0.01
    schedule: float = 0.001
    patch: float = 0.01
    start: float = 1.0
    stop: float = 1.0
    jitter: float = 0.3
    request: float = 0.007
    command: float = 0.3
    kubectl: float = 0.05
    calls: float = 20.0
    burst: float = 30.0
    job: float | None = None
    gc_tick: float = 20.0
    gc_quarantine: float = 40.0
    retry: float = 5.0
    poll: float = 1.0
    node_tick: float = 5.0
    taint_nodes: float = 10.0
    taint_nodes_slowly: float = 100.0
    hpa: float = 15.0
    backoff: float = 10.0
    detach: float = 360.0
    horizon: float = 14400.0
    starts: dict[tuple[str, str, str], float] = field(default_factory=dict)
    """Measured start times of workloads: (namespace, kind, name) -> seconds"""


DEFAULT = Timings()
