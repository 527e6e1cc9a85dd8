"""The cluster as commands and admission find it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

Object = Mapping[str, Any]
"""A raw Kubernetes object, with apiVersion and kind."""


class Objects(Protocol):
    """The cluster as it is; nothing of it is changed."""

    def get(self, kind: str, namespace: str, name: str) -> Object | None:
        """One object; `namespace` is "" for kinds outside namespaces."""

    def list(self, kind: str, namespace: str | None) -> Iterable[Object]:
        """All of a kind in a namespace; None for everywhere."""
