"""What the API server says when it refuses a write: which bound, webhook, policy or right it was.

Read from the message of a FailedCreate event or of a refused request, as Kubernetes 1.36 words it:

    maximum cpu usage per Container is 2, but limit is 4            LimitRange
    admission webhook "a.example.com" denied the request: …         webhook configuration
    failed calling webhook "a.example.com": …                       the same
    ValidatingAdmissionPolicy 'a' with binding 'b' denied request   policy and binding
    User "u" cannot create resource "pods" in API group "" …        roles and their bindings
    violates PodSecurity "restricted:latest"                        label of the Namespace
    policies … NAME: (Kyverno), [NAME] (Gatekeeper)                 their policies
"""

from __future__ import annotations

import re
from typing import NamedTuple

_BOUND = re.compile(r"\b(maximum|minimum) (\S+) usage per (\w+) is ([0-9A-Za-z.]+?)[.,](?:\s|$)")
_RATIO = re.compile(r"\b(\S+) max limit to request ratio per (\w+) is ([0-9A-Za-z.]+?)[.,](?:\s|$)")
_WEBHOOK = re.compile(r'(?:admission|failed calling) webhook "([^"\s]+)"')
_POLICY = re.compile(r"\bValidatingAdmissionPolicy '([^']+)' with binding '([^']+)' denied")
_DENIED = re.compile(
    r'User "([^"]+)" cannot (\S+) resource "([^"]+)" in API group "([^"]*)"'
    r'(?: in the namespace "([^"]+)")?'
)
_SECURITY = re.compile(r'violates PodSecurity "')
_KYVERNO = re.compile(r"following policies\s+([\w.-]+):")
_GATEKEEPER = re.compile(r"denied the request: \[([\w.-]+)\]")


class Bound(NamedTuple):
    """One bound of a LimitRange: `max`, `min` or `maxLimitRequestRatio`, of a type, as written."""

    field: str
    resource: str
    of: str
    value: str


class Denied(NamedTuple):
    """A request that nobody granted; namespace "" at the cluster scope."""

    user: str
    verb: str
    resource: str
    group: str
    namespace: str


class Refusal(NamedTuple):
    """What a message says of who refused.

    webhooks  by the names they have in their configurations
    policies  (ValidatingAdmissionPolicy, its binding)
    named     policies of Kyverno and Gatekeeper, by name
    security  whether the Pod Security level of the namespace refused
    """

    bounds: tuple[Bound, ...] = ()
    webhooks: tuple[str, ...] = ()
    policies: tuple[tuple[str, str], ...] = ()
    denied: tuple[Denied, ...] = ()
    named: tuple[str, ...] = ()
    security: bool = False


NONE = Refusal()
"""Of words that tell of no refusal."""


def refusal_in(message: str) -> Refusal:
    """What a message says; NONE if nothing."""
    bounds = [
        Bound(word[:3], resource, of, value)
        for word, resource, of, value in _BOUND.findall(message)
    ]
    bounds += [
        Bound("maxLimitRequestRatio", resource.strip("["), of, value)
        for resource, of, value in _RATIO.findall(message)
    ]
    return Refusal(
        tuple(bounds),
        tuple(_WEBHOOK.findall(message)),
        tuple(_POLICY.findall(message)),
        tuple(Denied(*one) for one in _DENIED.findall(message)),
        (*_KYVERNO.findall(message), *_GATEKEEPER.findall(message)),
        bool(_SECURITY.search(message)),
    )
