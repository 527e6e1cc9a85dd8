"""Messages -> HTML, as one person sees them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from zlib import crc32

from markupsafe import Markup

from kubectl_smart.bot.console.page.blocks import blocks
from kubectl_smart.bot.console.page.emoji import PICKED, emoji
from kubectl_smart.bot.console.page.mrkdwn import date, mrkdwn
from kubectl_smart.bot.console.page.names import Names
from kubectl_smart.bot.console.page.objects import Thing, file_address
from kubectl_smart.bot.console.page.seam import MessageSeen
from kubectl_smart.bot.console.page.tags import NOTHING, joined, tag

_COLOURS: Final = 6
SHOWN_INLINE: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks, and what the app offers for a message: (callback_id, title)."""

    user: str
    names: Names
    shortcuts: Sequence[tuple[str, str]] = ()
    in_thread: bool = False


def messages(found: Iterable[MessageSeen], reader: Reader) -> Markup:
    """Messages in order, or a sentence if there are none."""
    shown = joined(message(one, reader) for one in found)
    return shown or tag("p", "No messages yet. Write the first one below.", class_="empty")


def message(one: MessageSeen, reader: Reader) -> Markup:
    """One message with what can be done about it."""
    names = replace(reader.names, scope=f"{'t' if reader.in_thread else 'm'}{one.ts}")
    note = tag("p", "Only visible to you", class_="only") if one.ephemeral else NOTHING
    body = blocks(one.blocks, names) if one.blocks else mrkdwn(one.text, names)
    edited = tag("small", " (edited)", class_="edited") if one.edited else NOTHING
    content = tag(
        "div",
        note,
        _head(one),
        tag("div", body, edited, class_="text"),
        *(_file(file) for file in one.files),
        _reactions(one, reader),
        _replies(one) if not reader.in_thread else NOTHING,
        class_="content",
    )
    return tag(
        "article",
        _avatar(one),
        content,
        NOTHING if one.ephemeral else _tools(one, reader),
        class_="message ephemeral" if one.ephemeral else "message",
        data_ts=one.ts,
        data_thread=one.thread_ts or one.ts,
        tabindex="0",
        aria_label=f"Message from {one.name}",
    )


def person_picture(user: str, name: str) -> Markup:
    """A coloured square with the first letter; the colour follows from the id."""
    colour = crc32(user.encode()) % _COLOURS
    return tag("span", name[:1].upper() or "?", class_=f"avatar c{colour}", aria_hidden="true")


def _avatar(one: MessageSeen) -> Markup:
    if one.is_bot:
        return tag("span", "›_", class_="avatar app", aria_hidden="true")
    return person_picture(one.user, one.name)


def _head(one: MessageSeen) -> Markup:
    badge = tag("span", "APP", class_="badge") if one.is_bot else NOTHING
    sent = date(one.ts.partition(".")[0], "{time}", one.ts)
    return tag("p", tag("strong", one.name), badge, sent, class_="head")


def _file(file: Thing) -> Markup:
    """A picture inline, anything else as a download."""
    address = file_address(str(file.get("id", "")))
    name = str(file.get("title") or file.get("name") or "file")
    alt = str(file.get("alt_txt") or file.get("alt_text") or name)
    save = tag("a", name, href=address, download=str(file.get("name") or "file"))
    if file.get("mimetype") in SHOWN_INLINE:
        shown = tag("img", src=address, alt=alt, class_="picture", loading="lazy")
        return tag("figure", tag("figcaption", save), shown, class_="file")
    return tag("p", tag("span", "📄", aria_hidden="true"), save, class_="file download")


def _reactions(one: MessageSeen, reader: Reader) -> Markup:
    shown = [
        tag(
            "button",
            emoji(name),
            f" {len(who)}",
            type="button",
            class_="reaction",
            aria_pressed="true" if reader.user in who else "false",
            aria_label=f"{name}: {len(who)}",
            title=", ".join(reader.names.people.get(user, user) for user in who),
            data_do="react",
            data_name=name,
        )
        for name, who in one.reactions.items()
        if who
    ]
    return tag("div", *shown, class_="reactions") if shown else NOTHING


def _replies(one: MessageSeen) -> Markup:
    if not one.reply_count:
        return NOTHING
    said = "1 reply" if one.reply_count == 1 else f"{one.reply_count} replies"
    return tag("button", said, type="button", class_="replies", data_do="thread")


def _tools(one: MessageSeen, reader: Reader) -> Markup:
    picks = joined(
        tag(
            "button",
            emoji(name),
            type="button",
            class_="plain",
            data_do="react",
            data_name=name,
            aria_label=f"React with {name}",
            aria_pressed="true" if reader.user in one.reactions.get(name, ()) else "false",
        )
        for name in PICKED
    )
    reply = tag("button", "Reply", type="button", class_="plain", data_do="thread")
    return tag(
        "div",
        tag("div", picks, class_="picker"),
        NOTHING if reader.in_thread else reply,
        _menu(one, reader),
        class_="tools",
        role="group",
        aria_label="Message actions",
    )


def _menu(one: MessageSeen, reader: Reader) -> Markup:
    items = [
        tag("button", title, type="button", data_do="shortcut", data_callback=callback)
        for callback, title in reader.shortcuts
    ]
    if one.user == reader.user and not one.is_bot:
        items += [
            tag("button", label, type="button", data_do=act, data_text=one.text)
            for act, label in (("edit", "Edit message"), ("delete", "Delete message"))
        ]
    if not items:
        return NOTHING
    summary = tag("summary", "⋮", aria_label="More actions")
    return tag("details", summary, tag("div", *items, class_="menu"), class_="more")
