"""Many states read at once: what `at` spends nearly all its time on."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from kubectl_smart.memory.formats.block_style import BlockReader
from kubectl_smart.memory.records.changes import Json
from kubectl_smart.memory.records.facts import StatePlace
from kubectl_smart.memory.store.git_store import GitStore


def read_objects(store: GitStore, places: Sequence[StatePlace]) -> dict[StatePlace, Json]:
    """The objects at these places; those that are not there are missing."""
    files = [place for place in places if place.line < 0]
    lines = sorted(place for place in places if place.line >= 0)  # the store keeps one blob at hand
    reader = BlockReader()
    found = {
        place: reader.read(content)
        for place, content in zip(files, store.read_files(files), strict=True)
        if content is not None
    }
    for place, state in zip(lines, store.read_states(lines), strict=True):
        if state is not None:
            found[place] = orjson.loads(state)
    return found
