"""The part `capture.watch` of the configuration, and the source made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from kubectl_smart.bot.configuring import Strict
from kubectl_smart.capture.sources.cluster import cluster_place, must_have_client
from kubectl_smart.memory.index.opening import open_index
from kubectl_smart.memory.opening import index_place
from kubectl_smart.memory.records.changes import Facet
from kubectl_smart.memory.store.git_store import OURS

if TYPE_CHECKING:
    from kubectl_smart.bot.serve.live import LiveMemory
    from kubectl_smart.capture.sources.watching import Watching
    from kubectl_smart.capture.witnessing import Key, Standing


class WatchModel(Strict):
    """The cluster, listened to by list and watch."""

    kubeconfig: str = Field(
        default="", description="file; else the pod's account, or kubectl's usual file"
    )
    context: str = Field(default="", description="of the kubeconfig; else its current one")
    skip: tuple[str, ...] | None = Field(
        default=None,
        description="resources that are not listened to: `secrets`, `*.metrics.k8s.io`",
    )
    wait: float = Field(
        default=45.0,
        ge=0,
        le=600,
        description="seconds for which a version waits for its audit event: the API server hands "
        "over a batch after 30 s at most, unless told otherwise",
    )
    page: int = Field(default=500, ge=10, le=10_000, description="objects in one answer")


async def watching(
    model: WatchModel, live: LiveMemory, index: str | None, memory: Path, stack: AsyncExitStack,
    clock: Callable[[], int], *, audited: bool,
) -> Watching:  # fmt: skip
    """The source, with its client open until the stack ends.

    audited  whether the audit log of the same cluster is heard, too

    BadInput, NoCluster if it cannot begin.
    """
    must_have_client("leave out capture.watch")
    # aiohttp and the client of Kubernetes: heavy, and only who listens needs them
    from kubectl_smart.capture.sources.api_client import ApiClient
    from kubectl_smart.capture.sources.watch_resource import Tuning
    from kubectl_smart.capture.sources.watching import SKIPPED, Cluster, Watching

    place = cluster_place(model.kubeconfig, model.context)
    agent = f"kubectl-smart/{metadata.version('kubectl-smart')}"
    client = await stack.enter_async_context(ApiClient(place, agent=agent))
    cluster = Cluster(
        client,
        frozenset(SKIPPED if model.skip is None else model.skip),
        memory / OURS / "imports" / "watch.json",
        lambda: _known(memory, index),
        Tuning(page=model.page, audited=round(model.wait * 1e6) if audited else 0),
    )
    return Watching(cluster, live, live.redactor, live.hearing, clock)


def _known(memory: Path, index: str | None) -> Mapping[tuple[str, str], dict[Key, Standing]]:
    """What the memory knows to be alive, as the source compares it."""
    from kubectl_smart.capture.witnessing import standings

    opened = open_index(index_place(memory.absolute(), index))
    try:
        seeds = [one for one in opened.fold_seed() if one.facet is Facet.OBJECT and not one.gone]
        return standings((one.ref, one.uid, one.resource_version, one.happened_at) for one in seeds)
    finally:
        opened.close()
