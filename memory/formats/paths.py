"""Object <-> path inside the memory's tree: reversible, readable, and never out of the tree.

    state/payments/Deployment.apps/payment-api.yaml     what is declared now
    state/_cluster/Node/worker-5.yaml                   an object without a namespace
    status/payments/Pod/probe.yaml                      status of a declared Pod or Node (journal)
    late/<as state, without .yaml>/<change id>.yaml     versions that arrived too late
    knowledge/payments/Deployment.apps/payment-api.md   what people know about it
    incidents/2026-11-23-cache-outage.md
    records/23/02/000000012345.jsonl                    journal: day, hour, first sequence

A component keeps ASCII letters, digits and `._-`; every other byte of its UTF-8 form, and a
leading dot, is percent-encoded. Components longer than 200 bytes go on in a sub-directory:
every unfinished piece ends with a lone `%`. The store calls this for each commit, `verify`
reads paths back; `parse_path` accepts only what these functions write.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.records.times import to_datetime

MAX_PIECE = 200
CLUSTER_FOLDER = "_cluster"
README = "README.md"
_EMPTY = "%-"
_SAFE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*\Z")
_UNSAFE_BYTE = re.compile(rb"[^A-Za-z0-9._-]")
_ESCAPE = re.compile(rb"%([0-9A-F]{2})")
_FOR_PEOPLE = ("incidents/", "knowledge/", "templates/")
_OBJECT_AREAS = {"state": ".yaml", "status": ".yaml", "knowledge": ".md"}


class LatePlace(NamedTuple):
    """Where a late version lies: the object, and the change that brought it."""

    ref: ObjectRef
    change_id: str


Parsed: TypeAlias = tuple[str, ObjectRef | LatePlace | str | int]


def _escape(match: re.Match[bytes]) -> bytes:
    return b"%%%02X" % match[0][0]


def percent_encode(text: str) -> str:
    """The text with every byte outside [A-Za-z0-9._-] as %XX (UTF-8, upper-case hex)."""
    raw = text.encode("utf-8", "surrogatepass")
    return _UNSAFE_BYTE.sub(_escape, raw).decode("ascii")


def percent_decode(text: str) -> str:
    """What `percent_encode` was given; ValueError for bytes that are no UTF-8."""
    raw = _ESCAPE.sub(lambda match: bytes((int(match[1], 16),)), text.encode("utf-8"))
    return raw.decode("utf-8", "surrogatepass")


def _split(encoded: str) -> str:
    """Cut into pieces of at most 200 bytes, never inside an escape, none with a leading dot."""
    pieces: list[str] = []
    rest = encoded
    while True:
        if rest.startswith("."):
            rest = "%2E" + rest[1:]
        if len(rest) <= MAX_PIECE:
            break
        cut = MAX_PIECE - 1
        while "%" in rest[cut - 2 : cut]:
            cut -= 1
        pieces.append(rest[:cut] + "%")
        rest = rest[cut:]
    pieces.append(rest)
    return "/".join(pieces)


@lru_cache(maxsize=16_384)
def encode_component(text: str) -> str:
    """One name as a path component (several, if it is longer than 200 bytes)."""
    if len(text) <= MAX_PIECE and _SAFE.match(text):
        return text
    return _split(percent_encode(text)) if text else _EMPTY


def decode_component(component: str) -> str:
    """What `encode_component` was given; ValueError if it never writes such a component."""
    text = "" if component == _EMPTY else percent_decode(component.replace("%/", ""))
    if encode_component(text) != component:
        raise ValueError(f"not a path component of a memory: {component!r}")
    return text


@lru_cache(maxsize=16_384)
def _folder(namespace: str, kind: str, group: str) -> str:
    if namespace == CLUSTER:
        place = CLUSTER_FOLDER
    elif namespace == CLUSTER_FOLDER:
        place = "%5F" + namespace[1:]
    else:
        place = encode_component(namespace)
    named = percent_encode(kind).replace(".", "%2E") or _EMPTY
    return f"{place}/{_split(f'{named}.{percent_encode(group)}' if group else named)}"


def object_path(ref: ObjectRef) -> str:
    """`payments/Deployment.apps/payment-api`: what all paths of one object have in common."""
    return f"{_folder(ref[2], ref[1], ref[0])}/{encode_component(ref[3])}"


def state_path(ref: ObjectRef) -> str:
    """Where the object's current state lies."""
    return f"state/{_folder(ref[2], ref[1], ref[0])}/{encode_component(ref[3])}.yaml"


def status_path(ref: ObjectRef) -> str:
    """Where the trimmed status of a declared Pod or Node lies, on a journal branch."""
    return f"status/{object_path(ref)}.yaml"


def late_path(ref: ObjectRef, change_id: str) -> str:
    """Where a version that arrived after a newer one lies."""
    return f"late/{object_path(ref)}/{encode_component(change_id)}.yaml"


def knowledge_path(ref: ObjectRef) -> str:
    """Where the notes about the object lie."""
    return f"knowledge/{object_path(ref)}.md"


def incident_path(incident: str) -> str:
    """Where the report with this id lies."""
    return f"incidents/{encode_component(incident)}.md"


def records_path(happened_at: int, sequence: int) -> str:
    """Where a batch of the journal lies: UTC day and hour, and sequence of its first record."""
    moment = to_datetime(happened_at)
    return f"records/{moment.day:02}/{moment.hour:02}/{sequence:012}.jsonl"


def is_for_people(path: str) -> bool:
    """Whether people may change this file of `main` with git: no record is read back from it."""
    return path == README or path.startswith(_FOR_PEOPLE)


def _components(path: str) -> list[str]:
    """The path's components, long ones joined again (still encoded, with their slashes)."""
    found: list[str] = []
    unfinished = False
    for piece in path.split("/"):
        if unfinished:
            found[-1] += "/" + piece
        else:
            found.append(piece)
        unfinished = piece.endswith("%")
    return found


def _ref(parts: list[str]) -> ObjectRef:
    place, folder, name = parts
    kind, _, group = folder.replace("%/", "").partition(".")
    return ObjectRef(
        percent_decode(group),
        "" if kind == _EMPTY else percent_decode(kind),
        CLUSTER if place == CLUSTER_FOLDER else _namespace(place),
        decode_component(name),
    )


def _namespace(place: str) -> str:
    return CLUSTER_FOLDER if place == "%5F" + CLUSTER_FOLDER[1:] else decode_component(place)


def _without(suffix: str, text: str) -> str:
    if not text.endswith(suffix):
        raise ValueError(f"no {suffix} file: {text!r}")
    return text[: -len(suffix)]


def _parse(path: str) -> tuple[Parsed, str]:
    """What the path names, and how that is written: the two must agree."""
    if path == README:
        return ("readme", ""), README
    area, *parts = _components(path)
    if area in _OBJECT_AREAS and len(parts) == 3:
        suffix = _OBJECT_AREAS[area]
        ref = _ref([*parts[:2], _without(suffix, parts[2])])
        return (area, ref), f"{area}/{object_path(ref)}{suffix}"
    if area == "late" and len(parts) == 4:
        place = LatePlace(_ref(parts[:3]), decode_component(_without(".yaml", parts[3])))
        return (area, place), late_path(*place)
    if area == "incidents" and len(parts) == 1:
        incident = decode_component(_without(".md", parts[0]))
        return (area, incident), incident_path(incident)
    if area == "records" and len(parts) == 3 and re.fullmatch(r"\d{12,}\.jsonl", parts[2]):
        return (area, int(parts[2][:-6])), path
    raise ValueError(f"no such place in a memory: {path!r}")


def parse_path(path: str) -> Parsed:
    """What lies at the path, as (area, what).

    area is "state", "status" or "knowledge" (what: ObjectRef), "late" (LatePlace), "incidents"
    (the incident's id), "records" (sequence of the first record) or "readme" ("").
    ValueError for every path that the functions above do not write.
    """
    parsed, written = _parse(path)
    if written != path:
        raise ValueError(f"not the path of anything in a memory: {path!r}")
    return parsed
