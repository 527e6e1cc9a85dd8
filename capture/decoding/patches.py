"""Which fields a patch tells about, where the object that came of it was not recorded.

The content type of a patch is not in the audit log; its shape tells it. A list is a JSON
patch. A whole object with apiVersion, kind and a field manager is an apply. Strategic
directives (`$patch`, `$setElementOrder/…`, `$retainKeys`, `$deleteFromPrimitiveList/…`) mark a
strategic merge patch. What remains is a merge patch of either sort: they agree on maps and
disagree on lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

from kubectl_smart.memory.formats.diffs import apply_edits, diff
from kubectl_smart.memory.formats.field_paths import item_step, key_step
from kubectl_smart.memory.formats.merge_keys import keyed, label_of
from kubectl_smart.memory.records.changes import ABSENT, UNKNOWN, FieldEdit, Json

_DIRECTIVES = ("$setElementOrder/", "$deleteFromPrimitiveList/", "$retainKeys", "$patch")


class PatchType(Enum):
    """What sort of patch a request object is."""

    JSON = "json"
    APPLY = "apply"
    STRATEGIC = "strategic"
    MERGE = "merge"
    """merge or strategic: the shape does not tell"""


def patch_type(patch: Any, field_manager: str) -> PatchType:
    """The sort of a patch, by its shape."""
    if type(patch) is list:
        return PatchType.JSON
    if type(patch) is dict and "kind" in patch and "apiVersion" in patch and field_manager:
        return PatchType.APPLY
    return PatchType.STRATEGIC if _has_directive(patch) else PatchType.MERGE


def _has_directive(value: Any) -> bool:
    if type(value) is dict:
        return any(
            key.startswith(_DIRECTIVES) or _has_directive(item) for key, item in value.items()
        )
    if type(value) is list:
        return any(_has_directive(item) for item in value)
    return False


def told(patch: Any, kind: PatchType, base: Json | None) -> tuple[FieldEdit, ...]:
    """The fields that a patch sets or removes. `base`: the state before, None if not known.

    `before` is UNKNOWN without a base. Fields of the API server's own keeping (managedFields,
    resourceVersion, status) are left out. () if the patch cannot be understood.
    """
    if kind is PatchType.JSON:
        edits = list(_json_patch(patch, base))
    elif type(patch) is dict:
        edits = list(_merge(patch, "", kind))
    else:
        return ()
    kept = [edit for edit in edits if not edit.path.startswith(_LEFT_OUT)]
    return tuple(kept) if base is None else _with_before(kept, base)


_LEFT_OUT = (
    "metadata.managedFields",
    "metadata.resourceVersion",
    "metadata.generation",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "status",
    "apiVersion",
    "kind",
)


def _with_before(edits: list[FieldEdit], base: Json) -> tuple[FieldEdit, ...]:
    """The difference the edits make to a known base, as far as they can be made."""
    certain = [edit for edit in edits if edit.after is not UNKNOWN]
    try:
        after = apply_edits(base, certain)
    except ValueError:
        return tuple(edits)
    vague = [edit for edit in edits if edit.after is UNKNOWN]
    return (*diff(base, after), *vague)


def _step(path: str, key: str) -> str:
    step = key_step(key)
    return path + step if path or step[0] != "." else step[1:]


def _merge(patch: dict[str, Any], path: str, kind: PatchType) -> Iterator[FieldEdit]:
    for key in sorted(patch):
        value = patch[key]
        if key.startswith("$deleteFromPrimitiveList/"):
            field = key.partition("/")[2]
            for item in value if type(value) is list else ():
                where = _step(path, field) + item_step(str(item), 1, keyed=False)
                yield FieldEdit(where, UNKNOWN, ABSENT)
        elif key.startswith("$"):
            continue
        elif value is None:
            yield FieldEdit(_step(path, key), UNKNOWN, ABSENT)
        elif type(value) is dict and value and value.get("$patch") != "replace":
            yield from _merge(value, _step(path, key), kind)
        elif type(value) is list and kind is not PatchType.MERGE and _labelled(key, value):
            yield from _items(value, _step(path, key), key, kind)
        elif type(value) is list and kind is PatchType.MERGE and _labelled(key, value):
            # replaced by a merge patch, merged by a strategic one
            yield FieldEdit(_step(path, key), UNKNOWN, UNKNOWN)
        else:
            yield FieldEdit(_step(path, key), UNKNOWN, _without_directives(value))


def _labelled(field: str, items: list[Any]) -> bool:
    return keyed(field) and all(type(item) is dict and label_of(field, item) for item in items)


def _items(items: list[Any], path: str, field: str, kind: PatchType) -> Iterator[FieldEdit]:
    for item in items:
        where = path + item_step(label_of(field, item), 1, keyed=True)
        if item.get("$patch") == "delete":
            yield FieldEdit(where, UNKNOWN, ABSENT)
        else:
            rest = {key: value for key, value in item.items() if key != "name" or len(item) == 1}
            yield from _merge(rest, where, kind)


def _without_directives(value: Any) -> Any:
    if type(value) is dict:
        return {k: _without_directives(v) for k, v in value.items() if not k.startswith("$")}
    if type(value) is list:
        return [_without_directives(item) for item in value]
    return value


# --- JSON patch ---------------------------------------------------------------------------


def _json_patch(operations: list[Any], base: Json | None) -> Iterator[FieldEdit]:
    for operation in operations:
        if type(operation) is not dict or operation.get("op") == "test":
            continue
        pointer = operation.get("path")
        if type(pointer) is not str:
            continue
        path = path_of(pointer, base)
        match operation.get("op"):
            case "add" | "replace" if pointer.endswith("/-"):
                yield FieldEdit(path_of(pointer[:-2], base), UNKNOWN, UNKNOWN)
            case "add" | "replace":
                yield FieldEdit(path, UNKNOWN, operation.get("value"))
            case "remove":
                yield FieldEdit(path, UNKNOWN, ABSENT)
            case "move" | "copy":
                yield FieldEdit(path, UNKNOWN, UNKNOWN)
                if operation["op"] == "move" and type(operation.get("from")) is str:
                    yield FieldEdit(path_of(operation["from"], base), UNKNOWN, ABSENT)


def path_of(pointer: str, base: Json | None) -> str:
    """A JSON pointer as a field path; list items by their merge key where the base tells it."""
    path = ""
    field = ""
    here: Any = base
    for raw in pointer.split("/")[1:]:
        step = raw.replace("~1", "/").replace("~0", "~")
        if type(here) is list or (here is None and step.isdecimal()):
            index = int(step) if step.isdecimal() else -1
            item = here[index] if type(here) is list and 0 <= index < len(here) else None
            label = label_of(field, item) if item is not None and keyed(field) else ""
            path += item_step(label, 1, keyed=True) if label else f"[{step}]"
            here, field = item, ""
        else:
            path = _step(path, step)
            here = here.get(step) if type(here) is dict else None
            field = step
    return path
