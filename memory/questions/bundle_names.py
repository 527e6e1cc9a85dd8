"""Names of people out of a bundle: pseudonyms that stay the same all through it.

`human-1` is whoever changed something first; so the same memory and the same question give the
same pseudonyms, and two bundles cannot be joined by them. In texts names are replaced where they
stand as a word of their own, whole or as the part of an address before the @; addresses of people
nobody has heard of go as well. Names of objects stay as they are: they are what is told of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.evidence import Evidence

_PEOPLE = (ActorKind.HUMAN, ActorKind.AUTOMATION, ActorKind.UNKNOWN)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*")
_SOMEBODY = "somebody"
_SHORTEST = 3
"""What is shorter is not looked for in texts: it would be found in half of them."""


def without_names(evidence: Evidence, actors: Iterable[Actor]) -> Evidence:
    """The evidence with pseudonyms.

    actors  everybody whose name may stand in it, in the order in which they are numbered
    """
    known = _pseudonyms(actors)
    text = _in_texts(known)
    return replace(
        evidence,
        edits=tuple(
            one._replace(
                actor=known.get(one.actor) or text(one.actor),
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


def _in_texts(known: Mapping[str, str]) -> Callable[[str], str]:
    """Replaces names that stand in texts; `known` is the pseudonym of each."""
    words = {name: said for name, said in known.items() if len(name) >= _SHORTEST}
    for name, said in known.items():
        first, at, _ = name.partition("@")
        if at and said.startswith(ActorKind.HUMAN) and len(first) >= _SHORTEST:
            words.setdefault(first, said)
    folded = {name.casefold(): said for name, said in words.items()}
    longest_first = sorted(words, key=lambda one: (-len(one), one))
    some = "|".join(map(re.escape, longest_first)) or "(?!)"
    pattern = re.compile(rf"(?<![\w.@-])(?:{some})(?![\w@-])", re.IGNORECASE)

    def replaced(match: re.Match[str]) -> str:
        return words.get(match[0]) or folded.get(match[0].casefold(), _SOMEBODY)

    return lambda said: _ADDRESS.sub(_SOMEBODY, pattern.sub(replaced, said))


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
