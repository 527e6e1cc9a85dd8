"""Fields as people ask for them: `--replicas=5`, `--image`, `--CACHE_SIZE`, `--field spec.paused`.

Which words are options of ours and which are fields, click decides first: what it does not know
comes here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kubectl_smart.memory.records.errors import BadInput


class FieldAsked(NamedTuple):
    """The field of a question; "" for the whole object; value None if none was given."""

    field: str
    value: str | None


def field_asked(words: Sequence[str], option: str | None) -> tuple[list[str], FieldAsked]:
    """(the words that are no fields, the field asked for).

    option  the value of --field, `NAME` or `NAME=VALUE`. BadInput for more than one field.
    """
    rest = [word for word in words if not word.startswith("--")]
    fields = [word.removeprefix("--") for word in words if word.startswith("--")]
    if option is not None:
        fields.append(option)
    strange = [word for word in rest if word.startswith("-")]
    if strange:
        raise BadInput(f"{strange[0]} is no option", "see `kubectl smart why --help`")
    if len(fields) > 1:
        raise BadInput(
            f"two fields at once: {' and '.join(fields)}", "ask for one, or for the whole object"
        )
    if not fields:
        return rest, FieldAsked("", None)
    name, equals, value = fields[0].partition("=")
    if not name:
        raise BadInput("the field has no name", "write --replicas or --field spec.replicas")
    return rest, FieldAsked(name, value if equals else None)
