"""A cluster listed once: by pages, only what is asked for, and what is refused is told."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.support.cluster import (
    CONFIG_MAPS,
    DEPLOYMENTS,
    NAMESPACES,
    PODS,
    TOKEN,
    FakeCluster,
    served,
)

from kubectl_smart.capture.sources.api_client import ApiClient
from kubectl_smart.capture.sources.cluster import ClusterPlace
from kubectl_smart.capture.sources.listing import CannotList, Listed, list_cluster, listed
from kubectl_smart.memory.records.errors import SmartError

KINDS = (("", "Pod"), ("apps", "Deployment"), ("example.com", "Widget"))


def of(cluster: FakeCluster, *, page: int = 500) -> Listed:
    """What is told of it."""

    async def asked() -> Listed:
        async with served(cluster) as url:
            place = ClusterPlace(url, None, lambda: f"Bearer {TOKEN}")
            async with ApiClient(place, agent="test") as client:
                return await listed(client, KINDS, KINDS[:1], page=page)

    return asyncio.run(asked())


@pytest.mark.parametrize("aggregated", [True, False])
def test_all_pages_of_what_is_asked_for(aggregated: bool) -> None:
    """Objects say what they are; kinds that are not served have none, others are not asked for."""
    cluster = FakeCluster(aggregated=aggregated)
    for at in range(7):
        cluster.put(PODS, f"api-{at}")
    cluster.put(DEPLOYMENTS, "api")
    cluster.put(CONFIG_MAPS, "settings")
    found = of(cluster, page=2)
    assert [one["kind"] for one in found.objects] == ["Pod"] * 7 + ["Deployment"]
    assert {one["apiVersion"] for one in found.objects} == {"v1", "apps/v1"}
    assert len({one["metadata"]["name"] for one in found.objects[:7]}) == 7
    assert found.refused == ()
    assert cluster.asked["list", "pods"] == 4
    assert (
        cluster.asked["list", CONFIG_MAPS.plural] == cluster.asked["list", NAMESPACES.plural] == 0
    )


def test_what_is_refused(tmp_path: Path) -> None:
    """A kind that is needed ends it, any other is named; so does a server that is not there."""
    cluster = FakeCluster(refused={"deployments": 403})
    assert of(cluster).refused == ("the API server refuses to list deployments.apps (403)",)
    cluster.refused["pods"] = 403
    with pytest.raises(CannotList, match=r"refuses to list pods \(403\)"):
        of(cluster)
    pytest.importorskip("kubernetes")
    odd = tmp_path / "kubeconfig"
    odd.write_text("clusters: 7\n")
    with pytest.raises(SmartError):
        list_cluster(str(odd), "", KINDS, (), agent="test")


def test_a_list_that_took_too_long_is_begun_anew() -> None:
    """The server answers 410 for ever: after some tries that kind is told as refused."""
    cluster = FakeCluster(refused={"deployments": 410})
    cluster.put(PODS, "api")
    found = of(cluster)
    assert len(found.objects) == 1
    assert found.refused == ("the API server refuses to list deployments.apps (410)",)
