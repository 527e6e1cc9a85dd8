"""A field edit as JSON: in the trailer `Edit` and in journal lines.

    {"path": "spec.replicas", "before": 3, "after": 5}

A side that is ABSENT is left out; a side that is UNKNOWN is named in the list `unknown`.
"""

from __future__ import annotations

from typing import Any

from kubectl_smart.memory.records.changes import ABSENT, UNKNOWN, FieldEdit, Unset


def edit_to_json(edit: FieldEdit) -> dict[str, Any]:
    """The edit as a JSON object."""
    path, before, after = edit
    if not isinstance(before, Unset) and not isinstance(after, Unset):
        return {"path": path, "before": before, "after": after}
    found: dict[str, Any] = {"path": path}
    for side, value in (("before", before), ("after", after)):
        if value is UNKNOWN:
            found.setdefault("unknown", []).append(side)
        elif value is not ABSENT:
            found[side] = value
    return found


def edit_from_json(found: dict[str, Any]) -> FieldEdit:
    """What `edit_to_json` was given; KeyError if it has no path."""
    unknown = found.get("unknown", ())
    before = UNKNOWN if "before" in unknown else found.get("before", ABSENT)
    after = UNKNOWN if "after" in unknown else found.get("after", ABSENT)
    return FieldEdit(found["path"], before, after)
