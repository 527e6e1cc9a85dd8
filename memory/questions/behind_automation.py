"""Who stands behind a change that a program carried out: the commit, the bounds, their author.

A GitOps controller writes what a repository declares, so the person is the author of the commit
that wants these very values, the nearest before the write (`import gitops`); where no commit is
known, whoever last changed the Application or Kustomization that it obeyed. An autoscaler acts on
load, within bounds: whoever changed those the day before stands behind it, and else nobody does.
A value that was put back because somebody had set another by hand says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from kubectl_smart.memory.answers.causes import ChainStep, StepKind
from kubectl_smart.memory.formats.quantities import quantity
from kubectl_smart.memory.formats.wiring.walking import inside, text
from kubectl_smart.memory.graph.change_classes import Class, classes_of, effect_of
from kubectl_smart.memory.graph.connections import state_of
from kubectl_smart.memory.graph.giving import gives
from kubectl_smart.memory.graph.reach import Ties
from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.changes import Change, Facet, FieldEdit, Unset
from kubectl_smart.memory.records.facts import Committed, ReadStates
from kubectl_smart.memory.records.objects import ObjectRef

DAY = 86_400_000_000
"""So long before it acted, microseconds, an edit of what a program obeys is looked for."""

_AUTOSCALERS = ("horizontal-pod-autoscaler", "keda-operator")
_DECIDES = frozenset({ActorKind.HUMAN, ActorKind.AUTOMATION})
_SYNC = 3_600_000_000
"""A sync that somebody started by hand acts within the hour."""

_ARGO = "argoproj.io"
_TRACKED = "argocd.argoproj.io/tracking-id"
_INSTANCES = ("argocd.argoproj.io/instance", "app.kubernetes.io/instance")
_ARGO_CONTROLLERS = ("argocd-application-controller", "argocd-controller")
_FLUX_CONTROLLERS = ("kustomize-controller", "helm-controller")
_FLUX = (
    ("helm.toolkit.fluxcd.io", "HelmRelease"),
    ("kustomize.toolkit.fluxcd.io", "Kustomization"),
)


class Behind(NamedTuple):
    """What stands behind a change.

    steps     on the way to who decided, told before the change that decided
    decision  that change; None if none is known
    """

    steps: tuple[ChainStep, ...] = ()
    decision: Committed | None = None


def behind(
    index: Index, read_states: ReadStates, ties: Ties, each: Committed, symptom: Symptom
) -> Behind:
    """Who stands behind a change; nothing is added for one that a person made.

    ties     those that held when it was made
    symptom  what it is suspected of: the edits that tell are looked for
    """
    change = each.record
    if not isinstance(change, Change) or change.actor.kind is ActorKind.HUMAN:
        return Behind()
    if _is_account(change, *_AUTOSCALERS):
        return _scaled(index, ties, change, symptom)
    if change.actor.kind is not ActorKind.AUTOMATION:
        return Behind()
    obeyed = _obeyed(index, read_states, change)
    commit = _declared(index, change, effect_of(change, symptom).edits)
    steps = [] if obeyed is None else [obeyed, *_started(index, obeyed.object, change)]
    if commit is not None:
        steps += _put_back(index, change, commit)
        return Behind(tuple(steps), commit)
    if obeyed is None:
        return Behind()
    decision = _last_decision(index, obeyed.object, change.happened_at)
    return Behind(tuple(steps), decision)


def _is_account(change: Change, *names: str) -> bool:
    return change.actor.name.rpartition(":")[2] in names


# --- declared in a repository -------------------------------------------------------------------


def _declared(index: Index, change: Change, edits: Iterable[FieldEdit]) -> Committed | None:
    """The nearest commit before it that wants the same of the same object."""
    wanted = list(edits)
    every = index.changes_of(change.object, Facet.DECLARED, until=change.happened_at + 1)
    for each in reversed(every):
        commit = each.record
        if isinstance(commit, Change) and _wants(commit, change, wanted):
            return each
    return None


def _wants(commit: Change, change: Change, wanted: list[FieldEdit]) -> bool:
    if change.gone or commit.gone:
        return change.gone and commit.gone
    if not wanted:
        return change.verb == commit.verb == "create"
    set_to = {edit.path: edit.after for edit in commit.edits}
    return any(edit.path in set_to and _same(edit.after, set_to[edit.path]) for edit in wanted)


def _same(one: Any, other: Any) -> bool:
    """Whether two values mean the same: 0.5 and 500m do."""
    if isinstance(one, Unset) or isinstance(other, Unset):
        return one is other
    if one == other:
        return True
    first, second = quantity(one), quantity(other)
    return first is not None and first == second


def _put_back(index: Index, change: Change, commit: Committed) -> list[ChainStep]:
    """Who had set it otherwise by hand since the commit, if anybody had."""
    declared = commit.record
    assert isinstance(declared, Change)  # noqa: S101 - `_declared` finds nothing else
    paths = {edit.path for edit in change.edits}
    since = index.changes_of(change.object, since=declared.happened_at, until=change.happened_at)
    for each in reversed(since):
        drift = each.record
        if (
            isinstance(drift, Change)
            and drift.actor.kind is ActorKind.HUMAN
            and paths & {edit.path for edit in drift.edits}
        ):
            words = f"{drift.actor.name} had set it by hand; what is declared was put back"
            return [
                ChainStep(
                    kind=StepKind.EFFECT, at=drift.happened_at, object=drift.object, sentence=words
                )
            ]
    return []


# --- what a controller obeys --------------------------------------------------------------------


def _obeyed(index: Index, read_states: ReadStates, change: Change) -> ChainStep | None:
    """The Application, Kustomization or HelmRelease that the object says it belongs to."""
    at = change.happened_at - (1 if change.gone else 0)
    metadata = inside(state_of(index, read_states, change.object, at), "metadata")
    found = _by_flux(metadata, change) or _by_argo(metadata, change)
    if found is None:
        return None
    ref, evidence = found
    return ChainStep(
        kind=StepKind.WAY,
        at=0,
        object=ref,
        sentence=f"{change.object.title} is kept as {ref.title} declares it",
        evidence=f"configuration: {evidence}",
    )


def _by_flux(metadata: Mapping[str, Any], change: Change) -> tuple[ObjectRef, str] | None:
    if not _is_account(change, *_FLUX_CONTROLLERS):
        return None
    labels = inside(metadata, "labels")
    for group, kind in _FLUX:
        name = text(labels.get(f"{group}/name"))
        if name:
            place = text(labels.get(f"{group}/namespace"))
            return ObjectRef(group, kind, place, name), f'metadata.labels["{group}/name"]'
    return None


def _by_argo(metadata: Mapping[str, Any], change: Change) -> tuple[ObjectRef, str] | None:
    if not _is_account(change, *_ARGO_CONTROLLERS):
        return None
    account = change.actor.name.split(":")
    place = account[-2] if len(account) > 1 else "argocd"
    tracked = text(inside(metadata, "annotations").get(_TRACKED)).partition(":")[0]
    if tracked:
        elsewhere, _, name = tracked.rpartition("_")
        ref = ObjectRef(_ARGO, "Application", elsewhere or place, name)
        return ref, f'metadata.annotations["{_TRACKED}"]'
    for label in _INSTANCES:
        name = text(inside(metadata, "labels").get(label))
        if name:
            return ObjectRef(_ARGO, "Application", place, name), f'metadata.labels["{label}"]'
    return None


def _started(index: Index, application: ObjectRef, change: Change) -> list[ChainStep]:
    """Who started the sync of an Application by hand, if somebody did."""
    at = change.happened_at
    for each in reversed(index.changes_of(application, since=at - _SYNC, until=at + 1)):
        asked = each.record
        if not isinstance(asked, Change):
            continue
        name = next(filter(None, map(_initiator, asked.edits)), "")
        if name:
            words = f"{name} started the sync by hand"
            return [
                ChainStep(
                    kind=StepKind.EFFECT, at=asked.happened_at, object=application, sentence=words
                )
            ]
    return []


def _initiator(edit: FieldEdit) -> str:
    """The person an edit of an Application names as who asked for a sync; "" if none."""
    match edit.path:
        case "operation":
            return text(inside(edit.after, "initiatedBy").get("username"))
        case "operation.initiatedBy":
            return text(inside(edit.after).get("username"))
        case "operation.initiatedBy.username":
            return text(edit.after)
    return ""


def _last_decision(index: Index, ref: ObjectRef, at: int) -> Committed | None:
    """The last edit of its spec by somebody who decides, in the day before."""
    for each in reversed(index.changes_of(ref, since=at - DAY, until=at + 1)):
        change = each.record
        if (
            isinstance(change, Change)
            and change.actor.kind in _DECIDES
            and (change.verb == "create" or any(e.path.startswith("spec") for e in change.edits))
        ):
            return each
    return None


# --- autoscalers --------------------------------------------------------------------------------


def _scaled(index: Index, ties: Ties, change: Change, symptom: Symptom) -> Behind:
    scaler = next(
        (
            tie
            for tie in ties(change.object)
            if tie.kind == "scales" and tie.callee == change.object
        ),
        None,
    )
    if scaler is None:
        return Behind()
    decision = _last_decision(index, scaler.caller, change.happened_at)
    if decision is not None and not _leads_to(decision, change, symptom):
        decision = None
    said = f"{scaler.caller.title} scales {change.object.title}"
    if decision is None:
        said += " and acted by itself, on load: no edit of the 24 hours before led to it"
    step = ChainStep(
        kind=StepKind.WAY,
        at=0,
        object=scaler.caller,
        sentence=said,
        evidence=f"{scaler.source}: {scaler.evidence}",
    )
    return Behind((step,), decision)


def _leads_to(decision: Committed, change: Change, symptom: Symptom) -> bool:
    """Not if fewer pods were made after bounds had been widened."""
    edited = decision.record
    fewer = Class.REPLICAS_DOWN in classes_of(change)
    if not isinstance(edited, Change) or not edited.edits or not fewer:
        return True
    return not all(gives(edit, symptom) for edit in edited.edits)
