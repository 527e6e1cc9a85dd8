"""Notes of an incident that say of themselves what they are.

    follow-up: give the cache its own node        also "follow up:", "todo:", "action:"
    cause: the queue was never drained            also "root cause:"

Upper and lower case are the same. What is not marked is a note like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from kubectl_smart.memory.answers.basis import Said

FOLLOW_UP = re.compile(r"\s*(?:follow[- ]?up|todo|action)s?\s*:\s*", re.IGNORECASE)
CAUSE = re.compile(r"\s*(?:root[- ])?cause\s*:\s*", re.IGNORECASE)


def marked(notes: Iterable[Said], mark: re.Pattern[str]) -> tuple[Said, ...]:
    """The notes that begin with a mark, without it; those with nothing behind it are left out."""
    found = []
    for one in notes:
        match = mark.match(one.text)
        if match is not None and (text := one.text[match.end() :].strip()):
            found.append(replace(one, text=text))
    return tuple(found)
