"""How the API server merges each field of its own kinds: `patchStrategy` and `patchMergeKey`.

Taken from the types of Kubernetes 1.36 (k8s.io/api). Unlike `memory.formats.merge_keys`, which
knows items again for a reader, this is to the letter: a list that is not here is replaced whole.
"""

from __future__ import annotations

from typing import NamedTuple

_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_POD = {
    **dict.fromkeys((*_CONTAINERS, "volumes", "imagePullSecrets", "schedulingGates"), "name"),
    "resourceClaims": "name",
    "hostAliases": "ip",
    "topologySpreadConstraints": "topologyKey",
}
_CONTAINER = {
    "env": "name",
    "ports": "containerPort",
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
}
_LISTS: dict[tuple[str, str], str] = {
    **{("spec", field): key for field, key in _POD.items()},
    **{(holder, field): key for holder in _CONTAINERS for field, key in _CONTAINER.items()},
    ("metadata", "ownerReferences"): "uid",
    ("status", "conditions"): "type",
    ("status", "podIPs"): "ip",
    ("status", "hostIPs"): "ip",
}
_OF_KIND: dict[tuple[str, str, str], str] = {
    ("Service", "spec", "ports"): "port",
    ("Node", "status", "addresses"): "type",
    ("ServiceAccount", "", "secrets"): "name",
    ("MutatingWebhookConfiguration", "", "webhooks"): "name",
    ("ValidatingWebhookConfiguration", "", "webhooks"): "name",
}
_SETS = frozenset({("metadata", "finalizers"), ("spec", "podCIDRs")})
_RETAINED = frozenset({("spec", "strategy")})
_RETAINED_ITEMS = frozenset({"volumes", "resourceClaims"})


class Place(NamedTuple):
    """Where a value stands: the kind of its object, the field that holds it, and its own field.

    strategic  False for custom resources: their lists are replaced, whatever they hold
    """

    kind: str
    strategic: bool = True
    holder: str = ""
    field: str = ""

    def below(self, field: str) -> Place:
        """The place of a field of this value; items of a list count as the list."""
        return Place(self.kind, self.strategic, self.field, field)

    @property
    def merge_key(self) -> str:
        """What identifies items of the list here; "" if it is replaced as a whole."""
        if not self.strategic:
            return ""
        own = _OF_KIND.get((self.kind, self.holder, self.field))
        return own or _LISTS.get((self.holder, self.field), "")

    @property
    def is_set(self) -> bool:
        """Whether the list here is a set of plain values."""
        return self.strategic and (self.holder, self.field) in _SETS

    @property
    def retains(self) -> bool:
        """Whether only the keys that a change names stay (a union: strategy, a volume)."""
        return self.strategic and (self.holder, self.field) in _RETAINED

    @property
    def retains_items(self) -> bool:
        """The same, for each item of the list here."""
        return self.strategic and self.field in _RETAINED_ITEMS and bool(self.merge_key)

    @property
    def replaced(self) -> bool:
        """Whether the map here is replaced as a whole."""
        return (self.kind, self.holder, self.field) == ("PodDisruptionBudget", "spec", "selector")
