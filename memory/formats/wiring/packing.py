"""Wiring <-> bytes, and the terms it is found by.

A term is a number made of words: that an object names another, that a selector wants a label, that
pods have one. Two may be alike by chance, so whoever looks something up by them looks at it again.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

import orjson

from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.wiring import Reference, Requirement, Selector, Wiring

_WORDS = (
    b'spec.template.spec.containers[main].env[].value","","spec.template.spec.volumes[].configMap'
    b'.name,projected.sources,persistentVolumeClaim.claimName,secret.secretName",envFrom[configMap/]'
    b'.configMapRef.name,secretRef.name,"spec.template.spec.serviceAccountName","default",'
    b'"ServiceAccount","ConfigMap","Secret","Service","spec.selector","app.kubernetes.io/name","app=","'
    b'data.,"rbac.authorization.k8s.io","ClusterRole","roleRef.name",subjects[ServiceAccount/].name"'
    b',"",0,0],["binds","mounts","reads","names","routes","uses","calls","'
)


def plain(wiring: Wiring) -> bytes:
    """A wiring as JSON; equal wirings give equal bytes."""
    return orjson.dumps(
        [
            [[one.kind, *one.target, *one[2:6], int(one.sure)] for one in wiring.references],
            [list(one) for one in wiring.selectors],
            wiring.labels,
            wiring.ports,
        ]
    )


def pack(found: bytes) -> bytes:
    """What `plain` gave, deflated."""
    deflate = zlib.compressobj(6, zlib.DEFLATED, -12, 5, zlib.Z_DEFAULT_STRATEGY, _WORDS)
    return deflate.compress(found) + deflate.flush()


def unpack(packed: bytes) -> Wiring:
    """The wiring again."""
    found = zlib.decompressobj(-12, zdict=_WORDS).decompress(packed)
    references, selectors, labels, ports = orjson.loads(found)
    return Wiring(
        tuple(_reference(*one) for one in references),
        tuple(_selector(*one) for one in selectors),
        None if labels is None else _pairs(labels),
        tuple(ports),
    )


def _reference(
    kind: str, group: str, word: str, namespace: str, name: str, *rest: Any
) -> Reference:
    path, value, key, port, sure = rest
    return Reference(
        kind, ObjectRef(group, word, namespace, name), path, value, key, port, bool(sure)
    )


def _selector(path: str, value: str, pairs: list[Any], requirements: list[Any]) -> Selector:
    wanted = tuple(Requirement(one[0], one[1], tuple(one[2])) for one in requirements)
    return Selector(path, value, _pairs(pairs), wanted)


def _pairs(found: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((key, value) for key, value in found)


def digest(found: bytes) -> bytes:
    """What a wiring is known by: 16 bytes of a hash of what `plain` gave."""
    return blake2b(found, digest_size=16).digest()


# --- terms ---------------------------------------------------------------------------------


def _term(*words: str) -> int:
    return int.from_bytes(blake2b("\0".join(words).encode(), digest_size=8).digest(), signed=True)


def naming(target: ObjectRef) -> int:
    """Of what names an object."""
    return _term("names", *target)


def choosing(pair: tuple[str, str] | None) -> int:
    """Of what has a selector whose first label is this; None: a selector without any."""
    return _term("chooses", *pair) if pair else _term("chooses")


def labelled(pair: tuple[str, str] | None) -> int:
    """Of what makes pods with this label; None: of what makes pods at all."""
    return _term("labelled", *pair) if pair else _term("labelled")


def terms(wiring: Wiring) -> list[int]:
    """All that a wiring is to be found by, sorted."""
    return sorted(set(_terms(wiring)))


def _terms(wiring: Wiring) -> Iterator[int]:
    for one in wiring.references:
        yield naming(one.target)
    for selector in wiring.selectors:
        yield choosing(selector.pairs[0] if selector.pairs else None)
    if wiring.labels is not None:
        yield labelled(None)
        for pair in wiring.labels:
            yield labelled(pair)
