"""Edits that give more than before: a higher limit, a wider bound, a node that takes pods again.

Such an edit cannot have taken away what is missing: a container that may use more memory than
before is not killed for that, a quota that was raised refuses nobody it let in before. It is
suspected, but five times less: a higher limit may still fill a node.
"""

from __future__ import annotations

from kubectl_smart.memory.formats.quantities import quantity
from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.records.changes import ABSENT, FieldEdit

LESS = 0.2
"""How much is left of the suspicion of an edit that gives more."""


def gives(edit: FieldEdit, symptom: Symptom) -> bool:
    """Whether the field allows more after it than before; False where that is not known.

    Requests are the other way round for pods that wait for a node: less is asked of it.
    """
    path = edit.path
    if path.startswith(("spec.unschedulable", "spec.taints")):
        return edit.after is ABSENT or edit.after in (False, None, [])
    bound = "limits" in path or path.endswith(("maxReplicas", "minReplicas")) or "spec.hard" in path
    asked = "requests" in path and "spec.hard" not in path
    if not (bound or asked):
        return False
    if edit.after is ABSENT:
        return bound
    before, after = quantity(edit.before), quantity(edit.after)
    if before is None or after is None or before.percent != after.percent:
        return False
    if symptom is Symptom.UNSCHEDULABLE and asked:
        return after.amount < before.amount
    return after.amount > before.amount
