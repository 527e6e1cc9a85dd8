"""Field-by-field difference of two states, as a person reads it, and its application.

Capture and the index call `diff` for every change; the recorder composes partial changes
(a scale, a binding) with `apply_edits`; `why` finds fields with `matches`, `field_values`
and `narrow`.

List items are matched by merge key (see merge_keys), so a reordered list is no difference.
One edit is one thing a person did: an added container is one edit with the container as its
`after`; labels, data keys and plain environment variables are one edit each, so that
`--CACHE_SIZE` finds them. A list or map whose last item goes away goes away with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from kubectl_smart.memory.formats.field_paths import (
    Segment,
    index_step,
    item_step,
    key_step,
    names,
    parse_path,
    scalar,
)
from kubectl_smart.memory.formats.merge_keys import ORDERED, keyed, label_of, new_item
from kubectl_smart.memory.records.changes import ABSENT, UNKNOWN, FieldEdit, Json

_Label = tuple[str, int]


def _join(path: str, key: str) -> str:
    step = key_step(key)
    return path + step if path or step[0] != "." else step[1:]


def labelled(field: str, items: list[Any]) -> dict[_Label, Any]:
    """The items of a list by (label, which of the items with that label), in order."""
    found: dict[_Label, Any] = {}
    for item in items:
        label = label_of(field, item)
        number = 1
        while (label, number) in found:
            number += 1
        found[label, number] = item
    return found


def _by_label(field: str, before: list[Any], after: list[Any]) -> bool:
    """True if items of these lists are matched by label, False if by position."""
    if keyed(field):
        return True
    if field in ORDERED:
        return False
    both = before + after
    if all(type(item) is str for item in both):
        return True
    if not all(type(item) is dict and label_of(field, item) for item in both):
        return False
    return all(len({item["name"] for item in items}) == len(items) for items in (before, after))


def diff(before: Json, after: Json) -> tuple[FieldEdit, ...]:
    """The edits that lead from one state to the other; () if they are equal.

    Both are JSON as orjson reads it (`true` and `1` are told apart only where nothing else
    differs). Sorted by path within each map; a list's removals precede its additions.
    """
    edits: list[FieldEdit] = []
    if before != after:
        _changed(before, after, "", "", edits)
    return tuple(edits)


def _changed(before: Any, after: Any, path: str, field: str, edits: list[FieldEdit]) -> None:
    """Two different values, both present."""
    if type(before) is dict and type(after) is dict and after:
        _maps(before, after, path, edits)
    elif type(before) is list and type(after) is list and after:
        _lists(before, after, path, field, edits)
    else:
        edits.append(FieldEdit(path, before, after))


def _maps(before: dict[str, Any], after: dict[str, Any], path: str, edits: list[FieldEdit]) -> None:
    missing = ABSENT
    differing = [key for key, value in before.items() if after.get(key, missing) != value]
    differing += [key for key in after if key not in before]
    differing.sort()
    for key in differing:
        here = _join(path, key)
        old = before.get(key, missing)
        new = after.get(key, missing)
        if old is missing:
            _one_sided(new, here, key, edits, added=True)
        elif new is missing:
            _one_sided(old, here, key, edits, added=False)
        else:
            _changed(old, new, here, key, edits)


def _edit(path: str, value: Any, *, added: bool) -> FieldEdit:
    return FieldEdit(path, ABSENT, value) if added else FieldEdit(path, value, ABSENT)


def _one_sided(value: Any, path: str, field: str, edits: list[FieldEdit], *, added: bool) -> None:
    """A value that is there on one side only."""
    if type(value) is dict and value and all(map(scalar, value.values())):
        edits += [_edit(_join(path, key), value[key], added=added) for key in sorted(value)]
    elif type(value) is list and value and _by_label(field, value, []):
        for label, item in labelled(field, value).items():
            edits.append(_item(item, path + _item_step(field, label), field, added=added))
    else:
        edits.append(_edit(path, value, added=added))


def _item_step(field: str, label: _Label) -> str:
    return item_step(*label, keyed=keyed(field))


def _item(item: Any, path: str, field: str, *, added: bool) -> FieldEdit:
    """A list item that is there on one side only; a plain environment variable by its value."""
    if (
        field == "env"
        and type(item) is dict
        and len(item) == 2
        and item.get("name")
        and type(item["name"]) is str
        and type(item.get("value")) is str
    ):
        return _edit(path + ".value", item["value"], added=added)
    return _edit(path, item, added=added)


def _lists(
    before: list[Any], after: list[Any], path: str, field: str, edits: list[FieldEdit]
) -> None:
    if not _by_label(field, before, after):
        for index in range(max(len(before), len(after))):
            here = path + index_step(index)
            if index >= len(after):
                edits.append(FieldEdit(here, before[index], ABSENT))
            elif index >= len(before):
                edits.append(FieldEdit(here, ABSENT, after[index]))
            elif before[index] != after[index]:
                _changed(before[index], after[index], here, "", edits)
        return
    old, new = labelled(field, before), labelled(field, after)
    for label, item in old.items():
        here = path + _item_step(field, label)
        if label not in new:
            edits.append(_item(item, here, field, added=False))
        elif new[label] != item:
            if field == "env" and type(new[label]) is dict and len(new[label]) == 1:
                edits.append(FieldEdit(here, item, new[label]))
            else:
                _changed(item, new[label], here, "", edits)
    for label, item in new.items():
        if label not in old:
            edits.append(_item(item, path + _item_step(field, label), field, added=True))


# --- applying -----------------------------------------------------------------------------


def apply_edits(state: Json, edits: Iterable[FieldEdit]) -> Json:
    """A new state with the edits made; `state` stays as it is.

    Applied to the `before` of a diff it gives its `after`, up to the order of items in lists
    that are matched by label. What an edit needs on its way and does not find is created; an
    edit whose `after` is UNKNOWN is skipped. ValueError if a path leads through a scalar or
    past the end of a list.
    """
    root = [_copy(state)]
    removals: list[tuple[Segment, ...]] = []
    for edit in edits:
        steps = parse_path(edit.path)
        if edit.after is ABSENT:
            removals.append(steps)
        elif edit.after is not UNKNOWN:
            value = _copy(edit.after)
            if steps:
                _put(root, steps, value)
            else:
                root[0] = value
    for steps in reversed(removals):
        _remove(root[0], steps)
    return root[0]


def _copy(value: Any) -> Any:
    """A copy that shares nothing that can change."""
    if type(value) is dict:
        return {key: _copy(member) for key, member in value.items()}
    return [_copy(item) for item in value] if type(value) is list else value


def _position(items: list[Any], field: str, step: Segment) -> int | None:
    """Where the item is in the list; None if it is not."""
    if step.number == 0 and step.text.isdecimal() and not keyed(field):
        index = int(step.text)
        return index if index < len(items) else None
    wanted = (step.text, step.number or 1)
    for index, label in enumerate(labelled(field, items)):
        if label == wanted:
            return index
    return None


def _put(root: list[Any], steps: tuple[Segment, ...], value: Any) -> None:
    """Set the value at the end of the steps, making what is missing on the way."""
    holder: Any = root
    at: Any = 0
    field = ""
    for depth, step in enumerate(steps):
        here = holder[at]
        if here is None or here is ABSENT:
            here = holder[at] = [] if step.is_item else {}
        last = depth == len(steps) - 1
        if step.is_item and type(here) is list:
            position = _position(here, field, step)
            if position is None:
                here.append(value if last else new_item(field, step.text))
                position = len(here) - 1
            holder, at, field = here, position, ""
        elif not step.is_item and type(here) is dict:
            here.setdefault(step.text, ABSENT)
            holder, at, field = here, step.text, step.text
        else:
            raise ValueError(f"{step.text!r} cannot be below {type(here).__name__}")
    holder[at] = value


def _remove(state: Any, steps: tuple[Segment, ...]) -> None:
    """Take away what the steps lead to, and the list or map that becomes empty by it."""
    trail: list[tuple[Any, Any]] = []
    here: Any = state
    field = ""
    for step in steps:
        if step.is_item:
            at: Any = _position(here, field, step) if type(here) is list else None
            field_below = ""
        else:
            at = step.text if type(here) is dict and step.text in here else None
            field_below = step.text
        if at is None:
            return
        trail.append((here, at))
        here, field = here[at], field_below
    holder, at = trail[-1]
    del holder[at]
    if _only_name_left(holder, steps):
        trail.pop()
        holder, at = trail[-1]
        del holder[at]
    if not holder and len(trail) > 1:
        parent, at = trail[-2]
        del parent[at]


def _only_name_left(holder: Any, steps: tuple[Segment, ...]) -> bool:
    """True if only its name is left of an environment variable whose value went away."""
    return (
        len(steps) > 2
        and steps[-1] == Segment("value", is_item=False)
        and steps[-2].is_item
        and steps[-3].text == "env"
        and type(holder) is dict
        and holder.keys() == {"name"}
    )


# --- asking -------------------------------------------------------------------------------

_TOP_FIELDS = (
    "apiVersion kind metadata spec status data stringData binaryData type rules subjects roleRef "
    "provisioner parameters webhooks secrets imagePullSecrets subsets endpoints ports"
)
_TOP = frozenset(_TOP_FIELDS.split())
_NESTED = (dict, list)


@lru_cache(maxsize=16_384)
def matches(path: str, query: str) -> bool:
    """True if the path is the field meant by the query, or lies below it.

    A word means a map key at any depth or an environment variable of that name. A dotted
    query may leave out labels of list items; it counts from the top if it starts with a
    top-level field (`spec.…`), else anywhere (`limits.cpu`).
    """
    if not path or not query:
        return False
    if path == query or (path.startswith(query) and path[len(query)] in ".["):
        return True
    steps = parse_path(path)
    for index, step in enumerate(steps):
        if step.text == query and (not step.is_item or (index and steps[index - 1].text == "env")):
            return True
    if "." not in query or "[" in query:
        return False
    padded = f".{names(path)}."
    wanted = f".{query}."
    return padded.startswith(wanted) if query.split(".")[0] in _TOP else wanted in padded


def field_values(obj: Json, query: str, path: str = "") -> list[tuple[str, Json]]:
    """(path, value) of every field of the object that the query means, in order of path.

    The topmost match on each branch: `resources` gives the map, not its leaves; an
    environment variable gives its value, if it has a plain one. `path` is where `obj` stands.
    """
    return list(_values(obj, query, path, ""))


def _values(obj: Any, query: str, path: str, field: str) -> Iterator[tuple[str, Any]]:
    children: list[tuple[str, str, Any]]
    if type(obj) is dict:
        children = [(_join(path, key), key, obj[key]) for key in sorted(obj)]
    elif type(obj) is list and _by_label(field, obj, []):
        items = labelled(field, obj).items()
        children = [(path + _item_step(field, label), "", item) for label, item in items]
    elif type(obj) is list:
        children = [(path + index_step(index), "", item) for index, item in enumerate(obj)]
    else:
        return
    for here, key, value in children:
        if not matches(here, query):
            yield from _values(value, query, here, key)
        elif field == "env" and type(value) is dict and len(value) == 2:
            rest = next((k for k in value if k != "name"), "value")
            yield f"{here}.{rest}", value.get(rest)
        else:
            yield here, value


def narrow(edits: Iterable[FieldEdit], query: str) -> tuple[FieldEdit, ...]:
    """The edits as far as they concern the field meant by the query; () if none does.

    Looks inside edits whose value is an object: with an added container, `image` gives
    `…containers[sidecar].image` ABSENT -> its image.
    """
    found: list[FieldEdit] = []
    for edit in edits:
        if matches(edit.path, query):
            found.append(edit)
            continue
        if type(edit.before) not in _NESTED and type(edit.after) not in _NESTED:
            continue
        field = _field_of(edit.path)
        before = dict(_values(edit.before, query, edit.path, field))
        after = dict(_values(edit.after, query, edit.path, field))
        for path in sorted(before.keys() | after.keys()):
            old = before.get(path, UNKNOWN if edit.before is UNKNOWN else ABSENT)
            new = after.get(path, UNKNOWN if edit.after is UNKNOWN else ABSENT)
            if old != new:
                found.append(FieldEdit(path, old, new))
    return tuple(found)


def _field_of(path: str) -> str:
    steps = parse_path(path)
    return steps[-1].text if steps and not steps[-1].is_item else ""
