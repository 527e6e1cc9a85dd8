"""What keeps a Secret filled: certificates, external and sealed secrets.

Written beside what custom resources name by convention (`custom`): the Secret that a Certificate
writes is named by `spec.secretName`, an ExternalSecret's by `spec.target.name` or by its own name,
a SealedSecret's by its template or its own name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubectl_smart.memory.formats.wiring import custom
from kubectl_smart.memory.formats.wiring.walking import inside, text
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.wiring import USES, Reference

KEEPERS = (
    ("cert-manager.io", "Certificate"),
    ("external-secrets.io", "ExternalSecret"),
    ("bitnami.com", "SealedSecret"),
)
_FIELDS = {
    "Certificate": ("spec", "secretName"),
    "ExternalSecret": ("spec", "target", "name"),
    "SealedSecret": ("spec", "template", "metadata", "name"),
}


def references(ref: ObjectRef, state: dict[str, Any]) -> Iterator[Reference]:
    """The Secret that it keeps filled, and what else it names."""
    *keys, last = _FIELDS[ref.kind]
    name = text(inside(state, *keys).get(last))
    path = ".".join((*keys, last))
    if not name and ref.kind != "Certificate":
        name, path = ref.name, "metadata.name"
    if name:
        yield Reference(USES, ObjectRef("", "Secret", ref.namespace, name), path, name)
    yield from custom.references(ref, state)
