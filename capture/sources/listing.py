"""All objects of some kinds, as an API server lists them just now: lists by pages, nothing else.

Each kind is one consistent list; between kinds some milliseconds pass.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from kubectl_smart.capture.decoding.discovered import Resource
from kubectl_smart.capture.sources.api_client import ApiBroken, ApiClient, ApiRefused
from kubectl_smart.capture.sources.cluster import cluster_place
from kubectl_smart.capture.sources.discovery import discovered
from kubectl_smart.memory.records.errors import SmartError

_PAGE = 500
_AT_ONCE = 4
_AGAIN = 2
_WHOLE = "application/json"
_BARE = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""The annotation that repeats what an object holds."""
Kind = tuple[str, str]
"""(group, kind)"""


class CannotList(SmartError):
    """The cluster cannot be listed as far as it has to be."""


class Listed(NamedTuple):
    """The objects, in the order of the kinds asked for; and what was refused, in sentences."""

    objects: tuple[dict[str, Any], ...]
    refused: tuple[str, ...]


def list_cluster(
    kubeconfig: str,
    context: str,
    kinds: Sequence[Kind],
    needed: Collection[Kind],
    *,
    agent: str,
    named: Sequence[Kind] = (),
    within: float = 30.0,
) -> Listed:
    """Every object of these kinds. A kind that the server does not serve has none.

    kubeconfig, context  "" for the usual ones
    needed               of the kinds those that must not be refused
    named                further kinds of which only the metadata is asked for
    within               seconds for one answer

    CannotList if the server is not reached, does not know us, or refuses a kind that is needed.
    NoCluster if there is no such place.
    """
    try:
        place = cluster_place(kubeconfig, context)
    except (OSError, ValueError, TypeError, KeyError) as problem:
        raise CannotList(
            f"the kubeconfig cannot be used: {problem or type(problem).__name__}",
            "see `kubectl config view`, and name one with --kubeconfig",
        ) from None

    async def asked() -> Listed:
        async with ApiClient(place, agent=agent, within=within) as client:
            return await listed(client, kinds, needed, named=named)

    try:
        return asyncio.run(asked())
    except ApiBroken as problem:
        raise CannotList(
            f"{place.server} is not reached: {problem.message}",
            "see whether it is up: `kubectl get --raw /version`",
        ) from None
    except ApiRefused as problem:
        raise CannotList(
            f"{place.server} does not tell what it serves ({problem.status})",
            "see `kubectl auth whoami`, and name another context with --context",
        ) from None


async def listed(
    client: ApiClient,
    kinds: Sequence[Kind],
    needed: Collection[Kind],
    *,
    named: Sequence[Kind] = (),
    page: int = _PAGE,
) -> Listed:
    """See `list_cluster`. ApiRefused and ApiBroken where the server does not say what it serves.

    page  objects in one answer
    """
    served = {(one.group, one.kind): one for one in (await discovered(client)).resources}
    wanted = [served[kind] for kind in (*kinds, *named) if kind in served]
    room = asyncio.Semaphore(_AT_ONCE)
    found = await asyncio.gather(
        *(_all_of(client, one, room, page, bare=(one.group, one.kind) in named) for one in wanted)
    )
    objects: list[dict[str, Any]] = []
    refused: list[str] = []
    for resource, told in zip(wanted, found, strict=True):
        if isinstance(told, ApiRefused):
            if (resource.group, resource.kind) in needed:
                raise _needed(resource, told)
            refused.append(f"the API server refuses to list {resource.name} ({told.status})")
        else:
            objects += told
    return Listed(tuple(objects), tuple(refused))


def _needed(resource: Resource, problem: ApiRefused) -> CannotList:
    return CannotList(
        f"the API server refuses to list {resource.name} ({problem.status}), "
        "and without them nothing can be simulated",
        f"see `kubectl auth can-i list {resource.name} -A`",
    )


async def _all_of(
    client: ApiClient, resource: Resource, room: asyncio.Semaphore, page: int, *, bare: bool
) -> list[dict[str, Any]] | ApiRefused:
    """Every object of a resource, or the refusal; anew where a list took too long to read."""
    async with room:
        for attempt in range(_AGAIN + 1):
            try:
                return await _pages(client, resource, page, bare=bare)
            except ApiRefused as problem:
                if not problem.expired or attempt == _AGAIN:
                    return problem
    raise AssertionError("the last attempt returns")


async def _pages(
    client: ApiClient, resource: Resource, page: int, *, bare: bool
) -> list[dict[str, Any]]:
    """bare: names, labels and the like alone are asked for, and kept; nothing that they hold."""
    version = f"{resource.group}/{resource.version}" if resource.group else resource.version
    params = {"limit": str(page)}
    found: list[dict[str, Any]] = []
    while True:
        told = await client.get(resource.path, params, _BARE if bare else _WHOLE)
        items = told.get("items")
        found += [  # items of a typed list do not say what they are
            {**(_bare(obj) if bare else obj), "apiVersion": version, "kind": resource.kind}
            for obj in (items if type(items) is list else ())
            if type(obj) is dict and type(obj.get("metadata")) is dict
        ]
        token = (told.get("metadata") or {}).get("continue")
        if not token:
            return found
        params["continue"] = str(token)


def _bare(obj: dict[str, Any]) -> dict[str, Any]:
    metadata = obj["metadata"]
    told = metadata.get("annotations")
    annotations = {key: value for key, value in (told or {}).items() if key != _APPLIED}
    return {"metadata": {**metadata, "annotations": annotations}}
