"""Selectors: read, and matched against labels as Kubernetes does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubectl_smart.memory.formats.wiring.walking import mapping, members, shown, text
from kubectl_smart.memory.records.wiring import Requirement, Selector


def plain(path: str, found: Any) -> Selector | None:
    """A map of labels (Service, ReplicationController); None if it is empty: it selects nothing."""
    pairs = _pairs(found)
    return Selector(path, _told(pairs, ()), pairs) if pairs else None


def full(path: str, found: Any) -> Selector | None:
    """A LabelSelector; an empty one selects everything. None if there is none."""
    if type(found) is not dict:
        return None
    pairs = _pairs(found.get("matchLabels"))
    requirements = tuple(
        Requirement(
            text(one.get("key")),
            text(one.get("operator")),
            tuple(text(value) for value in members(one.get("values"))),
        )
        for one in map(mapping, members(found.get("matchExpressions")))
    )
    return Selector(path, _told(pairs, requirements), pairs, requirements)


def _pairs(found: Any) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((key, one) for key, one in mapping(found).items() if type(one) is str))


def _told(pairs: tuple[tuple[str, str], ...], requirements: tuple[Requirement, ...]) -> str:
    """A selector as kubectl writes it: `app=redis,tier in (a,b)`; `<all>` for an empty one."""
    words = [f"{key}={value}" for key, value in pairs]
    for key, operator, values in requirements:
        if operator == "Exists":
            words.append(key)
        elif operator == "DoesNotExist":
            words.append(f"!{key}")
        else:
            words.append(f"{key} {operator.lower()} ({','.join(values)})")
    return shown(",".join(words)) or "<all>"


def matches(selector: Selector, labels: Mapping[str, str]) -> bool:
    """Whether pods with these labels are chosen; a requirement not understood is not met."""
    return all(labels.get(key) == value for key, value in selector.pairs) and all(
        _met(one, labels) for one in selector.requirements
    )


def _met(one: Requirement, labels: Mapping[str, str]) -> bool:
    match one.operator:
        case "In":
            return labels.get(one.key) in one.values
        case "NotIn":
            return labels.get(one.key) not in one.values
        case "Exists":
            return one.key in labels
        case "DoesNotExist":
            return one.key not in labels
        case _:
            return False
