"""`key=value` and `key-` behind the resources they are for."""

from __future__ import annotations

from typing import NamedTuple

from kubectl_smart.memory.records.errors import BadInput


class Pairs(NamedTuple):
    """Words of a command: resources first, then what is set and what is taken away."""

    resources: tuple[str, ...]
    new: dict[str, str]
    gone: tuple[str, ...]


def pairs_of(words: tuple[str, ...], what: str, *, removable: bool = True) -> Pairs:
    """The pairs; BadInput names the word that is none. `what`: "label", "image" and so on."""
    at = next((i for i, word in enumerate(words) if _is_pair(word)), len(words))
    new: dict[str, str] = {}
    gone: list[str] = []
    remedy = f"Write each {what} as key=value" + (", or key- to remove it." if removable else ".")
    for word in words[at:]:
        if not _is_pair(word):
            raise BadInput(f"all resources must be specified before {what} changes: {word}", remedy)
        key, equals, value = word.partition("=")
        if equals and key:
            new[key] = value
        elif removable and not equals:
            gone.append(word[:-1])
        else:
            raise BadInput(f"invalid {what} format: {word}", remedy)
    if not new and not gone:
        raise BadInput(f"at least one {what} update is required", remedy)
    both = sorted(set(gone) & set(new))
    if both:
        raise BadInput(
            f"can not both modify and remove the following {what}(s) in the same command: "
            + ", ".join(both),
            "leave one of them out",
        )
    return Pairs(words[:at], new, tuple(gone))


def _is_pair(word: str) -> bool:
    return ("=" in word and word[0] != "=") or (word.endswith("-") and word != "-")
