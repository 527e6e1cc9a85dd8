"""Objects in machine-readable lines: `Deployment.apps payments/payment-api`.

Trailers and journal lines name objects so. Parts are percent-encoded like the components of
paths, hence a name may hold any character and the text still has one space and at most one
slash.
"""

from __future__ import annotations

from functools import lru_cache

from kubectl_smart.memory.formats.paths import percent_decode, percent_encode
from kubectl_smart.memory.records.objects import ObjectRef

_EMPTY = "%-"


@lru_cache(maxsize=16_384)
def object_text(ref: ObjectRef) -> str:
    """`Deployment.apps payments/payment-api`; `Node worker-5` for what has no namespace."""
    kind = percent_encode(ref.kind).replace(".", "%2E") or _EMPTY
    group = f".{percent_encode(ref.group)}" if ref.group else ""
    place = f"{percent_encode(ref.namespace)}/" if ref.namespace else ""
    return f"{kind}{group} {place}{percent_encode(ref.name) or _EMPTY}"


@lru_cache(maxsize=16_384)
def parse_object_text(text: str) -> ObjectRef:
    """What `object_text` was given; ValueError if it never writes such a text."""
    folder, _, place = text.partition(" ")
    kind, _, group = folder.partition(".")
    namespace, slash, name = place.rpartition("/")
    parts = [
        "" if part == _EMPTY else percent_decode(part) for part in (group, kind, namespace, name)
    ]
    ref = ObjectRef(*parts)
    if object_text(ref) != text or (slash and not namespace):
        raise ValueError(f"not the name of an object: {text!r}")
    return ref
