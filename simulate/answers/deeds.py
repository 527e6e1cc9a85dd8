"""What commands did, in the words in which the memory tells what was done before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_smart.memory.formats.diffs import diff
from kubectl_smart.memory.formats.operations import DELETE, DRAIN, ROLLED, SCALED, operation
from kubectl_smart.simulate.admission import defaulted
from kubectl_smart.simulate.answers.model import Deed
from kubectl_smart.simulate.cluster.reading import name_of, namespace_of
from kubectl_smart.simulate.cluster.store import Cluster, kind_of
from kubectl_smart.simulate.commands import Delete, Effect, Evict, Put

_TOLD = ROLLED | SCALED | {"Node"}


def deeds(effects: Iterable[Effect], cluster: Cluster) -> Iterator[Deed]:
    """Each thing that moves pods. The cluster is as it was before the effects.

    A drain is one deed; its cordon, if it had to cordon, is another.
    """
    for effect in list(effects):
        match effect:
            case Delete():
                yield Deed(DELETE, effect.kind, effect.namespace, effect.name)
            case Evict():
                yield Deed(DRAIN, "Node", "", effect.node)
            case Put():
                kind, place = kind_of(effect.obj), namespace_of(effect.obj)
                old = cluster.get(kind, place, name_of(effect.obj))
                if old is None or kind not in _TOLD:
                    continue
                # with the defaults that it is stored with, whoever wrote the snapshot
                before, after = _declared(defaulted(old, cluster)), _declared(effect.obj)
                word = operation(kind, diff(before, after), gone=False)
                if word is not None:
                    yield Deed(word, kind, place, name_of(effect.obj))
            case _:
                pass


def _declared(raw: object) -> dict[str, object]:
    if not isinstance(raw, dict):
        return {}
    return {key: value for key, value in raw.items() if key != "status"}
