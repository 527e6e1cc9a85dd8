"""Block Kit's composition objects -> HTML: text, options, confirmation, pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias
from urllib.parse import quote

import orjson
from markupsafe import Markup

from kubectl_smart.bot.console.page.emoji import emoji
from kubectl_smart.bot.console.page.mrkdwn import mrkdwn
from kubectl_smart.bot.console.page.names import FILES, Names
from kubectl_smart.bot.console.page.tags import joined, link, tag

Thing: TypeAlias = Mapping[str, Any]
"""A block, an element or an object as Slack's Web API has it."""


def maps(found: object) -> list[Thing]:
    """The mappings of a list; [] for anything else."""
    if not isinstance(found, (list, tuple)):
        return []
    return [one for one in found if isinstance(one, Mapping)]


def mapping(found: object) -> Thing:
    """The mapping, or an empty one for anything else."""
    return found if isinstance(found, Mapping) else {}


def words(found: object) -> str:
    """The characters of a text object as they were given; "" if it is none."""
    text = mapping(found).get("text", "")
    return text if isinstance(text, str) else ""


def text(found: object, names: Names) -> Markup:
    """A text object: mrkdwn, or plain text with line breaks and emoji."""
    if mapping(found).get("type") == "mrkdwn":
        return mrkdwn(words(found), names)
    if mapping(found).get("emoji") is False:
        return joined(words(found).split("\n"), tag("br"))
    return joined(map(_with_emoji, words(found).split("\n")), tag("br"))


def _with_emoji(line: str) -> Markup:
    """Shortcodes between colons are pictures where they are known."""
    out: list[str] = []
    pieces = line.split(":")
    out.append(pieces.pop(0))
    while pieces:
        name = pieces.pop(0)
        made = emoji(name) if pieces else None
        if made is not None and made.startswith("<span"):
            out += [made, pieces.pop(0)]
        else:
            out.append(f":{name}")
    return joined(out)


def option_data(option: Thing) -> str:
    """An option as JSON, of which the script makes `selected_option`."""
    return orjson.dumps({"text": option.get("text"), "value": option.get("value")}).decode()


def options(element: Thing) -> Iterator[tuple[str, list[Thing]]]:
    """Groups of options as (label, options); the label is "" where there are no groups."""
    if maps(element.get("options")):
        yield "", maps(element.get("options"))
    for group in maps(element.get("option_groups")):
        yield words(group.get("label")), maps(group.get("options"))


def confirmation(element: Thing) -> dict[str, str]:
    """The data attributes by which the script asks before it acts; {} if it need not."""
    confirm = mapping(element.get("confirm"))
    if not confirm:
        return {}
    return {
        "data_confirm_title": words(confirm.get("title")) or "Are you sure?",
        "data_confirm_text": words(confirm.get("text")),
        "data_confirm_yes": words(confirm.get("confirm")) or "Yes",
        "data_confirm_no": words(confirm.get("deny")) or "Cancel",
    }


def picture(element: Thing, class_: str) -> Markup:
    """An uploaded picture; of one elsewhere only its address, for nothing leaves the machine."""
    alt = str(element.get("alt_text", ""))
    uploaded = mapping(element.get("slack_file")).get("id")
    if isinstance(uploaded, str) and uploaded:
        return tag("img", src=file_address(uploaded), alt=alt, class_=class_, loading="lazy")
    url = str(element.get("image_url") or mapping(element.get("slack_file")).get("url", ""))
    said = joined([alt or "picture", " (not fetched: ", link(url, url), ")"])
    return tag("span", said, class_="elsewhere")


def file_address(file: str) -> str:
    """Where the page serves an uploaded file."""
    return FILES + quote(file, safe="")
