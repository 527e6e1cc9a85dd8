"""What people look at, and what they try in vain: requests put together into commands.

One kubectl command is several requests: a describe is a get and a list of events, the logs of a
deployment are a get, a list of pods and a log. The requests of one person and client that follow
each other within two seconds are a burst; when it is over, `commands_in` reads the commands out
of it. A read that only prepared a write of the same person to the same object (scale, edit,
apply, drain …) is part of that write and no step of its own.
"""

from __future__ import annotations

from typing import NamedTuple

from kubectl_smart.capture.decoding.clients import called, command_line
from kubectl_smart.capture.decoding.commands import name_of, noun
from kubectl_smart.capture.decoding.events import AuditEvent
from kubectl_smart.capture.decoding.kinds import Kinds, kind_of
from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.kinds import by_resource
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef

PREPARED = 2_000_000
"""Microseconds between a command's reads and its write, and between the requests of a burst."""

AT_ONCE = 200_000
"""Microseconds between requests that no person makes separately."""

DELETED = 120_000_000
"""Microseconds for which a read of an object its reader deleted only waits for it to go."""

_EVENTS = frozenset({("", "events"), ("events.k8s.io", "events")})


class Look(NamedTuple):
    """One request of a person, as much as matters for rebuilding the command.

    started, ended  microseconds since 1970-01-01 UTC
    what            (group, resource) plus the scope: namespace and name, "" for none
    deleted         True for a deletion or eviction, kept to recognise who waits for it
    attempt         the command of a write that was refused; "" otherwise
    """

    sequence: int
    audit_id: str
    started: int
    ended: int
    verb: str
    group: str
    resource: str
    subresource: str
    namespace: str
    name: str
    fields: str
    labels: str
    options: tuple[str, ...]
    kind: str
    noun: str
    code: int
    message: str
    client: str
    deleted: bool = False
    attempt: str = ""

    @property
    def scope(self) -> tuple[str, str, str, str]:
        """The object it is about, without the subresource."""
        return (self.group, self.resource, self.namespace, self.name)


class Command(NamedTuple):
    """One thing a person did, with the requests it was made of."""

    action: str
    target: ObjectRef | None
    namespace: str
    text: str
    looks: tuple[Look, ...]

    @property
    def main(self) -> Look:
        """The request that tells how it went: the last one."""
        return self.looks[-1]


def look(event: AuditEvent, actor: Actor, kinds: Kinds, sequence: int, attempt: str = "") -> Look:
    """The request, as bursts keep it."""
    info = by_resource(event.group, event.resource)
    namespaced = info is None or info.namespaced
    program = command_line(event.agent)
    return Look(
        sequence,
        event.audit_id,
        event.started_at,
        event.at,
        event.verb,
        event.group,
        event.resource,
        event.subresource,
        event.namespace if namespaced else CLUSTER,
        name_of(event),
        event.parameter("fieldSelector"),
        event.parameter("labelSelector"),
        _options(event),
        kind_of(kinds, event.group, event.resource),
        noun(event),
        event.code,
        event.message if event.failed else "",
        program or f"{called(actor, event.agent, event.field_manager)}:",
        event.verb in ("delete", "deletecollection") or event.subresource == "eviction",
        attempt,
    )


def _options(event: AuditEvent) -> tuple[str, ...]:
    """The flags of logs, exec and their like that the request shows."""
    shown = []
    if event.subresource == "log":
        for parameter, flag in (("previous", "--previous"), ("follow", "-f")):
            if event.parameter(parameter) == "true":
                shown.append(flag)
        for parameter, flag in (("tailLines", "--tail"), ("sinceSeconds", "--since")):
            if value := event.parameter(parameter):
                shown.append(f"{flag}={value}{'s' if flag == '--since' else ''}")
    if container := event.parameter("container"):
        shown.append(f"-c {container}")
    if event.subresource == "exec" and (words := event.query.get("command")):
        shown.append("-- " + " ".join(words))
    return tuple(shown)


def without_preparation(looks: tuple[Look, ...], write: Look) -> tuple[Look, ...]:
    """The burst without the reads that only prepared this write.

    A command reads its object once (a scale the object and its scale): the last time before the
    write. Lists by label since then, and the list a drain or a deletion by label begins with,
    are part of it too.
    """
    near = [at for at, one in enumerate(looks) if _only_reads(one) and _just_before(one, write)]
    last = {looks[at].subresource: at for at in near if looks[at].scope == write.scope}
    first = min(last.values(), default=len(looks))
    lists = [
        at for at in near if looks[at].verb == "list" and (looks[at].labels or looks[at].fields)
    ]
    taken = {*last.values(), *(at for at in lists if at > first or _chooses(looks[at], write))}
    nodes = {looks[at].fields.removeprefix("spec.nodeName=") for at in taken}
    for at in near:
        again = looks[at].scope == write.scope and at < first < max(taken)
        if again and looks[first].started - looks[at].ended <= AT_ONCE:
            taken.add(at)  # a rollback looks its object up twice, then the revisions
        elif looks[at].resource == "nodes" and looks[at].name in nodes:
            taken.add(at)  # a drain looks its node up, then the pods there
    return tuple(one for at, one in enumerate(looks) if at not in taken)


def _chooses(listing: Look, write: Look) -> bool:
    """Whether a list found what a deletion by label or a drain was to take away."""
    return write.deleted and listing.scope[:3] in (write.scope[:3], (*write.scope[:2], ""))


def _only_reads(one: Look) -> bool:
    return not one.deleted and not one.attempt and one.subresource in ("", "scale")


def _just_before(one: Look, write: Look) -> bool:
    return -PREPARED <= write.started - one.ended <= PREPARED


def commands_in(looks: tuple[Look, ...]) -> list[Command]:
    """The commands of a burst, in the order of their first requests."""
    ordered = sorted(looks, key=lambda one: (one.started, one.audit_id))
    gone = {one.scope: one for one in ordered if one.deleted and not one.attempt}
    left = [one for one in ordered if not one.deleted or one.attempt]
    left = [one for one in left if not _waits_for(one, gone)]
    commands: list[Command] = []
    while left:
        command, taken = _next_command(left)
        commands.append(command)
        left = [one for at, one in enumerate(left) if at not in taken]
    return commands


def _waits_for(one: Look, gone: dict[tuple[str, str, str, str], Look]) -> bool:
    """Whether a read only waits for something its reader deleted just before."""
    if not gone or one.attempt:
        return False
    name = one.name or one.fields.removeprefix("metadata.name=")
    deleted = gone.get((one.group, one.resource, one.namespace, name))
    return deleted is not None and -PREPARED <= one.ended - deleted.started <= DELETED


def _next_command(left: list[Look]) -> tuple[Command, set[int]]:
    """The command that the first of these requests begins, and which of them it takes."""
    first = left[0]
    if first.attempt:
        return _command("attempt", first, first.attempt, (first,)), {0}
    if first.subresource in ("", "scale") and first.name and first.verb == "get":
        for at, one in enumerate(left[1:], 1):
            if one.started - first.started > PREPARED:
                break
            if _describes(one, first):
                taken = tuple(left[: at + 1])
                text = _text(first, "describe", first.noun, first.name)
                return _command("describe", first, text, taken), set(range(at + 1))
            if one.scope == first.scope and one.verb == "get" and one.client == "kubectl":
                # describers look their object up again; kinds without events end there
                if at == 1 and one.started - first.ended <= AT_ONCE and not _events_of(left, first):
                    text = _text(first, "describe", first.noun, first.name)
                    return _command("describe", first, text, (first, one)), {0, 1}
                continue
            if _goes_into(one, first, left[1:at]):
                taken = (first, *(x for x in left[1:at] if x.labels and x.resource == "pods"), one)
                return _of_subresource(first, one, taken), {left.index(x) for x in taken}
    if first.subresource not in ("", "scale", "status"):
        return _of_subresource(first, first, (first,)), {0}
    if first.group == "metrics.k8s.io":
        return _command("top", first, _text(first, "top", first.noun, first.name), (first,)), {0}
    return _plain(first, left)


def _events_of(left: list[Look], first: Look) -> bool:
    return any(
        _describes(one, first) and one.started - first.started <= PREPARED for one in left[1:]
    )


def _describes(one: Look, first: Look) -> bool:
    """Whether this is the list of events by which a describe ends."""
    if (one.group, one.resource) not in _EVENTS or one.verb != "list":
        return False
    wanted = f".name={first.name}"
    return any(part.endswith(wanted) for part in one.fields.split(","))


def _goes_into(one: Look, first: Look, between: list[Look]) -> bool:
    """Whether this is a log or exec for which `first` looked the object up."""
    if one.subresource in ("", "scale", "status") or one.resource != "pods":
        return False
    if one.scope == first.scope:
        return True
    listed = any(x.verb == "list" and x.resource == "pods" and x.labels for x in between)
    return listed and one.namespace == first.namespace


_ACTIONS = {"log": "logs", "portforward": "port-forward"}


def _of_subresource(named: Look, one: Look, taken: tuple[Look, ...]) -> Command:
    action = _ACTIONS.get(one.subresource, one.subresource)
    what = named.name if named.resource == "pods" else f"{named.noun}/{named.name}"
    if action == "proxy":
        what = f"--raw {one.noun}/{one.name}/proxy"
        action = "get"
    return _command(action, named, _text(one, action, what, *one.options), taken)


def _plain(first: Look, left: list[Look]) -> tuple[Command, set[int]]:
    """A get or list, with the watch that goes on from it."""
    selector = [f"-l {first.labels}"] if first.labels else []
    name, fields = first.name, first.fields
    if fields.startswith("metadata.name=") and "," not in fields:
        name, fields = fields.removeprefix("metadata.name="), ""
    if fields:
        selector.append(f"--field-selector {fields}")
    taken = {0}
    watches = first.verb == "watch"
    for at, one in enumerate(left[1:], 1):
        same = one.verb == "watch" and one.scope[:3] == first.scope[:3]
        if same and not watches and one.started - first.ended <= PREPARED:
            taken.add(at)
            watches = True
    if watches:
        selector.append("--watch")
    looks = tuple(one for at, one in enumerate(left) if at in taken)
    text = _text(first, "get", first.noun if name else _plural(first), name, *selector)
    action = "watch" if watches else "list" if first.verb == "list" and not name else "get"
    command = _command(action, first._replace(name=name), text, looks)
    return command, taken


def _plural(one: Look) -> str:
    known = by_resource(one.group, one.resource) is not None
    return one.resource if known or not one.group else f"{one.resource}.{one.group}"


def _text(one: Look, *words: str) -> str:
    info = by_resource(one.group, one.resource)
    namespaced = info.namespaced if info is not None else bool(one.namespace)
    scope = f"-n {one.namespace}" if one.namespace else "-A" if namespaced else ""
    said = [word for word in words if word]
    command = said[-1] if said and said[-1].startswith("-- ") else ""
    if command:
        said.pop()
    return " ".join(word for word in (one.client, *said, scope, command) if word)


def _command(action: str, named: Look, text: str, looks: tuple[Look, ...]) -> Command:
    target = ObjectRef(named.group, named.kind, named.namespace, named.name) if named.name else None
    return Command(action, target, named.namespace, text, looks)
