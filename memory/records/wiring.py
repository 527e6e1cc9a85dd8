"""Wiring: what one version of an object says of others, and with which field.

A pure function of the object's state (see `formats.wiring`), kept by the index for every version
that says something else than the one before. It says nothing of whether the others exist: who needs
whom, and when, is worked out from the wiring of both ends (see `graph.configured`).
"""

from __future__ import annotations

from typing import NamedTuple

from kubectl_smart.memory.records.objects import ObjectRef

CALLS = "calls"
"""A workload talks to a Service: by an address in its configuration, or as measured."""
NAMES = "names"
"""A ConfigMap holds the address of a Service; whoever reads it there calls the Service."""
ROUTES = "routes"
"""Traffic is passed on to a Service: Ingress, HTTPRoute, webhook, ExternalName."""
SELECTS = "selects"
"""Its selector matches a workload's pods: Service, PodDisruptionBudget, NetworkPolicy."""
MOUNTS = "mounts"
"""A volume: ConfigMap, Secret, PersistentVolumeClaim."""
READS = "reads"
"""An environment variable is taken from it: ConfigMap, Secret."""
USES = "uses"
"""Anything else that is named: a ServiceAccount, a StorageClass, the issuer of a certificate."""
SCALES = "scales"
"""An autoscaler sets its replicas."""
BINDS = "binds"
"""A claim and its volume; a role binding, its role and its subjects."""


class Reference(NamedTuple):
    """One field that names another object.

    kind    one of the words above
    target  what it names; whether there is such an object is not known here
    path    the field: `spec.template.spec.containers[main].env[DB_HOST].value`
    value   what stands there, as it is stored (redacted), at most 200 characters
    key     of a ConfigMap: the key that holds the address; of its reader: the one key it takes,
            "" for all
    port    the Service is only meant if it has this port; 0 if it is meant anyhow
    sure    True if the name can mean nothing else, even if no such object was ever heard of
    """

    kind: str
    target: ObjectRef
    path: str
    value: str
    key: str = ""
    port: int = 0
    sure: bool = False


class Requirement(NamedTuple):
    """One of a selector's `matchExpressions`: key, operator as Kubernetes writes it, values."""

    key: str
    operator: str
    values: tuple[str, ...]


class Selector(NamedTuple):
    """A field that chooses pods of its own namespace by their labels.

    pairs         (label, value), sorted; all must be there
    requirements  all must hold; () with no pairs either chooses every pod
    """

    path: str
    value: str
    pairs: tuple[tuple[str, str], ...]
    requirements: tuple[Requirement, ...] = ()


class Wiring(NamedTuple):
    """All that one version of an object says of others.

    labels  of the pods it makes, sorted; None if it makes none
    ports   of a Service, sorted
    """

    references: tuple[Reference, ...] = ()
    selectors: tuple[Selector, ...] = ()
    labels: tuple[tuple[str, str], ...] | None = None
    ports: tuple[int, ...] = ()


NOTHING = Wiring()
"""Of an object that says nothing of others."""
