"""Many states read at once: what `at` spends nearly all its time on.

The pods of one Deployment differ in a few lines, yet parsing YAML is most of the cost of a dump.
A state file is therefore cut where its second level begins, and each piece looked up before it is
parsed. Pieces are cut and joined by the block style the store writes; a file that is not in that
style is parsed as a whole, so the result is always that of `from_yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import orjson

from kubectl_smart.memory.formats.alike_manifests import AlikeManifests
from kubectl_smart.memory.formats.manifests import from_yaml
from kubectl_smart.memory.records.changes import Json
from kubectl_smart.memory.records.facts import StatePlace
from kubectl_smart.memory.store.git_store import GitStore

_TOP = re.compile(rb"\n(?=[^\s-])")
_INNER = re.compile(rb"\n(?=  [^\s-])")
_OPEN = re.compile(rb"[A-Za-z]+:\n(?=  [^\s-])")


def read_objects(store: GitStore, places: Sequence[StatePlace]) -> dict[StatePlace, Json]:
    """The objects at these places; those that are not there are missing.

    They may share parts with each other: they are not to be changed.
    """
    files = [place for place in places if place.line < 0]
    lines = sorted(place for place in places if place.line >= 0)  # the store keeps one blob at hand
    reader = StateReader()
    found = {
        place: reader.read(content)
        for place, content in zip(files, store.each_file(files), strict=True)
        if content is not None
    }
    for place, state in zip(lines, store.read_states(lines), strict=True):
        if state is not None:
            found[place] = orjson.loads(state)
    return found


class StateReader:
    """Reads state files that have much in common. Make one for each bunch, and drop it.

    The objects it returns share parts with each other: they are not to be changed.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[str, Any]] = {}
        self._alike = AlikeManifests()

    def read(self, content: bytes) -> Json:
        """The object in a state file; ValueError if the bytes are no YAML."""
        alike = self._alike.read(content)
        return self._cut(content) if alike is None else alike

    def _cut(self, content: bytes) -> Json:
        try:
            found = self._members(_TOP.split(content.removesuffix(b"\n")), inner=True)
        except (ValueError, TypeError):
            return from_yaml(content)
        return from_yaml(content) if found is None else found

    def _members(self, pieces: list[bytes], *, inner: bool) -> dict[str, Any] | None:
        """The map whose members these pieces are, one each; None if they are not."""
        known = self._known
        members: list[Any] = [known.get(piece) for piece in pieces]
        flat: list[int] = []
        for at, member in enumerate(members):
            if member is not None:
                continue
            opening = _OPEN.match(pieces[at]) if inner else None
            if opening is None:
                flat.append(at)
                continue
            below = self._members(_INNER.split(pieces[at][opening.end() - 1 :][1:]), inner=False)
            if below is None:
                return None
            members[at] = (opening[0][:-2].decode(), below)
        if flat:
            parsed = from_yaml(b"\n".join([pieces[at] for at in flat]) + b"\n")
            if type(parsed) is not dict or len(parsed) != len(flat):
                return None
            for at, member in zip(flat, parsed.items(), strict=True):
                members[at] = known[pieces[at]] = member
        found: dict[str, Any] = dict(members)
        return found if len(found) == len(pieces) else None
