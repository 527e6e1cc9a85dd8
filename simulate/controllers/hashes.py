"""Names for templates: the same template, the same letters; not those of Kubernetes."""

from __future__ import annotations

import hashlib

import orjson

from kubectl_smart.simulate.cluster.reading import Raw

_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


def template_hash(template: Raw) -> str:
    """Ten letters for a template."""
    content = orjson.dumps(template, option=orjson.OPT_SORT_KEYS)
    digest = hashlib.blake2b(content, digest_size=10).digest()
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest)
