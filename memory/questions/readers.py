"""Who reads a ConfigMap or Secret that was changed, and who has read it anew since.

What is read into variables is read at the start: whoever has not started since still has what was
there before. What is mounted is read again within a minute or two.
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_smart.memory.answers.causes import ChainStep, StepKind
from kubectl_smart.memory.graph.reach import Ties
from kubectl_smart.memory.graph.taking_effect import HOLD_DATA
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.objects import ObjectRef

_READ = frozenset({"reads", "mounts"})
_MOST = 6


def readers(index: Index, ties: Ties, change: Change, until: int) -> Iterable[ChainStep]:
    """One step that tells of all of them, where several read what was changed.

    ties   those that held when trouble began
    until  when it did, microseconds since 1970-01-01 UTC
    """
    ref = change.object
    if ref.kind not in HOLD_DATA or change.gone:
        return
    how: dict[ObjectRef, set[str]] = {}
    for tie in ties(ref):
        if tie.callee == ref and tie.kind in _READ:
            how.setdefault(tie.caller, set()).add(tie.kind)
    if len(how) < 2:
        return
    made = _made(index, ref.namespace, change.happened_at, until)
    said = [_said(one, how[one], made.get(one, 0)) for one in sorted(how)]
    more = f" and {len(said) - _MOST} more" if len(said) > _MOST else ""
    yield ChainStep(
        kind=StepKind.EFFECT,
        at=0,
        object=ref,
        sentence=f"{ref.title} is read by {'; '.join(said[:_MOST])}{more}",
    )


def _made(index: Index, namespace: str, since: int, until: int) -> dict[ObjectRef, int]:
    """Workload -> how many pods were made for it."""
    found: dict[ObjectRef, int] = {}
    for each in index.changes_between(since, until + 1, namespace, derived=True):
        change = each.record
        if isinstance(change, Change) and change.object.kind == "Pod" and change.verb == "create":
            owner = change.owner or change.object
            found[owner] = found.get(owner, 0) + 1
    return found


def _said(ref: ObjectRef, how: set[str], made: int) -> str:
    if made:
        return f"{ref.title}, {made} pod{'s' if made > 1 else ''} started since"
    if "mounts" in how:
        return f"{ref.title}, which mounts it and needs no restart"
    return f"{ref.title}, not started since"
