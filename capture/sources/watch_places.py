"""The file that remembers how far each resource was listened to, and of which cluster.

It is written after what it speaks of is durable, and replaced whole. Only where a run ended in
order does it say exactly how far that came, and the next run goes on from there; after a crash it
tells until when was heard at least, and all is listed and compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import orjson

from kubectl_smart.capture.decoding.discovered import Resource
from kubectl_smart.capture.sources.watch_resource import Place

_VERSION = 1


class Remembered(NamedTuple):
    """How far a resource was listened to."""

    resource: Resource
    place: Place


def read_places(path: Path) -> tuple[str, dict[str, Remembered]]:
    """(uid of the cluster, resource's name -> place); ("", {}) if there is no readable file.

    After a crash without the versions to go on from.
    """
    try:
        found = orjson.loads(path.read_bytes())
        if found["version"] != _VERSION:
            return "", {}
        places = [
            Remembered(Resource(*resource), Place(version if found["ended"] else "", heard_at))
            for resource, (version, heard_at) in found["places"]
        ]
        return str(found["cluster"]), {one.resource.name: one for one in places}
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        return "", {}


def write_places(path: Path, cluster: str, places: Iterable[Remembered], *, ended: bool) -> None:
    """Replace the file. OSError if that is not possible: the older one stays.

    ended  whether the run ended in order
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    rows = [[list(one.resource), list(one.place)] for one in places]
    found = {"version": _VERSION, "cluster": cluster, "ended": ended, "places": rows}
    draft.write_bytes(orjson.dumps(found))
    draft.replace(path)
