"""What `kubectl apply` makes of an object: last applied, wanted now, and live, brought together."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from kubectl_smart.memory.formats.values import same
from kubectl_smart.simulate.commands.merge_rules import Place
from kubectl_smart.simulate.commands.ordering import ordered


def three_way(last: Any, wanted: Any, live: Any, place: Place) -> Any:
    """The live value with what is wanted, and without what was applied last and is wanted no more.

    last  what was applied last, or None where that is not known: then nothing goes
    """
    if isinstance(wanted, dict) and isinstance(live, dict):
        return _maps(last if isinstance(last, dict) else {}, wanted, live, place)
    if isinstance(wanted, list) and isinstance(live, list):
        return _lists(last if isinstance(last, list) else [], wanted, live, place)
    return _plain(wanted)


def _maps(
    last: dict[str, Any], wanted: dict[str, Any], live: dict[str, Any], place: Place,
    *, retains: bool = False,
) -> dict[str, Any]:  # fmt: skip
    if place.replaced:
        return wanted if wanted != live else live
    merged = {key: value for key, value in live.items() if key in wanted or last.get(key) is None}
    for key, value in wanted.items():
        if value is None:
            merged.pop(key, None)
        elif key in live:
            merged[key] = three_way(last.get(key), value, live[key], place.below(key))
        else:
            merged[key] = _plain(value)
    if (retains or place.retains) and not same(merged, live):
        merged = {key: value for key, value in merged.items() if key in wanted}
    return merged


def _lists(last: list[Any], wanted: list[Any], live: list[Any], place: Place) -> list[Any]:
    if place.is_set and all(isinstance(item, str) for item in [*last, *wanted, *live]):
        gone = [item for item in last if item not in wanted]
        kept = [item for item in live if item not in gone]
        merged = list(dict.fromkeys([*kept, *wanted]))
        return ordered(merged, wanted, live, lambda item: item)
    key = place.merge_key
    if not key or not all(_has(one, key) for one in [*wanted, *live]):
        return deepcopy(wanted)
    before = {one[key]: one for one in last if _has(one, key)}
    held = {one[key]: one for one in live}
    names = {one[key] for one in wanted}
    merged = [one for one in live if one[key] not in names and one[key] not in before]
    for one in wanted:
        name = one[key]
        merged.append(
            _maps(before.get(name, {}), one, held[name], place, retains=place.retains_items)
            if name in held
            else _plain(one)
        )
    return ordered(merged, wanted, live, lambda item: item[key])


def _has(item: Any, key: str) -> bool:
    return isinstance(item, dict) and isinstance(item.get(key), str | int)


def _plain(value: Any) -> Any:
    """A value without nulls: there is nothing that they could take away."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items() if one is not None}
    return [_plain(one) for one in value] if isinstance(value, list) else value
