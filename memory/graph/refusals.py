"""Who refuses that something is made, and which change began it: read from states.

The words of a refusal name a bound and not its LimitRange, a webhook and not its configuration, a
right and not the role that granted it. So what stood then is searched for it. Of every object that
refuses, the change counts that brought the very part that does: of the bound, of that webhook, of
the label; of rights, the change of a role or a binding since which nothing grants the request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from kubectl_smart.memory.formats.quantities import quantity
from kubectl_smart.memory.formats.refusal_words import Bound, Denied, Refusal, refusal_in
from kubectl_smart.memory.formats.wiring.walking import inside, items, mapping, text
from kubectl_smart.memory.graph.connections import state_of
from kubectl_smart.memory.graph.rights import RBAC, allows, binds, role_of
from kubectl_smart.memory.graph.told import Refuser
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.facts import ReadStates
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef

ADMISSION = "admissionregistration.k8s.io"
_HOOKS = tuple(
    (ADMISSION, kind) for kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
)
_RIGHTS = tuple(
    (RBAC, kind) for kind in ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
)
_BINDINGS = frozenset({"RoleBinding", "ClusterRoleBinding"})
_ENGINES = (".kyverno.io", ".gatekeeper.sh")
_LEVEL = "pod-security.kubernetes.io/enforce"
_DAY = 86_400_000_000
"""Roles and bindings that stood so long before, microseconds, and are gone are looked at, too."""
MOST_CHANGES = 500
"""So many changes of each are looked at, the newest."""

State = Mapping[str, Any] | None


def refusers(
    index: Index, read_states: ReadStates, namespace: str, at: int, messages: Iterable[str]
) -> tuple[Refuser, ...]:
    """Everything that refuses by these messages, each once.

    namespace  of what could not be made
    at         when, microseconds since 1970-01-01 UTC
    """
    found: dict[ObjectRef, Refuser] = {}
    search = _Search(index, read_states, namespace, at)
    first: dict[Refusal, str] = {}
    for message in messages:
        first.setdefault(refusal_in(message), message)  # each new attempt has another pod's name
    for said, message in first.items():
        words = message.strip().partition("\n")[0]
        for ref, change in search.by_words(said):
            found.setdefault(ref, Refuser(ref, change, words))
    return tuple(found.values())


class _Search:
    """Looks up what stood at one instant."""

    def __init__(self, index: Index, read_states: ReadStates, namespace: str, at: int) -> None:
        self._index = index
        self._read_states = read_states
        self._namespace = namespace
        self._at = at

    def by_words(self, said: Refusal) -> Iterator[tuple[ObjectRef, str]]:
        """(what refuses, the change that began it) of what one message says."""
        for bound in said.bounds:
            yield from self._having(
                [("", "LimitRange")], self._namespace, partial(_bound, bound=bound)
            )
        for name in said.webhooks:
            yield from self._having(_HOOKS, CLUSTER, partial(_webhook, name=name))
        for policy, binding in said.policies:
            for kind, name in (("", policy), ("Binding", binding)):
                ref = ObjectRef(ADMISSION, f"ValidatingAdmissionPolicy{kind}", CLUSTER, name)
                yield ref, self._since(ref, _spec)
        for name in said.named:
            yield from self._of_engines(name)
        if said.security:
            ref = ObjectRef("", "Namespace", CLUSTER, self._namespace)
            yield ref, self._since(ref, _level)
        for request in said.denied:
            yield from self._taking_away(request)

    def _having(
        self, kinds: Iterable[tuple[str, str]], namespace: str, part: Callable[[State], Any]
    ) -> Iterator[tuple[ObjectRef, str]]:
        """The objects of these kinds that have a part."""
        for standing in self._index.state_at(self._at, namespace, list(kinds)):
            ref = standing[0].object
            if part(self._state(ref, self._at)) is not None:
                yield ref, self._since(ref, part)

    def _of_engines(self, name: str) -> Iterator[tuple[ObjectRef, str]]:
        for row in self._index.find_objects(None, name, None):
            ref = row.ref
            ours = ref.namespace in (CLUSTER, self._namespace)
            known = row.first_at <= self._at
            if ours and known and f".{ref.group}".endswith(_ENGINES):
                yield ref, self._since(ref, _spec)

    def _since(self, ref: ObjectRef, part: Callable[[State], Any]) -> str:
        """The last change, until then, that made the part what it is; "" if none is known."""
        now = part(self._state(ref, self._at))
        for change in self._changes(ref):
            if part(self._state(ref, change.happened_at - 1)) != now:
                return change.id
        return ""

    def _changes(self, ref: ObjectRef) -> Iterator[Change]:
        """The newest changes of an object until then, the newest first."""
        newest = self._index.last_changes_of(ref, 0, self._at + 1, MOST_CHANGES)
        for each in reversed(newest):
            if isinstance(each.record, Change):
                yield each.record

    def _state(self, ref: ObjectRef, at: int) -> State:
        return state_of(self._index, self._read_states, ref, at)

    # --- rights -----------------------------------------------------------------------------

    def _taking_away(self, request: Denied) -> Iterator[tuple[ObjectRef, str]]:
        """The roles and bindings of which a change took the right away, with that change."""
        places = dict.fromkeys((request.namespace or CLUSTER, CLUSTER))
        refs = list(
            dict.fromkeys(
                one[0].object
                for at in (self._at, self._at - _DAY)
                for place in places
                for one in self._index.state_at(at, place, list(_RIGHTS))
            )
        )
        bindings = [ref for ref in refs if ref.kind in _BINDINGS]
        for ref in refs:
            for change in self._changes(ref):
                at = change.happened_at
                if self._grants(ref, bindings, request, at - 1) and not self._grants(
                    ref, bindings, request, at
                ):
                    yield ref, change.id
                    break

    def _grants(self, ref: ObjectRef, bindings: list[ObjectRef], request: Denied, at: int) -> bool:
        """Whether an object had a part in granting the request."""
        if ref.kind in _BINDINGS:
            binding = self._state(ref, at)
            role = role_of(ref, binding)
            return (
                role is not None
                and binds(binding, request.user)
                and allows(self._state(role, at), request)
            )
        if not allows(self._state(ref, at), request):
            return False
        return any(
            role_of(one, found) == ref and binds(found, request.user)
            for one in bindings
            if (found := self._state(one, at)) is not None
        )


# --- the part that refuses ----------------------------------------------------------------------


def _bound(state: State, bound: Bound) -> Any:
    for _, one in items(inside(state, "spec"), "limits", "spec"):
        value = quantity(inside(one, bound.field).get(bound.resource))
        if text(one.get("type")) == bound.of and value and value == quantity(bound.value):
            return bound
    return None


def _webhook(state: State, name: str) -> Any:
    for _, one in items(dict(state or {}), "webhooks", ""):
        if text(one.get("name")) == name:
            return one
    return None


def _spec(state: State) -> Any:
    return None if state is None else mapping(state.get("spec"))


def _level(state: State) -> Any:
    return inside(state, "metadata", "labels").get(_LEVEL)
