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
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
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
_PROVED = frozenset(
    {Class.SECRET, Class.CONFIG, Class.ENV, Class.VOLUMES, Class.RIGHTS, Class.DELETED,
     Class.CREATED}
)  # fmt: skip
"""Who somebody is, and whom he trusts."""
_ADMISSION = frozenset(
    {Class.ADMISSION, Class.DELETED, Class.CONFIG, Class.IMAGE, Class.ENV, Class.COMMAND,
     Class.SECURITY, Class.VOLUMES, Class.CREATED}
)  # fmt: skip
"""What is asked changed, or what asks, or what it asks for."""
_BOUNDED = frozenset(
    {Class.QUOTA, Class.REQUESTS, Class.MEMORY_LIMIT, Class.CPU_LIMIT, Class.CREATED}
)
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
    ("node no longer exists", _OF_NODE),
    ("storageclass", frozenset({Class.STORAGE, Class.DELETED, Class.CREATED})),
    ("priorityclass", frozenset({Class.PLACEMENT, Class.DELETED, Class.CREATED})),
    ("runtimeclass", frozenset({Class.PLACEMENT, Class.DELETED, Class.CREATED})),
    ("persistentvolumeclaim", frozenset(
        {Class.STORAGE, Class.VOLUMES, Class.DELETED, Class.CREATED})),
    ("persistent volume", frozenset({Class.STORAGE, Class.VOLUMES, Class.NODE, Class.CREATED})),
    ("exceeded quota", frozenset(
        {Class.QUOTA, Class.REPLICAS_UP, Class.BOUNDS, Class.REQUESTS, Class.CREATED})),
    ("failed quota", frozenset({Class.QUOTA, Class.MEMORY_LIMIT, Class.CPU_LIMIT,
                                Class.REQUESTS, Class.CREATED})),
    ("admission webhook", _ADMISSION),
    ("failed calling webhook", _ADMISSION | {Class.POLICY, Class.ROUTING, Class.REPLICAS_DOWN,
                                             Class.RESTART, Class.SECRET, Class.NODE}),
    ("denied request", _ADMISSION),
    ("violates podsecurity", _ADMISSION),
    (" usage per ", _BOUNDED),
    ("limit to request ratio", _BOUNDED),
    ("forbidden: user", frozenset({Class.RIGHTS, Class.DELETED, Class.SECURITY, Class.CREATED})),
)  # fmt: skip

_BY_CAUSE: tuple[tuple[str, frozenset[Class]], ...] = tuple(
    (word, _PROVED)
    for word in (
        "x509", "certificate has expired", "certificate verify failed", "unknown authority",
        "bad certificate", "401 unauthorized", "statuscode: 401", "authentication failed",
        "authentication required", "access denied for user", "invalid credentials",
        "invalid username or password", "certificateexpired", "certificate expire",
    )
)  # fmt: skip
"""What is said of certificates and credentials, where the reason itself says nothing."""

_NAMED = (
    ("d quota: ", re.compile(r"(?:exceeded|failed) quota: ([a-z0-9.-]+)"), ("", "ResourceQuota")),
    (
        "persistentvolumeclaim ",
        re.compile(r'persistentvolumeclaim "([a-z0-9.-]+)"'),
        ("", "PersistentVolumeClaim"),
    ),
    ("configmap ", re.compile(r'configmap "([a-z0-9.-]+)" not found'), ("", "ConfigMap")),
    ("secret ", re.compile(r'secret "([a-z0-9.-]+)" not found'), ("", "Secret")),
    (
        "serviceaccount ",
        re.compile(r'serviceaccount "([a-z0-9.-]+)" not found'),
        ("", "ServiceAccount"),
    ),
)
"""A word without which the pattern does not match, for it is quickly looked for; the pattern."""

_NAMED_IN_CLUSTER = (
    (
        "persistentvolume ",
        re.compile(r'persistentvolume "([a-z0-9.-]+)" not found'),
        ("", "PersistentVolume"),
    ),
    (
        "storageclass",
        re.compile(r'storageclass(?:\.storage\.k8s\.io)? "([a-z0-9.-]+)" not found'),
        ("storage.k8s.io", "StorageClass"),
    ),
    (
        "priorityclass ",
        re.compile(r"no priorityclass with name ([a-z0-9.-]+) was found"),
        ("scheduling.k8s.io", "PriorityClass"),
    ),
    (
        "runtimeclass",
        re.compile(r'runtimeclass(?:\.node\.k8s\.io)? "([a-z0-9.-]+)" not found'),
        ("node.k8s.io", "RuntimeClass"),
    ),
)


class Refuser(NamedTuple):
    """What refuses that something is made.

    change  the id of the change since which it does; "" if it always did, as far as is known
    words   the message that says so, its first line
    """

    object: ObjectRef
    change: str
    words: str


class Told(NamedTuple):
    """What the words of one piece of trouble point to.

    classes  those of a change that they speak of; empty if they say nothing
    objects  those named, with the words that do
    refuse   what refuses by these words, and the change since which it does (`refusals`)
    rejected whether a certificate or a credential was not accepted
    """

    classes: frozenset[Class]
    objects: tuple[tuple[ObjectRef, str], ...]
    refuse: tuple[Refuser, ...] = ()
    rejected: bool = False

    def leaves(self, of: Class) -> float:
        """How much of the suspicion of a class is left: 1 or `ELSEWHERE`."""
        return 1.0 if not self.classes or of in self.classes else ELSEWHERE


NOTHING = Told(frozenset(), ())


def told_by(seen: Iterable[Observation]) -> Told:
    """Of all that was seen; reasons that say nothing (a crash loop) do not count against others."""
    classes: set[Class] = set()
    objects: dict[ObjectRef, str] = {}
    rejected = False
    for one in seen:
        words = one.message.lower()
        by_words = [found for word, found in _BY_WORDS if word in words]
        by_reason = _BY_REASON.get(one.kind, frozenset())
        if not by_words and not by_reason:
            words = f"{one.kind.lower()} {words}"
            by_words = [found for word, found in _BY_CAUSE if word in words]
            rejected = rejected or bool(by_words)
        for found in by_words or [by_reason]:
            classes |= found
        for ref in named_by(one):
            objects.setdefault(ref, one.message.strip().partition("\n")[0])
    return Told(frozenset(classes), tuple(objects.items()), rejected=rejected)


def named_by(seen: Observation) -> list[ObjectRef]:
    """The objects that its words name as what was missing or full."""
    words = seen.message.lower()
    return [
        ObjectRef(group, kind, place, name)
        for place, table in ((seen.about.namespace, _NAMED), (CLUSTER, _NAMED_IN_CLUSTER))
        for word, pattern, (group, kind) in table
        if word in words
        for name in pattern.findall(words)
    ]
