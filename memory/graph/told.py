"""What Kubernetes' own words say of the reason: which classes of change, and which objects by name.

The scheduler says what every node lacked, the kubelet which object it missed, a controller which
quota it hit. Where the words point somewhere a change of another class is not ruled out (a message
tells the last obstacle, not the first), but it is suspected ten times less.
Sources: reason strings of the scheduler plugins, kubelet and ReplicaSet controller of
Kubernetes 1.36.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from kubectl_smart.memory.graph.change_classes import Class
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation

ELSEWHERE = 0.1
"""How much is left of the suspicion of a class that the words do not point to."""

_IMAGES = frozenset({Class.IMAGE, Class.SECRET, Class.SECURITY, Class.CREATED})
_STARTING = frozenset(
    {Class.COMMAND, Class.IMAGE, Class.SECURITY, Class.VOLUMES, Class.CONFIG, Class.CREATED}
)
_CONFIGURED = frozenset(
    {Class.CONFIG, Class.SECRET, Class.ENV, Class.DELETED, Class.SECURITY, Class.CREATED}
)
_MOUNTED = frozenset(
    {Class.STORAGE, Class.VOLUMES, Class.CONFIG, Class.SECRET, Class.DELETED, Class.NODE,
     Class.CREATED}
)  # fmt: skip
_MEMORY = frozenset(
    {Class.MEMORY_LIMIT, Class.CONFIG, Class.ENV, Class.IMAGE, Class.COMMAND, Class.CREATED,
     Class.REPLICAS_DOWN, Class.BOUNDS, Class.RUN, Class.QUOTA, Class.POLICY, Class.ROUTING}
)  # fmt: skip
"""What is not answered any more is kept waiting, in memory."""
_OF_NODE = frozenset({Class.NODE, Class.PLACEMENT, Class.DELETED})

_BY_REASON: dict[str, frozenset[Class]] = {
    **dict.fromkeys(
        ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"), _IMAGES
    ),
    **dict.fromkeys(("RunContainerError", "StartError", "ContainerCannotRun"), _STARTING),
    "CreateContainerConfigError": _CONFIGURED,
    **dict.fromkeys(("FailedMount", "FailedAttachVolume", "FailedMapVolume"), _MOUNTED),
    **dict.fromkeys(("OOMKilled", "OOMKilling"), _MEMORY),
    **dict.fromkeys(
        ("NodeNotReady", "NodeLost", "TaintManagerEviction", "NodeShutdown", "Shutdown"), _OF_NODE
    ),
}
_BY_WORDS: tuple[tuple[str, frozenset[Class]], ...] = (
    ("insufficient ", frozenset(
        {Class.REQUESTS, Class.REPLICAS_UP, Class.BOUNDS, Class.NODE, Class.CREATED})),
    ("affinity/selector", frozenset({Class.PLACEMENT, Class.NODE, Class.CREATED})),
    ("anti-affinity", frozenset({Class.PLACEMENT, Class.NODE, Class.REPLICAS_UP, Class.CREATED})),
    ("topology spread", frozenset({Class.PLACEMENT, Class.NODE, Class.CREATED})),
    ("taint", _OF_NODE | {Class.CREATED}),
    ("were unschedulable", _OF_NODE),
    ("persistentvolumeclaim", frozenset(
        {Class.STORAGE, Class.VOLUMES, Class.DELETED, Class.CREATED})),
    ("persistent volume", frozenset({Class.STORAGE, Class.VOLUMES, Class.NODE, Class.CREATED})),
    ("exceeded quota", frozenset(
        {Class.QUOTA, Class.REPLICAS_UP, Class.BOUNDS, Class.REQUESTS, Class.CREATED})),
    ("admission webhook", frozenset({Class.DELETED, Class.ROUTING, Class.CONFIG, Class.CREATED})),
)  # fmt: skip

_NAMED = (
    ("exceeded quota: ", re.compile(r"exceeded quota: ([a-z0-9.-]+)"), "ResourceQuota"),
    (
        "persistentvolumeclaim ",
        re.compile(r'persistentvolumeclaim "([a-z0-9.-]+)"'),
        "PersistentVolumeClaim",
    ),
    ("configmap ", re.compile(r'configmap "([a-z0-9.-]+)" not found'), "ConfigMap"),
    ("secret ", re.compile(r'secret "([a-z0-9.-]+)" not found'), "Secret"),
    ("serviceaccount ", re.compile(r'serviceaccount "([a-z0-9.-]+)" not found'), "ServiceAccount"),
)
"""A word without which the pattern does not match, for it is quickly looked for; the pattern."""


class Told(NamedTuple):
    """What the words of one piece of trouble point to.

    classes  those of a change that they speak of; empty if they say nothing
    objects  those named, with the words that do
    """

    classes: frozenset[Class]
    objects: tuple[tuple[ObjectRef, str], ...]

    def leaves(self, of: Class) -> float:
        """How much of the suspicion of a class is left: 1 or `ELSEWHERE`."""
        return 1.0 if not self.classes or of in self.classes else ELSEWHERE


NOTHING = Told(frozenset(), ())


def told_by(seen: Iterable[Observation]) -> Told:
    """Of all that was seen; reasons that say nothing (a crash loop) do not count against others."""
    classes: set[Class] = set()
    objects: dict[ObjectRef, str] = {}
    for one in seen:
        words = one.message.lower()
        by_words = [found for word, found in _BY_WORDS if word in words]
        for found in by_words or [_BY_REASON.get(one.kind, frozenset())]:
            classes |= found
        for ref in named_by(one):
            objects.setdefault(ref, one.message.strip().partition("\n")[0])
    return Told(frozenset(classes), tuple(objects.items()))


def named_by(seen: Observation) -> list[ObjectRef]:
    """The objects that its words name as what was missing or full."""
    words = seen.message.lower()
    return [
        ObjectRef("", kind, seen.about.namespace, name)
        for word, pattern, kind in _NAMED
        if word in words
        for name in pattern.findall(words)
    ]
