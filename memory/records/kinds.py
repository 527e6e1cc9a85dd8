"""The kinds Kubernetes itself serves, and the words kubectl accepts for them.

Capture needs it to turn an audit event's resource ("deployments") into a kind where
no object came along (audit level Metadata, failed requests); the faces need it to read
`deploy/payment-api`. Custom resources are not listed: their kinds are learnt from
the objects themselves. Source: `kubectl api-resources` of Kubernetes 1.36.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple


class KindInfo(NamedTuple):
    """One kind and its names."""

    group: str
    kind: str
    plural: str
    short_names: tuple[str, ...]
    namespaced: bool


_TABLE = """
bindings - "" true Binding
componentstatuses cs "" false ComponentStatus
configmaps cm "" true ConfigMap
endpoints ep "" true Endpoints
events ev "" true Event
limitranges limits "" true LimitRange
namespaces ns "" false Namespace
nodes no "" false Node
persistentvolumeclaims pvc "" true PersistentVolumeClaim
persistentvolumes pv "" false PersistentVolume
pods po "" true Pod
podtemplates - "" true PodTemplate
replicationcontrollers rc "" true ReplicationController
resourcequotas quota "" true ResourceQuota
secrets - "" true Secret
serviceaccounts sa "" true ServiceAccount
services svc "" true Service
mutatingadmissionpolicies - @admission false MutatingAdmissionPolicy
mutatingadmissionpolicybindings - @admission false MutatingAdmissionPolicyBinding
mutatingwebhookconfigurations - @admission false MutatingWebhookConfiguration
validatingadmissionpolicies - @admission false ValidatingAdmissionPolicy
validatingadmissionpolicybindings - @admission false ValidatingAdmissionPolicyBinding
validatingwebhookconfigurations - @admission false ValidatingWebhookConfiguration
customresourcedefinitions crd,crds apiextensions.k8s.io false CustomResourceDefinition
apiservices - apiregistration.k8s.io false APIService
controllerrevisions - apps true ControllerRevision
daemonsets ds apps true DaemonSet
deployments deploy apps true Deployment
replicasets rs apps true ReplicaSet
statefulsets sts apps true StatefulSet
horizontalpodautoscalers hpa autoscaling true HorizontalPodAutoscaler
cronjobs cj batch true CronJob
jobs - batch true Job
certificatesigningrequests csr certificates.k8s.io false CertificateSigningRequest
clustertrustbundles - certificates.k8s.io false ClusterTrustBundle
podcertificaterequests - certificates.k8s.io true PodCertificateRequest
leases - coordination.k8s.io true Lease
leasecandidates - coordination.k8s.io true LeaseCandidate
endpointslices - discovery.k8s.io true EndpointSlice
events ev events.k8s.io true Event
flowschemas - flowcontrol.apiserver.k8s.io false FlowSchema
prioritylevelconfigurations - flowcontrol.apiserver.k8s.io false PriorityLevelConfiguration
ingressclasses - networking.k8s.io false IngressClass
ingresses ing networking.k8s.io true Ingress
ipaddresses ip networking.k8s.io false IPAddress
networkpolicies netpol networking.k8s.io true NetworkPolicy
servicecidrs - networking.k8s.io false ServiceCIDR
runtimeclasses - node.k8s.io false RuntimeClass
poddisruptionbudgets pdb policy true PodDisruptionBudget
clusterrolebindings - rbac.authorization.k8s.io false ClusterRoleBinding
clusterroles - rbac.authorization.k8s.io false ClusterRole
rolebindings - rbac.authorization.k8s.io true RoleBinding
roles - rbac.authorization.k8s.io true Role
deviceclasses - resource.k8s.io false DeviceClass
devicetaintrules - resource.k8s.io false DeviceTaintRule
resourceclaims - resource.k8s.io true ResourceClaim
resourceclaimtemplates - resource.k8s.io true ResourceClaimTemplate
resourceslices - resource.k8s.io false ResourceSlice
priorityclasses pc scheduling.k8s.io false PriorityClass
csidrivers - storage.k8s.io false CSIDriver
csinodes - storage.k8s.io false CSINode
csistoragecapacities - storage.k8s.io true CSIStorageCapacity
storageclasses sc storage.k8s.io false StorageClass
volumeattachments - storage.k8s.io false VolumeAttachment
volumeattributesclasses vac storage.k8s.io false VolumeAttributesClass
"""


_ABBREVIATED = {'""': "", "@admission": "admissionregistration.k8s.io"}


def _parse(line: str) -> KindInfo:
    plural, short, group, namespaced, kind = line.split()
    return KindInfo(
        group=_ABBREVIATED.get(group, group),
        kind=kind,
        plural=plural,
        short_names=() if short == "-" else tuple(short.split(",")),
        namespaced=namespaced == "true",
    )


@lru_cache(maxsize=1)
def builtin() -> tuple[KindInfo, ...]:
    """Every kind listed here, parsed at first use so that starting up costs nothing."""
    return tuple(_parse(line) for line in _TABLE.strip().splitlines())


@lru_cache(maxsize=1)
def _resources() -> dict[tuple[str, str], KindInfo]:
    return {(info.group, info.plural): info for info in builtin()}


def by_resource(group: str, plural: str) -> KindInfo | None:
    """The kind behind an API resource: ("apps", "deployments") -> Deployment; None if unknown."""
    return _resources().get((group, plural))


def by_word(word: str) -> list[KindInfo]:
    """The kinds a kubectl word may mean, core group first.

    Accepts what kubectl does, in any case: "deploy", "deployment", "deployments",
    "deployment.apps", "deployments.v1.apps". [] if the word is none of ours: then it
    may still be a custom kind, which only an index knows.
    """
    head, _, rest = word.lower().partition(".")
    version, _, after = rest.partition(".")
    groups = {rest, after} if version[:1] == "v" and version[1:2].isdigit() else {rest}
    return [
        info
        for info in builtin()
        if head in (info.kind.lower(), info.plural, *info.short_names)
        and (not rest or info.group in groups)
    ]
