"""What came before and after a change: the same done earlier, the field set anew, taken back."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_smart.memory.graph.change_classes import Class, classes_of, telling
from kubectl_smart.memory.graph.symptoms import SECOND, Onset
from kubectl_smart.memory.graph.weighing import AFTERWARDS, LOOK_BACK, Scene, Trouble
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef


def record_of(
    trouble: Trouble, scene: Scene, change: Change, every: Iterable[Committed]
) -> tuple[int, int]:
    """(earlier times it was done just so, those followed by such trouble within three lags).

    The same values for the same fields: that another image did no harm says nothing of this one,
    beyond how often images come, which is counted anyway. Of a run of a CronJob: the runs that its
    schedule made since it was changed.
    """
    lag = trouble.onset.high - change.happened_at
    if change.object.kind == "Job" and change.owner is not None:
        return _runs_before(scene, change, change.owner, every)
    done = {(edit.path, repr(edit.after)) for edit in telling(change, trouble.symptom)}
    earlier = [
        each.record.happened_at
        for each in every
        if isinstance(each.record, Change)
        and each.record.happened_at < change.happened_at
        and done
        and done <= {(edit.path, repr(edit.after)) for edit in each.record.edits}
    ]
    if not earlier:
        return 0, 0
    within = 3 * (max(lag, 0) + SECOND)
    onsets = [
        one.high
        for one in scene.onsets(trouble.object, trouble.symptom)
        if one.high < change.happened_at
    ]
    followed = sum(any(at <= one <= at + within for one in onsets) for at in earlier)
    return len(earlier), followed


def _runs_before(
    scene: Scene, change: Change, owner: ObjectRef, every: Iterable[Committed]
) -> tuple[int, int]:
    edited = [
        each.record.happened_at
        for each in every
        if isinstance(each.record, Change)
        and each.record.object == owner
        and each.record.happened_at < change.happened_at
    ]
    since = max([scene.begins(), change.happened_at - LOOK_BACK, *edited])
    days = max(change.happened_at - since, 0) / (86_400 * SECOND)
    return int(days * scene.runs_a_day(owner, change.happened_at)), 0


def overwritten(
    change: Change, every: Iterable[Committed], paths: set[str], onset: Onset
) -> Change | None:
    """The later change, before the trouble began, that set all the same fields again.

    Of a creation the first later version that differs: as it was made it is no longer.
    """
    if change.verb == "create" and not change.edits and not change.gone:
        return _edited(change, every, onset)
    left = set(paths)
    last = None
    for each in every:
        later = each.record
        if (
            not isinstance(later, Change)
            or not change.happened_at < later.happened_at < onset.low
            or not left
        ):
            continue
        again = left & {edit.path for edit in later.edits}
        if again or later.gone:
            left -= left if later.gone else again
            last = later
    return last if paths and not left else None


def _edited(change: Change, every: Iterable[Committed], onset: Onset) -> Change | None:
    for each in every:
        later = each.record
        if (
            isinstance(later, Change)
            and later.object == change.object
            and change.happened_at < later.happened_at < onset.low
            and any(one is not Class.NOTHING for one in classes_of(later))
        ):
            return later
    return None


def ended_with_it(trouble: Trouble, change: Change, paths: set[str], scene: Scene) -> bool:
    """Whether the change was taken back during the trouble, and the trouble was over soon after.

    Soon: in no more time than it had lasted until then, or a minute.
    """
    onset = trouble.onset.high
    if not trouble.until or change.happened_at > onset:
        return False
    before = {edit.path: edit.before for edit in change.edits if edit.path in paths}
    for each in scene.changes(change.object, onset, trouble.until + AFTERWARDS):
        later = each.record
        if isinstance(later, Change) and any(
            edit.path in before and edit.after == before[edit.path] for edit in later.edits
        ):
            back = later.happened_at
            return trouble.until <= back + max(back - onset, 60 * SECOND)
    return False
