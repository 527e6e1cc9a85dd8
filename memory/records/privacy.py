"""What may be told of people where what they do is counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LEAST_GROUP = 3


@dataclass(frozen=True, slots=True)
class Privacy:
    """By default people are named nowhere, and no deed of theirs is cited.

    names        whether they are named
    roles        name -> role, told instead of "somebody on call"
    silent       people whose deeds count for no habit
    least_group  so many different people at least make a habit one of the team
    """

    names: bool = False
    roles: Mapping[str, str] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    least_group: int = LEAST_GROUP
