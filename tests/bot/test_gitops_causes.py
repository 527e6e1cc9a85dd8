"""A repository is read in, and a sync that broke something ends at the author of the commit."""

from __future__ import annotations

from pathlib import Path

from built_memory import CONTROLLER, MINUTE, Past, container, deployment, minutes, pod
from tests.bot.test_gitops_import import Repository
from tests.support.recordings import smart

from kubectl_smart.memory.records.actors import Actor, ActorKind

API = deployment("api", "prod")
ARGO = Actor("system:serviceaccount:argocd:argocd-application-controller", ActorKind.AUTOMATION)
SYNCED = minutes(600)
MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: api, namespace: prod}}
spec: {{template: {{spec: {{containers: [{{name: main, image: "{image}"}}]}}}}}}
"""


def recorded(place: Path) -> None:
    """Argo CD rolls an image out, and the pod that is made crashes."""
    past = Past()
    past.heard(minutes(0), SYNCED + 20 * MINUTE)
    labels = {"labels": {"argocd.argoproj.io/instance": "shop"}}
    for at, image in ((minutes(1), "api:1"), (SYNCED, "api:2")):
        past.write(API, at, by=ARGO, via="Argo CD sync", metadata=labels,
                   containers=[container("main", image)])  # fmt: skip
    one = pod("api-2", "prod")
    past.write(one, SYNCED + MINUTE // 10, by=CONTROLLER, derived=True, owner=API)
    past.seen(one, SYNCED + MINUTE // 2, "CrashLoopBackOff", owner=API, count=9)
    past.record(place)


def test_a_trace_ends_at_the_commit(tmp_path: Path) -> None:
    """Who wrote it, where and with which words; the controller carried it out."""
    memory = tmp_path / "memory"
    recorded(memory)
    repository = Repository(tmp_path / "manifests")
    repository.commit("Begin", "ana", prod__api=MANIFEST.format(image="api:1"))
    commit = repository.commit("api 2: faster", "omar", prod__api=MANIFEST.format(image="api:2"))
    repository.commit("api 3", "ana", prod__api=MANIFEST.format(image="api:3"))
    assert smart("import", "gitops", str(repository.folder), memory=memory).returncode == 0

    done = smart("trace", "restarts", "deployment/api", "-n", "prod",
                 "--spike=2025-11-23T19:01:00Z", memory=memory)  # fmt: skip
    lines = [one.strip() for one in done.stdout.splitlines()]
    carried = lines.index("Argo CD sync")
    obeyed = next(at for at, one in enumerate(lines) if "application shop declares it" in one)
    author = lines.index("by omar@example.com")
    assert carried < obeyed < author
    assert lines[author + 1] == f"git commit {commit[:12]} in manifests"
    assert lines[author + 2] == "api 2: faster"
