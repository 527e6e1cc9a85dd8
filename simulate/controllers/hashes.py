"""Names for templates: the same template, the same letters; not those of Kubernetes."""

from __future__ import annotations

import hashlib

import orjson

from kubectl_smart.simulate.admission import defaulted
from kubectl_smart.simulate.admission.objects import Objects
from kubectl_smart.simulate.cluster.reading import Raw, mapping

LABEL = "pod-template-hash"
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


class Hashes:
    """The letters of templates, each worked out once."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._known: dict[int, tuple[Raw, str]] = {}
        self._given: dict[str, str] = {}

    def of(self, template: Raw) -> str:
        """Ten letters for a template, the same with or without what the API server fills in."""
        known = self._known.get(id(template))
        if known is None or known[0] is not template:
            known = self._known[id(template)] = (template, self._letters(template))
        return self._given.get(known[1], known[1])

    def remember(self, raw: Raw) -> None:
        """The letters of a ReplicaSet that goes: the next one of its template gets the same."""
        template = mapping(raw, "spec", "template")
        labels = dict(mapping(template, "metadata", "labels"))
        letters = labels.pop(LABEL, None)
        if letters is not None:
            metadata = {**mapping(template, "metadata"), "labels": labels}
            self._given[self._letters({**template, "metadata": metadata})] = str(letters)

    def _letters(self, template: Raw) -> str:
        holder = {"kind": "ReplicaSet", "metadata": {"name": ""}, "spec": {"template": template}}
        stored = defaulted(holder, self._objects)["spec"]["template"]
        content = orjson.dumps(stored, option=orjson.OPT_SORT_KEYS)
        digest = hashlib.blake2b(content, digest_size=10).digest()
        return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest)
