"""What came before and after a change: the same done earlier, the field set anew, taken back."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from kubectl_smart.memory.graph.change_classes import Class, classes_of
from kubectl_smart.memory.graph.object_past import Past, done
from kubectl_smart.memory.graph.symptoms import SECOND, Onset
from kubectl_smart.memory.graph.weighing import AFTERWARDS, LOOK_BACK, Scene, Trouble
from kubectl_smart.memory.records.changes import Change, FieldEdit
from kubectl_smart.memory.records.objects import ObjectRef


def record_of(
    trouble: Trouble, scene: Scene, change: Change, edits: Iterable[FieldEdit], past: Past
) -> tuple[int, int]:
    """(earlier times it was done just so, those followed by such trouble within three lags).

    The same values for the same fields: that another image did no harm says nothing of this one,
    beyond how often images come, which is counted anyway. Of a run of a CronJob: the runs that its
    schedule made since it was changed.
    """
    lag = trouble.onset.high - change.happened_at
    if change.object.kind == "Job" and change.owner is not None:
        return _runs_before(scene, change, change.owner, past)
    earlier = past.same_before(done(edits), change.happened_at)
    if not earlier:
        return 0, 0
    within = 3 * (max(lag, 0) + SECOND)
    onsets = scene.onsets(trouble.object, trouble.symptom)
    end = bisect_left(onsets, change.happened_at, key=_high)
    followed = 0
    for at in earlier:
        first = bisect_left(onsets, at, hi=end, key=_high)
        followed += first < end and onsets[first].high <= at + within
    return len(earlier), followed


def _high(onset: Onset) -> int:
    return onset.high


def _runs_before(scene: Scene, change: Change, owner: ObjectRef, past: Past) -> tuple[int, int]:
    edited = [
        one.happened_at
        for one in past.changes
        if one.object == owner and one.happened_at < change.happened_at
    ]
    since = max([scene.begins(), change.happened_at - LOOK_BACK, *edited])
    days = max(change.happened_at - since, 0) / (86_400 * SECOND)
    return int(days * scene.runs_a_day(owner, change.happened_at)), 0


def overwritten(change: Change, past: Past, paths: set[str], onset: Onset) -> Change | None:
    """The later change, before the trouble began, that set all the same fields again.

    Of a creation the first later version that differs: as it was made it is no longer.
    """
    later = past.between(change.happened_at, onset.low)
    if change.verb == "create" and not change.edits and not change.gone:
        return _edited(change, later)
    left = set(paths)
    for one in later:
        if one.gone:
            return one if paths else None
        left -= {edit.path for edit in one.edits}
        if not left:
            return one if paths else None
    return None


def _edited(change: Change, later: Iterable[Change]) -> Change | None:
    for one in later:
        if one.object == change.object and any(of is not Class.NOTHING for of in classes_of(one)):
            return one
    return None


def ended_with_it(trouble: Trouble, change: Change, paths: set[str], scene: Scene) -> bool:
    """Whether the change was taken back during the trouble, and the trouble was over soon after.

    Soon: in no more time than it had lasted until then, or a minute.
    """
    onset = trouble.onset.high
    if not trouble.until or change.happened_at > onset:
        return False
    before = {edit.path: edit.before for edit in change.edits if edit.path in paths}
    back = scene.later(change.object, onset, trouble.until + AFTERWARDS).first_to_set(before)
    if back is None:
        return False
    at = back.happened_at
    return trouble.until <= at + max(at - onset, 60 * SECOND)
