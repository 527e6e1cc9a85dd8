"""What caused the trouble of a window: for `replay`, `trace` and the reports of incidents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kubectl_smart.memory.answers.causes import (
    Causes,
    Cut,
)
from kubectl_smart.memory.graph.around import MADE_BEFORE, Around
from kubectl_smart.memory.graph.change_classes import Class
from kubectl_smart.memory.graph.explaining import Judged, explanations
from kubectl_smart.memory.graph.node_neighbours import is_pressed
from kubectl_smart.memory.graph.reach import Tie, Ties
from kubectl_smart.memory.graph.refusals import refusers
from kubectl_smart.memory.graph.scene import IndexedScene
from kubectl_smart.memory.graph.suspects import suspects
from kubectl_smart.memory.graph.symptoms import Episode, Symptom, episodes
from kubectl_smart.memory.graph.ties import TiesAt
from kubectl_smart.memory.graph.told import Told, told_by
from kubectl_smart.memory.graph.weighing import RULES, Trouble
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.cause_chains import (
    chain_of,
    other_chains,
    ruled_out,
    symptom_step,
)
from kubectl_smart.memory.questions.learning import learnt_before
from kubectl_smart.memory.questions.moved_pods import moved_pods
from kubectl_smart.memory.questions.taken_back import as_answer, chains_of_undone, undone, with_lead
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.records.times import to_rfc3339
from kubectl_smart.memory.store.git_store import GitStore

MOST_TROUBLES = 60
"""So many pieces of trouble are explained, those seen most often."""


def causes(
    store: GitStore,
    index: Index,
    ties_at: TiesAt,
    *,
    since: int,
    until: int,
    namespace: str | None = None,
) -> Causes:
    """The chains that explain most of what was seen in a window (until excluded)."""
    found = [
        one
        for one in episodes(index.observations(since, until, namespace, warnings_only=True))
        if since <= one.onset.high and one.onset.low < until
    ]
    found.sort(key=lambda one: (-one.times, one.onset.high, one.object))
    around = around_all(store, index, found[:MOST_TROUBLES])
    judged = judge_all(around, ties_at, found[:MOST_TROUBLES])
    explained, left = explanations(judged)
    chains = tuple(chain_of(store, index, ties_at, one) for one in explained)
    roots = {one.clearest[1].change.id for one in explained}
    decided = index.changes_between(since, until, namespace)
    back = [one for one in undone(with_lead(index, decided, since)) if one.by.happened_at >= since]
    return Causes(
        rules=RULES,
        troubles=len(found),
        chains=(*chains, *chains_of_undone(store, index, ties_at, back, roots)),
        moved=moved_pods(store, index, since=since, until=until, namespace=namespace, roots=roots),
        others=tuple(
            other
            for one in explained
            for other in other_chains(store, index, ties_at, one.clearest[0], roots)
        ),
        ruled_out=tuple(ruled_out([one.suspects for one in judged], roots)),
        unexplained=tuple(symptom_step(one.episode) for one in left),
        taken_back=tuple(as_answer(index, one) for one in back if one.change.happened_at >= since),
        cut=cut_of(around),
        left_out=max(len(found) - MOST_TROUBLES, 0),
    )


def around_all(store: GitStore, index: Index, troubles: Sequence[Episode]) -> Around:
    """What is read of the memory for all these pieces of trouble."""
    return Around(
        index,
        store.read_states,
        min((one.onset.low for one in troubles), default=0),
        max((one.onset.high for one in troubles), default=0),
        max((one.until for one in troubles), default=0),
    )


def cut_of(around: Around) -> tuple[Cut, ...]:
    """Of which objects not all changes were looked at."""
    return tuple(
        Cut(object=ref, looked_at=len(part.changes), of=part.of)
        for ref, part in sorted(around.cut.items())
    )


def judge_all(around: Around, ties_at: TiesAt, troubles: Sequence[Episode]) -> list[Judged]:
    """Who is suspected of each, in order of time."""
    judged = [judge(around, ties_at, one) for one in troubles]
    return sorted(judged, key=lambda one: (one.episode.onset.high, one.episode.object))


def judge(around: Around, ties_at: TiesAt, episode: Episode) -> Judged:
    """Who is suspected of one piece of trouble."""
    onset = episode.onset
    scene = IndexedScene(around, ties_at(onset.high), onset.low - MADE_BEFORE, onset.high + 1)
    told = _with_refusers(around, episode)
    nodes = _nodes(scene, episode, told)
    scene.ties = _with(scene.ties, episode.object, sorted(set(nodes.values())), told)
    scene.look_beside(episode.symptom, onset, pressed=is_pressed(episode.seen))
    scene.ties = _with_neighbours(scene.ties, scene)
    return Judged(
        episode,
        suspects(
            Trouble(
                episode.object,
                episode.symptom,
                onset,
                episode.pods,
                episode.until,
                told,
                nodes,
                learnt_before(around.index, episode),
            ),
            scene,
        ),
    )


def _with_refusers(around: Around, episode: Episode) -> Told:
    """What Kubernetes' words point to, and who refuses by them."""
    told = told_by(episode.seen)
    refuse = refusers(
        around.index,
        around.read_states,
        episode.object.namespace,
        episode.onset.high,
        (one.message for one in episode.seen),
    )
    return told._replace(refuse=refuse)


def _with(ties: Ties, ref: ObjectRef, nodes: Iterable[str], told: Told) -> Ties:
    """The same, with the nodes that matter, and with what Kubernetes named in its own words."""
    more = [
        Tie(ref, ObjectRef("", "Node", CLUSTER, node), "runs on", "spec.nodeName", "pods")
        for node in nodes
    ]
    more += [Tie(ref, one, "told", words, "events") for one, words in told.objects if one != ref]
    more += [Tie(ref, one.object, "refuses", one.words, "events") for one in told.refuse]
    return lambda one: [*ties(one), *more] if one == ref else ties(one)


def _with_neighbours(ties: Ties, scene: IndexedScene) -> Ties:
    """The same, with those whose pods came to the node of pods in trouble."""

    def every(ref: ObjectRef) -> list[Tie]:
        kind = "carries" if ref.kind == "Node" else "beside"
        return [
            *ties(ref),
            *(
                Tie(ref, far, kind, f"node {came.node}, since {to_rfc3339(came.at)}", "pods")
                for far, (came, *_) in scene.beside(ref).items()
            ),
        ]

    return every


_GONE_BEFORE = 900_000_000
_BY_NODE = frozenset({Symptom.UNSCHEDULABLE, Symptom.AVAILABILITY})


def _nodes(scene: IndexedScene, episode: Episode, told: Told) -> Mapping[ObjectRef, str]:
    """Pod -> node, of the pods in trouble; of those that wait for one, of those that went before.

    Only where a node can have to do with it.
    """
    if episode.symptom not in _BY_NODE and Class.NODE not in told.classes:
        on = scene.pods(episode.object).on
        return {one: on[one] for one in episode.pods if one in on}
    found = scene.nodes_of(episode.pods)
    if found:
        return found
    low, high = episode.onset.low - _GONE_BEFORE, episode.onset.high + 1
    return scene.nodes_of(scene.taken_away(episode.object, low, high))
