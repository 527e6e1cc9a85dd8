"""What is lost: pods that nobody makes again, and data that goes with pods or nodes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from kubectl_smart.simulate.answers.before import Before
from kubectl_smart.simulate.answers.model import Loss, Name
from kubectl_smart.simulate.cluster.node_terms import matches, terms_of
from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.reading import Raw, at, labels_of, name_of, uid_of
from kubectl_smart.simulate.cluster.shapes import emptied, host_paths
from kubectl_smart.simulate.controllers.world import World


def touched_by(world: World) -> Collection[Pod]:
    """The pods to which anything happened, and those whose nodes are not there."""
    found = {event.pod: None for event in world.events if event.pod is not None}
    for node, pods in world.cluster.by_node.items():
        if node not in world.board.slots:
            found.update(dict.fromkeys(pods.values()))
    return found.keys()


def losses(world: World, was: Before, touched: Iterable[Pod]) -> tuple[Loss, ...]:
    """In the order of namespaces and names. touched: as `touched_by` finds them."""
    found: list[Loss] = []
    for pod in touched:
        if pod not in was.pods:
            continue
        (namespace, kind, name), bound, _ = was.pods[pod]
        owner = None if kind == "Pod" else (kind, name)
        gone = world.cluster.pods.get(pod.key) is not pod
        if gone and pod.owner is None:
            found.append(Loss(namespace, pod.name, None, "pod", "no controller makes it again"))
        if gone and bound:
            found += _data(pod, owner)
        node_gone = pod.node is not None and pod.node not in world.board.slots
        if (gone or node_gone) and bound:
            found += _volumes(world, pod, owner)
    found += _claims(world, was)
    return tuple(sorted(found, key=lambda one: (one.namespace, one.pod, one.what, one.detail)))


def _data(pod: Pod, owner: Name | None) -> Iterator[Loss]:
    for name in emptied(pod.shape):
        yield Loss(pod.namespace, pod.name, owner, "emptyDir", name)
    for path in host_paths(pod.shape):
        yield Loss(pod.namespace, pod.name, owner, "hostPath", f"{path} stays behind on {pod.node}")


def _volumes(world: World, pod: Pod, owner: Name | None) -> Iterator[Loss]:
    for claim in pod.shape.claims:
        raw = world.cluster.get("PersistentVolumeClaim", pod.namespace, claim)
        volume = at(raw, "spec", "volumeName")
        found = None if not volume else world.cluster.get("PersistentVolume", "", str(volume))
        if found is not None and _unreachable(world, found):
            kind = "local volume" if at(found, "spec", "local") else "volume"
            yield Loss(
                pod.namespace,
                pod.name,
                owner,
                kind,
                f"{name_of(found)} of claim {claim} is reachable from no node that is left",
            )


def _claims(world: World, was: Before) -> Iterator[Loss]:
    """Volumes that are deleted with their claims, or will be, for each pod that had them."""
    gone = {}
    for (namespace, name), (uid, volume) in was.claims.items():
        claim = world.cluster.get("PersistentVolumeClaim", namespace, name)
        if claim is None or uid_of(claim) != uid:
            gone[namespace, name] = f"{volume} is deleted with its claim {name}"
        elif at(claim, "metadata", "deletionTimestamp") and (namespace, name) not in was.going:
            said = f"{volume} is deleted with its claim {name} as soon as no pod uses it any more"
            gone[namespace, name] = said
    if not gone:
        return
    used = set()
    for pod, ((namespace, kind, name), _, _) in was.pods.items():
        owner = None if kind == "Pod" else (kind, name)
        for mounted in pod.shape.claims:
            if (namespace, mounted) in gone:
                used.add((namespace, mounted))
                yield Loss(namespace, pod.name, owner, "volume", gone[namespace, mounted])
    for (namespace, name), words in gone.items():
        if (namespace, name) not in used:
            yield Loss(namespace, f"claim {name}", None, "volume", words)


def _unreachable(world: World, volume: Raw) -> bool:
    required = at(volume, "spec", "nodeAffinity", "required")
    if required is None:
        return False
    terms = terms_of(required)
    return not any(
        matches(term, labels_of(node), name_of(node))
        for node in world.cluster.list("Node")
        for term in terms
    )
