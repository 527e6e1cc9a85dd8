"""The columns beside the messages: people and channels, and the journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson
from markupsafe import Markup

from kubectl_smart.bot.console.page.messages import person_picture
from kubectl_smart.bot.console.page.mrkdwn import date
from kubectl_smart.bot.console.page.seam import ChannelSeen, PersonSeen
from kubectl_smart.bot.console.page.tags import NOTHING, joined, tag

HOME: Final = "home"
"""What stands for the App Home where a channel's id is expected."""
_MARKS: Final = {"public": "#", "private": "🔒", "im": "@", "shared": "#"}
_SPOKEN: Final = {"private": "private", "im": "direct message", "shared": "shared"}
_LONGEST_BODY: Final = 20_000


def people(found: Sequence[PersonSeen], user: str) -> Markup:
    """Whom one can act as; apps are not among them."""
    return joined(
        tag(
            "button",
            person_picture(one.id, one.name),
            tag("span", one.name, class_="name"),
            tag("span", "guest", class_="badge") if one.is_guest else NOTHING,
            type="button",
            class_="entry",
            data_do="person",
            data_user=one.id,
            data_name=one.name,
            aria_pressed="true" if one.id == user else "false",
        )
        for one in found
        if not one.is_bot
    )


def channels(found: Sequence[ChannelSeen], channel: str) -> Markup:
    """The app's Home and the conversations the acting person is in."""
    return joined(
        [_place(HOME, "⌂", "App Home", "", channel), *(_channel(one, channel) for one in found)]
    )


def journal(entries: Iterable[Mapping[str, Any]], *, opened: bool = False) -> Markup:
    """Entries in order, each with its number as `data-n`."""
    return joined(_entry(one, opened) for one in entries)


def _channel(one: ChannelSeen, channel: str) -> Markup:
    return _place(one.id, _MARKS[one.kind], one.name, _SPOKEN.get(one.kind, ""), channel)


def _place(id_: str, mark: str, name: str, spoken: str, channel: str) -> Markup:
    """`spoken`: the kind in a word, also for screen readers; "" if it goes without saying."""
    return tag(
        "button",
        tag("span", mark, class_="mark", aria_hidden="true"),
        tag("span", name, class_="name"),
        tag("span", spoken, class_="badge" if spoken == "shared" else "hidden")
        if spoken
        else NOTHING,
        type="button",
        class_="entry",
        data_do="channel",
        data_channel=id_,
        data_name=name if id_ == HOME else f"{_label(mark)}{name}",
        aria_current="page" if id_ == channel else None,
    )


def _label(mark: str) -> str:
    return "#" if mark == "🔒" else mark


def _entry(one: Mapping[str, Any], opened: bool) -> Markup:
    faults = one.get("faults") or ()
    good = bool(one.get("ok")) and not faults
    summary = tag(
        "summary",
        tag("span", "ok" if good else "rejected" if faults else "failed", class_="state"),
        tag("span", str(one.get("what", "")), class_="what"),
        tag("span", str(one.get("direction", "")), class_="direction"),
        date(str(one.get("at", "")).partition(".")[0], "{time_secs}", ""),
    )
    said = tag("ul", *(tag("li", str(fault)) for fault in faults)) if faults else NOTHING
    return tag(
        "details",
        summary,
        said,
        tag("pre", _json(one.get("body")), tabindex="0"),
        class_="call good" if good else "call bad",
        data_n=str(one.get("n", "")),
        open=opened,
    )


def _json(body: object) -> str:
    written = orjson.dumps(body, default=str, option=orjson.OPT_INDENT_2).decode(errors="replace")
    if len(written) <= _LONGEST_BODY:
        return written
    return f"{written[:_LONGEST_BODY]}\n… {len(written) - _LONGEST_BODY:,} characters more"
