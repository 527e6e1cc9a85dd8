"""Which changes are suspected of one piece of trouble, and which are not, and why.

How each is weighed is told in `weighing`. Pure: everything it needs of the memory is asked from a
`Scene`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate

from kubectl_smart.memory.graph import chance
from kubectl_smart.memory.graph.along import Along
from kubectl_smart.memory.graph.carrying import with_runs
from kubectl_smart.memory.graph.change_classes import Class, effect_of
from kubectl_smart.memory.graph.giving import gives
from kubectl_smart.memory.graph.learnt import learnt_of, reached_by_learning
from kubectl_smart.memory.graph.node_neighbours import BESIDE, UNPRESSED, effect_beside
from kubectl_smart.memory.graph.object_past import Past
from kubectl_smart.memory.graph.precedents import ended_with_it, overwritten, record_of
from kubectl_smart.memory.graph.reach import Reached, reach
from kubectl_smart.memory.graph.symptoms import SECOND, Onset
from kubectl_smart.memory.graph.taking_effect import NAMED, PROOF, Taken, taken_by
from kubectl_smart.memory.graph.weighing import (
    AFTERWARDS,
    ALIKE,
    BEFORE,
    LOOK_BACK,
    Found,
    Scene,
    Suspect,
    Suspects,
    Trouble,
)
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.objects import ObjectRef

_UNSEEN = 5
"""Done so often before without any such trouble it is ruled out."""

_WORTH_TELLING = 0.15
_CAN = 0.25
"""A change of less effect does not do what the words say, whatever object they name."""

_ENDED = 1.5
_CUTS = frozenset(
    {Class.POLICY, Class.ROUTING, Class.BOUNDS, Class.ENV, Class.CONFIG, Class.COMMAND,
     Class.TEMPLATE}
)  # fmt: skip
_CUT_BY_ABSENCE = frozenset({"Service", "NetworkPolicy"})
"""What is reached by them is reached no longer, or is let through no longer."""

_IGNORED = frozenset({ActorKind.NODE})


def suspects(trouble: Trouble, scene: Scene) -> Suspects:
    """Every change that may have caused it."""
    onset = trouble.onset
    since = max(onset.low - LOOK_BACK, 0)
    looked_back = max(onset.low - max(scene.begins(), since), SECOND)
    along = Along(scene, trouble.object, trouble.symptom, onset)
    found = _found(trouble, scene, along, since)
    before = _Alike(one for one in found if one.change.happened_at <= onset.high)
    judged = [
        _judged(trouble, scene, along, one, before, looked_back)
        for one in found
        if one.reached.weight * one.effect >= _WORTH_TELLING
    ]
    judged = _among_proven(with_runs(judged, trouble, scene), trouble)
    strongest = sorted(
        (one for one in judged if one.odds > 0),
        key=lambda one: (-one.odds, one.lag, one.change.id),
    )
    ruled_out = sorted(
        (one for one in judged if one.ruled_out), key=lambda one: (abs(one.lag), one.change.id)
    )
    return Suspects(tuple(strongest), tuple(ruled_out))


def _among_proven(judged: Sequence[Suspect], trouble: Trouble) -> list[Suspect]:
    """Those that are proven are counted among each other alone: no other looks like them."""
    proven = [one for one in judged if one.taken.proven and not one.ruled_out]
    unsure = trouble.onset.high - trouble.onset.low
    found = []
    for one in judged:
        if one.taken.proven and not one.ruled_out:
            acted = max(trouble.onset.high - one.taken.at, 0) if one.taken.at else one.lag
            alike = sum(other.standing >= one.standing * ALIKE for other in proven)
            others = min(one.others, alike - 1)
            time = chance.by_time(min(acted, one.lag), unsure, others, one.looked_back)
            found.append(one._replace(others=others, time=max(one.time, time)))
        else:
            found.append(one)
    return found


def _found(trouble: Trouble, scene: Scene, along: Along, since: int) -> list[Found]:
    """Every change within reach that can have to do with it."""
    until = trouble.onset.high + AFTERWARDS
    found: list[Found] = []
    met: set[str] = set()
    places = reach(trouble.object, scene.ties, trouble.symptom, along.through)
    for reached in (*places.values(), *reached_by_learning(trouble.learnt, places)):
        past = Past(
            each
            for each in scene.changes(reached.object, since, until)
            if isinstance(each.record, Change) and each.record.actor.kind not in _IGNORED
        )
        if not past.changes:
            continue
        beside, refused = _is_beside(reached), _refused(trouble, reached)
        named_itself = not beside and refused is None and _is_named(trouble, scene, reached)
        stands_for = scene.stand_for(reached.object, since, until)
        for each, change in zip(past.committed, past.changes, strict=True):
            if change.id in met:
                continue
            if reached.object not in places and learnt_of(change, trouble) is None:
                continue
            met.add(change.id)
            of, effect, edits = effect_of(change, trouble.symptom)
            named = not beside and (named_itself if refused is None else change.id in refused)
            if beside:
                of, effect = effect_beside(change)
            elif named:
                effect = 1.0 if effect >= _CAN else effect
            else:
                effect *= trouble.told.leaves(of)
            if effect == 0.0:
                continue
            times, followed = record_of(trouble, scene, change, edits, past)
            weight = along.weight(reached, acts_on_calls=_on_calls(reached, of))
            weight *= along.weight_at(change.happened_at)
            found.append(
                Found(
                    reached, each, change, past, of, effect, weight, edits, named, stands_for,
                    times, followed,
                )
            )  # fmt: skip
    return found


class _Alike:
    """How many changes are as suspicious as one; each counts as many as it stands for."""

    def __init__(self, found: Iterable[Found]) -> None:
        pairs = sorted((one.usual, one.stands_for) for one in found)
        self._usual = [usual for usual, _ in pairs]
        self._up_to = [0.0, *accumulate(stands_for for _, stands_for in pairs)]

    def least(self, usual: float) -> int:
        """Of those that are at least so suspicious."""
        return round(self._up_to[-1] - self._up_to[bisect_left(self._usual, usual)])


def _refused(trouble: Trouble, reached: Reached) -> frozenset[str] | None:
    """Of what refuses something, only the change that made it do so is meant; None: it does not."""
    found = [one.change for one in trouble.told.refuse if one.object == reached.object]
    return frozenset(found) if found else None


def _is_named(trouble: Trouble, scene: Scene, reached: Reached) -> bool:
    """Whether Kubernetes' words name the object: of the trouble, or of the last workload's own."""
    if any(ref == reached.object for ref, _ in trouble.told.objects):
        return True
    near = reached.way[-1].near if reached.way else trouble.object
    onset = trouble.onset
    return reached.object in scene.named(near, onset.low - BEFORE, onset.high + AFTERWARDS)


def _on_calls(reached: Reached, of: Class) -> bool:
    """Whether a change acts on connections to the last service, or on its data, not on its pods."""
    if of in (Class.POLICY, Class.ROUTING, Class.RUN, Class.STORAGE):
        return True
    return any(step.far.kind == "CronJob" for step in reached.way) or (
        bool(reached.way) and reached.way[-1].kind == "calls"
    )


def _judged(
    trouble: Trouble,
    scene: Scene,
    along: Along,
    found: Found,
    before: _Alike,
    looked_back: int,
) -> Suspect:
    reached, each, change, of = found.reached, found.each, found.change, found.of
    onset = trouble.onset
    here = along.began(reached, change.happened_at)
    lag = here.high - change.happened_at
    alike = before.least(found.standing * ALIKE)
    counted = change.happened_at <= onset.high and found.usual >= found.standing * ALIKE
    others = max(alike - counted, 0)

    def troubled(ref: ObjectRef) -> tuple[ObjectRef, ...]:
        if ref == trouble.object:
            return trouble.pods
        return scene.in_trouble(ref, onset.low - BEFORE, onset.high)

    taken = taken_by(
        change, of, reached, troubled, scene.pods, onset,
        cuts=scene.cuts(each, reached) if _is_asked(change, of, lag) else None, nodes=trouble.nodes,
        rejected=trouble.told.rejected,
    )  # fmt: skip
    if _is_beside(reached):
        taken = _of_neighbour(reached, change, scene)
    elif found.named and found.effect >= _CAN:
        taken = NAMED
    # what gives more takes nothing away; a restart only brings out what was changed before it
    harmless = bool(found.edits) and all(gives(edit, trouble.symptom) for edit in found.edits)
    harmless = harmless and not _is_beside(reached)
    if taken.proven and (harmless or of is Class.RESTART):
        taken = taken._replace(weight=1.0)
    acted = min(lag, max(here.high - taken.at, 0)) if taken.at else lag
    suspect = Suspect(
        each, change, reached, of, found.effect, found.along, taken,
        chance.by_time(acted, here.high - here.low, others, looked_back),
        chance.by_record(found.followed, found.times),
        _ENDED if ended_with_it(trouble, change, found.paths, scene) else 1.0,
        lag, others, looked_back, found.times, found.followed,
        learnt=learnt_of(change, trouble),
    )  # fmt: skip
    return suspect._replace(ruled_out=_why_not(suspect, found.past, found.paths, onset))


def _is_beside(reached: Reached) -> bool:
    return bool(reached.way) and reached.way[-1].kind in BESIDE


def _of_neighbour(reached: Reached, change: Change, scene: Scene) -> Taken:
    """Of a workload that shares the node: whether its pods came there since."""
    came = scene.beside(reached.way[-1].near).get(reached.object, ())
    arrival = next((one for one in came if one.at >= change.happened_at), None)
    if arrival is None:
        return Taken(0.0, "none of its pods came to the node since")
    if scene.is_pressed(arrival.node):
        return Taken(PROOF, f"its pods came to {arrival.node}, which ran short", arrival.at)
    return Taken(UNPRESSED, f"that {arrival.node} ran short is not known", arrival.at)


def _is_asked(change: Change, of: Class, lag: int) -> bool:
    """States are only read for what may matter: on the day of the trouble, what can cut."""
    cuts = of in _CUTS or (of is Class.DELETED and change.object.kind in _CUT_BY_ABSENCE)
    return cuts and 0 <= lag <= 86_400 * SECOND


def _why_not(suspect: Suspect, past: Past, paths: set[str], onset: Onset) -> str:
    if suspect.lag < 0:
        return "it was made after the trouble began"
    later = overwritten(suspect.change, past, paths, onset)
    if later is not None:
        made = suspect.change.verb == "create" and not suspect.change.edits
        did = "edited it" if made else "set the field anew"
        return f"it was no longer in force: {later.actor.name or 'somebody'} {did}"
    if suspect.taken.weight == 0.0:
        return suspect.taken.words
    if suspect.times >= _UNSEEN and suspect.followed == 0:
        return f"{suspect.times} times it was done before, and nothing followed"
    return ""
