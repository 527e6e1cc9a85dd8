"""Asking an API server what it serves."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from kubectl_smart.capture.decoding.discovered import (
    AGGREGATED,
    Served,
    aggregated,
    group_versions,
    is_aggregated,
    listed,
)
from kubectl_smart.capture.sources.api_client import ApiBroken, ApiClient, ApiRefused

_log = logging.getLogger(__name__)


async def discovered(client: ApiClient) -> Served:
    """What the server serves. ApiRefused, ApiBroken."""
    core, groups = await asyncio.gather(
        client.get("/api", accept=AGGREGATED), client.get("/apis", accept=AGGREGATED)
    )
    if is_aggregated(core) and is_aggregated(groups):
        return aggregated([core, groups])
    pairs = group_versions(core, groups)
    documents = await asyncio.gather(*(_resources(client, *pair) for pair in pairs))
    return listed((*pair, found) for pair, found in zip(pairs, documents, strict=True))


async def _resources(client: ApiClient, group: str, version: str) -> dict[str, Any] | None:
    path = f"/apis/{group}/{version}" if group else f"/api/{version}"
    try:
        return await client.get(path)
    except (ApiRefused, ApiBroken) as problem:
        _log.warning("what %s/%s serves is not known: %s", group, version, problem.message)
        return None
