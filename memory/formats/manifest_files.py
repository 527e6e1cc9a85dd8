"""Files that declare objects (YAML with several documents, JSON, Lists), as kubectl reads them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Any

_NODES = 200_000
"""Values in one file; aliases can make a small file say far more."""


class NoManifest(ValueError):
    """A file that is none; the text says why, in words that are the same for all such files."""


def documents(content: bytes) -> list[dict[str, Any]]:
    """The objects of a YAML or JSON file, Lists taken apart. NoManifest if it holds none."""
    found = [one for value in values(content) for one in _objects(value)]
    if not found:
        raise NoManifest("no Kubernetes object in it")
    return found


def values(content: bytes) -> list[Any]:
    """The documents of a YAML or JSON file as JSON has them. NoManifest if it is neither."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NoManifest("not UTF-8") from None
    import yaml  # heavy, and only few need it

    try:
        loaded = list(yaml.load_all(text, Loader=_loader()))
        room = [_NODES]
        return [_plain(value, room) for value in loaded]
    except NoManifest:
        raise
    except (yaml.YAMLError, ValueError, RecursionError):
        raise NoManifest("a Helm template" if "{{" in text else "broken YAML") from None


@lru_cache(maxsize=1)
def _loader() -> Any:
    """YAML 1.1 as kubectl reads it: times stay text."""
    import yaml

    resolvers = {
        first: [(tag, pattern) for tag, pattern in found if not tag.endswith("timestamp")]
        for first, found in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }
    return type("Loader", (yaml.CSafeLoader,), {"yaml_implicit_resolvers": resolvers})


def _plain(value: Any, room: list[int]) -> Any:
    """As JSON has it: keys are texts. NoManifest if it is far too much."""
    room[0] -= 1
    if room[0] < 0:
        raise NoManifest("far too many values")
    if type(value) is dict:
        return {_key(key): _plain(one, room) for key, one in value.items()}
    if type(value) is list:
        return [_plain(one, room) for one in value]
    if isinstance(value, (bytes, set, datetime, date)):
        return str(value)
    return value


def _key(key: Any) -> str:
    if type(key) is bool:
        return "true" if key else "false"
    return str(key)


def _objects(document: Any) -> Iterator[dict[str, Any]]:
    if type(document) is not dict:
        return
    kind, version = document.get("kind"), document.get("apiVersion")
    if type(kind) is not str or type(version) is not str:
        return
    items = document.get("items")
    if kind.endswith("List") and type(items) is list:
        for item in items:
            yield from _objects(item)
    elif not version.startswith("kustomize.config.k8s.io"):
        yield document
