"""Which Kubernetes object a name in a metric means.

Labels name objects in the words of whoever exports them. Those of kube-state-metrics, of scraping
by service discovery, of OpenTelemetry and of Istio are known here. What is named without its
namespace is looked for among the objects that are alive.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef


class Living(Protocol):
    """What objects there are: as the fold knows them now, or the memory at some instant."""

    def has(self, ref: ObjectRef) -> bool:
        """Whether it is alive."""

    def called(self, name: str) -> Iterable[ObjectRef]:
        """Those alive of that name, in any namespace."""


NAMESPACES = (
    "namespace",
    "k8s_namespace_name",
    "destination_workload_namespace",
    "destination_service_namespace",
    "service_namespace",
    "exported_namespace",
)
"""Labels that name the namespace, the first that is there."""

NAMED_BY = (
    ("deployment", "apps", "Deployment"),
    ("k8s_deployment_name", "apps", "Deployment"),
    ("statefulset", "apps", "StatefulSet"),
    ("k8s_statefulset_name", "apps", "StatefulSet"),
    ("daemonset", "apps", "DaemonSet"),
    ("k8s_daemonset_name", "apps", "DaemonSet"),
    ("cronjob", "batch", "CronJob"),
    ("job_name", "batch", "Job"),
    ("pod", "", "Pod"),
    ("k8s_pod_name", "", "Pod"),
    ("workload", "", ""),
    ("destination_workload", "", ""),
    ("service", "", "Service"),
    ("destination_service_name", "", "Service"),
    ("service_name", "", ""),
    ("node", "", "Node"),
)
"""Labels that name the object, the first that is there: (label, group, kind). Without a kind it may
be a workload of any kind or a Service."""

ANY_KIND = (
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("apps", "DaemonSet"),
    ("", "Service"),
    ("batch", "CronJob"),
    ("batch", "Job"),
)
"""(group, kind) of what a name alone may mean, the likeliest first."""


def about_of(labels: Mapping[str, str], metric: str, objects: Living) -> ObjectRef:
    """The object that the labels name: if none, their namespace; if none, the metric itself."""
    namespace = next((labels[one] for one in NAMESPACES if labels.get(one)), "")
    for label, group, kind in NAMED_BY:
        name = labels.get(label)
        if not name:
            continue
        if kind == "Node":
            return ObjectRef("", "Node", CLUSTER, name)
        return named(name, namespace, [(group, kind)] if kind else ANY_KIND, objects)
    if namespace:
        return ObjectRef("", "Namespace", CLUSTER, namespace)
    return ObjectRef("", "Metric", CLUSTER, metric)


def named(
    name: str, namespace: str, kinds: Sequence[tuple[str, str]], objects: Living
) -> ObjectRef:
    """The object of that name that is alive, of the first kind of which there is one.

    namespace  "" if not known: then there must be but one namespace with such an object
    If none is alive: a Service if it may be one, else the first kind, in the namespace as given.
    """
    if namespace:
        for group, kind in kinds:
            ref = ObjectRef(group, kind, namespace, name)
            if objects.has(ref):
                return ref
    else:
        alike = list(objects.called(name))
        for group, kind in kinds:
            found = [ref for ref in alike if (ref.group, ref.kind) == (group, kind)]
            if found:
                return found[0] if len(found) == 1 else ObjectRef(group, kind, CLUSTER, name)
    group, kind = ("", "Service") if ("", "Service") in kinds else kinds[0]
    return ObjectRef(group, kind, namespace, name)
