"""What people do, as acts that can be compared: the most exact name first, then a coarser one.

`kubectl logs redis-7d4-x2 -n data` and `kubectl get deployment redis -n data` are both a check of
data/redis; the first is the logs of a pod, too. `kubectl exec … -- df -h` is a check of disk space,
wherever it ran.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from kubectl_smart.memory.graph.change_classes import Class
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.steps import Step

_PROGRAMS = {
    "df": "disk space",
    "du": "disk space",
    "free": "memory",
    "vmstat": "memory",
    "ps": "processes",
    "top": "processes",
    "nslookup": "DNS",
    "dig": "DNS",
    "host": "DNS",
    "ping": "the network",
    "traceroute": "the network",
    "netstat": "connections",
    "ss": "connections",
    "curl": "HTTP answers",
    "wget": "HTTP answers",
    "env": "the environment",
    "cat": "files",
    "redis-cli": "Redis",
    "psql": "PostgreSQL",
    "mysql": "MySQL",
}
"""Programs that people run in containers, and what they check with them."""

_CHANGES = {
    Class.REPLICAS_UP: "scales up",
    Class.REPLICAS_DOWN: "scales down",
    Class.RESTART: "restarts",
    Class.DELETED: "deletes",
    Class.TAKEN: "takes pods of",
    Class.CREATED: "creates",
}
_LOOKS = {
    "logs": "the logs of",
    "describe": "the description of",
    "top": "the usage of",
    "exec": "the inside of",
    "attach": "the inside of",
    "debug": "the inside of",
    "port-forward": "the ports of",
    "watch": "the changes of",
}


class Named(NamedTuple):
    """An act: words for it as exactly as it is known, and as one of many."""

    exact: str
    coarse: str


class Words:
    """Words by number."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        """The number of a text, a new one if it is new."""
        found = self._numbers.setdefault(text, len(self.texts))
        if found == len(self.texts):
            self.texts.append(text)
        return found


class Acts:
    """Acts by number."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._known: dict[Named, tuple[int, ...]] = {}

    def of(self, named: Named) -> tuple[int, ...]:
        """The numbers of its names, the exact one first; one if both are the same."""
        found = self._known.get(named)
        if found is None:
            every = dict.fromkeys((named.exact, named.coarse))
            found = self._known[named] = tuple(self._words.number(one) for one in every if one)
        return found


@lru_cache(maxsize=65_536)
def changed(kind: Class, ref: ObjectRef) -> Named:
    """A change of an object, by its class."""
    does = _CHANGES.get(kind)
    if does is None:
        return Named(f"changes {kind.value} of {ref.title}", f"changes {kind.value}")
    return Named(f"{does} {ref.title}", f"{does} {_several(ref.kind)}")


def looked_at(step: Step, owners: Mapping[ObjectRef, str]) -> Named | None:
    """What a step looked at; None for what was no look.

    owners  the names of what targets were made for, where they are known
    """
    if step.action == "attempt":
        return None
    inside = step.command.partition(" -- ")[2].split()
    if inside[1:2] == ["-c"] and len(inside) > 2:  # sh -c 'df -h'
        inside = [inside[2].strip("'\"")]
    if inside:
        program = inside[0].rpartition("/")[2]
        what = _PROGRAMS.get(program)
        checks = f"checks {what} ({program})" if what else f"runs {program}"
        if step.target is None:
            return Named(checks, checks)
        place = f"{step.target.namespace}/" if step.target.namespace else ""
        return Named(f"checks {place}{owners.get(step.target, step.target.name)}", checks)
    target = step.target
    if target is None:
        words = [one for one in step.command.split()[1:] if not one.startswith("-")]
        if len(words) < 2:
            return None
        does = "checks the usage of" if words[0] == "top" else "lists"
        return Named(f"{does} {words[1]}", f"{does} {words[1]}")
    place = f"{target.namespace}/" if target.namespace else ""
    coarse = f"checks {_LOOKS.get(step.action, 'the state of')} {_several(target.kind)}"
    return Named(f"checks {place}{owners.get(target, target.name)}", coarse)


@lru_cache(maxsize=1_024)
def _several(kind: str) -> str:
    """`deployments`, `network policies`."""
    spaced = "".join(f" {one.lower()}" if one.isupper() else one for one in kind).strip()
    if spaced.endswith("y"):
        return f"{spaced[:-1]}ies"
    return f"{spaced}es" if spaced.endswith("s") else f"{spaced}s"
