"""Node selectors: `nodeSelector` and the terms of node affinity, matched against one node.

Rule: component-helpers/scheduling/corev1/nodeaffinity. Terms are alternatives; inside a term all
requirements hold; a term without any requirement matches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from kubectl_smart.simulate.cluster.reading import items, mapping


class Requirement(NamedTuple):
    """`key operator values` on the labels of a node."""

    key: str
    operator: str
    values: tuple[str, ...]


class Term(NamedTuple):
    """labels: requirements on labels; fields: on `metadata.name`."""

    labels: tuple[Requirement, ...]
    fields: tuple[Requirement, ...]


def term_of(raw: Any) -> Term:
    """A nodeSelectorTerm, read."""
    return Term(
        _requirements(items(raw, "matchExpressions")), _requirements(items(raw, "matchFields"))
    )


def _requirements(found: Any) -> tuple[Requirement, ...]:
    return tuple(
        Requirement(
            str(mapping(one).get("key", "")),
            str(mapping(one).get("operator", "")),
            tuple(str(value) for value in items(one, "values")),
        )
        for one in found
    )


def terms_of(node_selector: Any) -> tuple[Term, ...]:
    """The alternatives of a NodeSelector."""
    return tuple(term_of(one) for one in items(node_selector, "nodeSelectorTerms"))


def met(requirement: Requirement, value: str | None) -> bool:
    """Whether a label's value, None for a label that is missing, meets a requirement."""
    values = requirement.values
    match requirement.operator:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt" | "Lt":
            try:
                left, right = int(value or ""), int(values[0])
            except (ValueError, IndexError):
                return False
            return left > right if requirement.operator == "Gt" else left < right
    return False


def matches(term: Term, labels: Mapping[str, str], name: str) -> bool:
    """Whether a node is what a term asks for."""
    if not term.labels and not term.fields:
        return False
    return all(met(one, labels.get(one.key)) for one in term.labels) and all(
        one.key == "metadata.name" and met(one, name) for one in term.fields
    )


def names_only(terms: tuple[Term, ...]) -> frozenset[str] | None:
    """The names of the only nodes that can match; None if names do not restrict them.

    Rule: NodeAffinity.PreFilter. Every alternative must have a field requirement `In`.
    """
    if not terms:
        return None
    names: set[str] = set()
    for term in terms:
        allowed: set[str] | None = None
        for one in term.fields:
            if one.key == "metadata.name" and one.operator == "In":
                found = set(one.values)
                allowed = found if allowed is None else allowed & found
        if allowed is None:
            return None
        names |= allowed
    return frozenset(names)
