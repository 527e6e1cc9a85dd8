"""Who and what ids stand for on the page, as the acting person sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from kubectl_smart.bot.console.page.seam import ChannelSeen, PersonSeen
from kubectl_smart.bot.console.page.tags import tag

FILES = "/page/files/"
"""Where uploaded files are served."""


@dataclass(frozen=True, slots=True)
class Names:
    """People and channels by id.

    scope  prefix of ids of form fields, unique on the page
    """

    people: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)
    scope: str = ""

    def person(self, user: str) -> Markup:
        """A chip: @name, or the id if nobody has it."""
        return tag("span", f"@{self.people.get(user, user)}", class_="chip person")

    def channel(self, channel: str) -> Markup:
        """A chip: #name, or the id if there is none."""
        return tag("span", f"#{self.channels.get(channel, channel)}", class_="chip channel")


def names_of(
    people: Sequence[PersonSeen], channels: Sequence[ChannelSeen], scope: str = ""
) -> Names:
    """The names of a workspace."""
    return Names(
        people={one.id: one.name for one in people},
        channels={one.id: one.name for one in channels},
        scope=scope,
    )
