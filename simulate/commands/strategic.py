"""Strategic merge patches: applied as k8s.io/apimachinery/pkg/util/strategicpatch applies them."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.commands.merge_rules import Place
from kubectl_smart.simulate.commands.ordering import Identity, ordered

_PATCH = "$patch"
_ORDER = "$setElementOrder/"
_REMOVE = "$deleteFromPrimitiveList/"
_RETAIN = "$retainKeys"


def patched(obj: Any, patch: Any, place: Place) -> Any:
    """The object after the patch; both stay as they are. BadInput if the patch is none."""
    if not isinstance(patch, dict):
        raise BadInput("the patch is no map", 'write it like {"spec":{"replicas":3}}')
    return _map(deepcopy(obj), deepcopy(patch), place)


def _map(original: dict[str, Any], patch: dict[str, Any], place: Place) -> dict[str, Any]:
    directive = patch.get(_PATCH)
    if directive == "replace":
        return {key: value for key, value in patch.items() if key != _PATCH}
    if directive == "delete":
        return {}
    if _PATCH in patch:
        raise _odd(_PATCH, directive)
    if _RETAIN in patch:
        kept = _list(patch.pop(_RETAIN), _RETAIN)
        original = {key: value for key, value in original.items() if key in kept}
    _ordered_lists(original, patch, place)
    for key, value in patch.items():
        removed = key.startswith(_REMOVE)
        field = key.partition("/")[2] if removed else key
        if value is None:
            original.pop(field, None)
        elif removed:
            found = _list(original.get(field, []), key)
            if field in original:
                original[field] = [item for item in found if item not in _list(value, key)]
        else:
            original[field] = _merged(original.get(field), value, place.below(field))
    return original


def _merged(original: Any, value: Any, place: Place) -> Any:
    if isinstance(value, dict) and isinstance(original, dict) and not place.replaced:
        return _map(original, value, place)
    if isinstance(value, list) and isinstance(original, list):
        return _lists(original, value, place)
    return plain(value)


def _lists(original: list[Any], patch: list[Any], place: Place) -> list[Any]:
    if place.is_set:
        _scalars(patch, place)
        merged = list(dict.fromkeys([*original, *patch]))
        return ordered(merged, patch, original, lambda item: item)
    key = place.merge_key
    if not key:
        return patch
    items = [_item(item, key, place) for item in patch]
    if any(item.get(_PATCH) == "replace" for item in items):
        return [plain(item) for item in items if _PATCH not in item]
    gone = [item.get(key) for item in items if item.get(_PATCH) == "delete"]
    if any(_PATCH in item and item[_PATCH] != "delete" for item in items):
        raise _odd(_PATCH, next(item[_PATCH] for item in items if _PATCH in item))
    live = [item for item in original if item.get(key) not in gone]
    wanted = [item for item in items if _PATCH not in item]
    merged = list(live)
    for item in wanted:
        at = next((i for i, one in enumerate(merged) if one.get(key) == item[key]), None)
        if at is None:
            merged.append(plain(item))
        else:
            merged[at] = _map(dict(merged[at]), item, place)
    return ordered(merged, wanted, live, lambda item: item.get(key))


def _item(item: Any, key: str, place: Place) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise BadInput(f"an item of {place.field} in the patch is no map", f"give it its {key}")
    if not isinstance(item.get(key), str | int) and item.get(_PATCH) != "replace":
        raise BadInput(
            f"map: {sorted(item)} does not contain declared merge key: {key}",
            f"give each item of {place.field} its {key}",
        )
    return item


def _scalars(items: list[Any], place: Place) -> None:
    if any(isinstance(item, dict | list) for item in items):
        raise BadInput(f"{place.field} in the patch holds more than plain values", "mend it")


def _ordered_lists(original: dict[str, Any], patch: dict[str, Any], place: Place) -> None:
    """Lists with a `$setElementOrder`: merged, and put in that order; out of the patch then."""
    for name in [key for key in patch if key.startswith(_ORDER)]:
        wanted = _list(patch.pop(name), name)
        field = name.partition("/")[2]
        below = place.below(field)
        live = original.get(field)
        if field in patch and patch[field] is None:
            continue
        if field in patch:
            value = _list(patch.pop(field), field)
            merged = _lists(live, value, below) if isinstance(live, list) else plain(value)
        elif isinstance(live, list):
            merged = live
        else:
            continue
        key = below.merge_key
        if not key and not below.is_set:
            original[field] = merged
            continue
        for item in wanted if key else ():
            _item(item, key, below)
        _scalars([] if key else [*wanted, *merged], below)
        held = live if isinstance(live, list) else []
        original[field] = ordered(merged, wanted, held, _identity(key))


def _identity(key: str) -> Identity:
    """What tells items of a list apart; the items themselves where there is no merge key."""
    return lambda item: item.get(key) if key else item


def plain(value: Any) -> Any:
    """A value that nothing was there to merge with: without directives and nulls."""
    if isinstance(value, dict):
        return {
            key: plain(one)
            for key, one in value.items()
            if one is not None
            and not key.startswith((_ORDER, _REMOVE))
            and key not in (_PATCH, _RETAIN)
        }
    if isinstance(value, list):
        return [
            plain(item)
            for item in value
            if not (isinstance(item, dict) and item.get(_PATCH) == "delete")
        ]
    return value


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise BadInput(f"{name} in the patch is no list", "give it a list")
    return value


def _odd(name: str, value: Any) -> BadInput:
    return BadInput(
        f"unknown value of {name} in the patch: {value!r}", "it may be replace or delete"
    )
