"""Names of people out of a bundle: pseudonyms that stay the same all through it.

`human-1` is whoever changed something first; so the same memory and the same question give the
same pseudonyms, and two bundles cannot be joined by them. In texts names are replaced where they
stand as a word of their own, whole or as the part of an address before the @, and addresses of
people nobody has heard of go as well. Names of objects stay as they are: they are what is told of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.evidence import Evidence

_PEOPLE = (ActorKind.HUMAN, ActorKind.AUTOMATION, ActorKind.UNKNOWN)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*")
_SOMEBODY = "somebody"
_SHORTEST_WORD = 3
"""What stands before the @ is no name to look for in texts if it is shorter."""


def without_names(evidence: Evidence, actors: Iterable[Actor]) -> Evidence:
    """The evidence with pseudonyms.

    actors  everybody whose name may stand in it, in the order in which they are numbered
    """
    known = _pseudonyms(actors)
    words = {name.casefold(): said for name, said in known.items()}
    for name, said in known.items():
        first = name.partition("@")[0]
        if said.startswith(ActorKind.HUMAN) and "@" in name and len(first) >= _SHORTEST_WORD:
            words.setdefault(first.casefold(), said)
    ordered = sorted(words, key=lambda one: (-len(one), one))
    pattern = re.compile(
        rf"(?<![\w.@-])(?:{'|'.join(map(re.escape, ordered))})(?![\w@-])" if ordered else r"(?!)",
        re.IGNORECASE,
    )

    def text(said: str) -> str:
        found = pattern.sub(lambda match: words.get(match[0].casefold(), _SOMEBODY), said)
        return _ADDRESS.sub(_SOMEBODY, found)

    return replace(
        evidence,
        edits=tuple(
            one._replace(
                actor=text(one.actor),
                object=text(one.object),
                before=text(one.before),
                after=text(one.after),
                text=text(one.text),
            )
            for one in evidence.edits
        ),
        events=tuple(one._replace(message=text(one.message)) for one in evidence.events),
        alerts=tuple(one._replace(text=text(one.text)) for one in evidence.alerts),
    )


def _pseudonyms(actors: Iterable[Actor]) -> dict[str, str]:
    """By name. Who only acts for somebody else is known by how they act."""
    found: dict[str, str] = {}
    numbers = dict.fromkeys(_PEOPLE, 0)
    for actor in actors:
        for name in (actor.name, actor.acting_for):
            if name and name not in found and actor.kind in numbers:
                numbers[actor.kind] += 1
                found[name] = f"{actor.kind}-{numbers[actor.kind]}"
    return found
