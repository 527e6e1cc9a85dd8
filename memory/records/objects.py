"""Which Kubernetes object a fact is about.

Everything else in the memory points at objects through `ObjectRef`; it is the
name people use (`payments/deployment payment-api`), not the uid, because an
object deleted and made anew under the same name is the same thing to a person.
The uid travels beside it, in `Change.uid`.
"""

from __future__ import annotations

from typing import NamedTuple

CLUSTER = ""
"""The namespace of an object that has none (Node, ClusterRole, Namespace ...)."""


class ObjectRef(NamedTuple):
    """One object by name: group, kind, namespace and name, without API version.

    A NamedTuple, not a dataclass: it is the key of every map in the hot path and
    must hash and sort at C speed.

    group      API group, "" for the core group: "apps"
    kind       canonical kind: "Deployment"
    namespace  "" (CLUSTER) for cluster-scoped objects
    name       metadata.name
    """

    group: str
    kind: str
    namespace: str
    name: str

    @property
    def kind_and_group(self) -> str:
        """`Deployment.apps`; for the core group just `Pod`."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    @property
    def title(self) -> str:
        """How a sentence names it: `payments/deployment payment-api`, `node worker-5`."""
        place = f"{self.namespace}/" if self.namespace else ""
        return f"{place}{self.kind.lower()} {self.name}"

    def __str__(self) -> str:
        """How a machine-readable line names it: `Deployment.apps payments/payment-api`."""
        place = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind_and_group} {place}{self.name}"
