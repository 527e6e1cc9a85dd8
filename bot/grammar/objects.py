"""Objects as kubectl's users name them: `TYPE/NAME`, `TYPE NAME`, short names, groups.

What the memory knows decides what a name means: a custom kind is known by its objects, and an
object that is only in one namespace needs no `-n`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from kubectl_smart.memory.records.errors import BadInput, NothingKnown
from kubectl_smart.memory.records.kinds import by_word
from kubectl_smart.memory.records.objects import ObjectRef

if TYPE_CHECKING:
    from kubectl_smart.memory.index.lookups import Index
    from kubectl_smart.memory.index.rows import ObjectRow

_DEFAULT = "default"


class Named(NamedTuple):
    """An object as it was written: a word for the kind, and a name ("" for all of them)."""

    word: str
    name: str


def split_name(words: Sequence[str]) -> Named:
    """`["deployment/api"]` or `["deployment", "api"]`; BadInput for anything else."""
    if len(words) == 1 and words[0].count("/") == 1:
        word, _, name = words[0].partition("/")
        if word and name:
            return Named(word, name)
    if len(words) == 2 and not any("/" in word for word in words):
        return Named(words[0], words[1])
    said = " ".join(words)
    raise BadInput(
        f"{said!r} names no object" if said else "no object was named",
        "write TYPE/NAME, for example deployment/payment-api",
    )


def kinds_for(index: Index, word: str) -> list[tuple[str, str]]:
    """The (group, kind) pairs a word may mean: Kubernetes' own first, then those known here.

    BadInput if there are none.
    """
    found = [(info.group, info.kind) for info in by_word(word)]
    if found:
        return found
    head, _, group = word.lower().partition(".")
    version, _, rest = group.partition(".")
    groups = {group, rest} if version[:1] == "v" and version[1:2].isdigit() else {group}
    for known_group, kind in index.kinds():
        low = kind.lower()
        plurals = {low, f"{low}s", f"{low}es", f"{low[:-1]}ies" if low.endswith("y") else low}
        if head in plurals and (not group or known_group in groups):
            found.append((known_group, kind))
    if not found:
        raise BadInput(
            f"the memory knows no kind {word!r}",
            "write one like deployment, cm, svc or certificates.cert-manager.io",
        )
    return found


def find_object(index: Index, named: Named, namespace: str | None) -> ObjectRow:
    """The one object meant. NothingKnown if there is none, BadInput if it could be several.

    namespace  None: not said; the object is looked for everywhere, `default` first
    """
    kinds = kinds_for(index, named.word)
    found = {row.ref: row for row in index.find_objects(kinds, named.name, namespace)}
    ref = only_one(list(found), kinds, named, namespace, "is known")
    if ref is None:
        raise nothing_known(index, kinds, named, namespace)
    return found[ref]


_SERVING = (
    ("", "Service"),
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("apps", "DaemonSet"),
    ("batch", "CronJob"),
    ("batch", "Job"),
    ("networking.k8s.io", "Ingress"),
    ("", "Node"),
    ("", "Pod"),
)
"""What a bare name in `trace` may mean, the likeliest first."""


def find_serving(index: Index, named: Named, namespace: str | None) -> ObjectRef:
    """The service or workload meant, by a bare name or as `find_object`; the same errors."""
    if named.word:
        return find_object(index, named, namespace).ref
    rows = index.find_objects(_SERVING, named.name, namespace)
    kinds = [one for one in _SERVING if any((row.ref.group, row.ref.kind) == one for row in rows)]
    asked = Named("service", named.name)
    ref = only_one([row.ref for row in rows], kinds, asked, namespace, "is known")
    if ref is None:
        raise nothing_known(index, _SERVING, asked, namespace)
    return ref


def only_one(
    refs: Sequence[ObjectRef],
    kinds: Sequence[tuple[str, str]],
    named: Named,
    namespace: str | None,
    known: str,
) -> ObjectRef | None:
    """The one meant of several of the same name; None if there are none.

    Of several kinds the first, of several namespaces `default` if none was said. BadInput if it
    could still be several; `known` says how they are: "is known", "existed then".
    """
    found = [ref for ref in refs if kinds and (ref.group, ref.kind) == kinds[0]] or list(refs)
    if len(found) > 1 and namespace is None:
        found = [ref for ref in found if ref.namespace == _DEFAULT] or found
    if len(found) > 1:
        places = ", ".join(ref.namespace or "cluster scope" for ref in found)
        raise BadInput(
            f"{named.word}/{named.name} {known} in several namespaces: {places}",
            "say which with -n NAMESPACE",
        )
    return found[0] if found else None


def nothing_known(
    index: Index, kinds: Sequence[tuple[str, str]], named: Named, namespace: str | None
) -> NothingKnown:
    """The error that names the nearest thing known."""
    kind = kinds[0][1]
    where = f" in namespace {namespace}" if namespace else ""
    elsewhere = index.find_objects(kinds, named.name, None)
    if elsewhere:
        places = ", ".join(sorted({row.ref.namespace or "cluster scope" for row in elsewhere}))
        near = f"it is known in {places}"
    else:
        similar = index.similar(named.name, kind, namespace, 3)
        if similar:
            near = f"the nearest known: {', '.join(spelled(ref) for ref in similar)}"
        elif index.kinds():
            near = "no name like it is known either: look at its spelling"
        else:
            near = "the memory is empty: import an audit log first"
    return NothingKnown(f"nothing is known of {kind.lower()} {named.name}{where}", near)


def spelled(ref: ObjectRef) -> str:
    """How a user would type it: `deployment/payment-api -n payments`."""
    place = f" -n {ref.namespace}" if ref.namespace else ""
    return f"{ref.kind.lower()}/{ref.name}{place}"
