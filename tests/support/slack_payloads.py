"""Valid blocks and views of Slack, made by hypothesis, and every way to spoil them once."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, NamedTuple

from hypothesis import strategies as st

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)
NAMES = st.text("abcdefgh_0123456789", min_size=1, max_size=12)
URLS = st.sampled_from(["https://example.com/a", "http://example.org", "mailto:a@example.com"])


def plain(most: int = 30) -> st.SearchStrategy[dict[str, Any]]:
    """A plain_text object of so many characters."""
    words = WORDS.map(lambda one: one[:most])
    return st.fixed_dictionaries(
        {"type": st.just("plain_text"), "text": words}, optional={"emoji": st.booleans()}
    )


def marked() -> st.SearchStrategy[dict[str, Any]]:
    """A mrkdwn object."""
    return st.fixed_dictionaries(
        {"type": st.just("mrkdwn"), "text": WORDS}, optional={"verbatim": st.booleans()}
    )


TEXTS = st.one_of(plain(), marked())
CONFIRM = st.fixed_dictionaries(
    {"title": plain(), "text": TEXTS, "confirm": plain(), "deny": plain()},
    optional={"style": st.sampled_from(["primary", "danger"])},
)
OPTION = st.fixed_dictionaries({"text": plain(), "value": NAMES}, optional={"description": plain()})


def _element(kind: str, needed: dict[str, Any], more: dict[str, Any]) -> Any:
    shape = {"type": st.just(kind), "action_id": NAMES, **needed}
    return st.fixed_dictionaries(shape, optional=more)


@st.composite
def chosen(draw: st.DrawFn, kind: str, member: str) -> dict[str, Any]:
    """An element with options, and one of them chosen at first."""
    options = draw(st.lists(OPTION, min_size=1, max_size=5))
    first = draw(st.sampled_from(options))
    told = {"type": kind, "action_id": draw(NAMES), "options": options}
    return {**told, member: [first] if member.endswith("s") else first}


BUTTON = _element(
    "button",
    {"text": plain()},
    {
        "value": WORDS,
        "url": URLS,
        "style": st.sampled_from(["primary", "danger"]),
        "confirm": CONFIRM,
        "accessibility_label": WORDS,
    },
)
ACTIONS = st.one_of(
    BUTTON,
    _element("overflow", {"options": st.lists(OPTION, min_size=1, max_size=5)}, {}),
    _element("users_select", {}, {"placeholder": plain(), "initial_user": NAMES}),
    _element("datepicker", {}, {"initial_date": st.dates().map(lambda one: one.isoformat())}),
    chosen("static_select", "initial_option"),
    chosen("checkboxes", "initial_options"),
    chosen("radio_buttons", "initial_option"),
)
IMAGE = st.fixed_dictionaries(
    {
        "type": st.just("image"),
        "image_url": st.just("https://example.com/a.png"),
        "alt_text": WORDS,
    }
)
INLINE = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("text"), "text": WORDS},
        optional={"style": st.just({"bold": True})},
    ),
    st.fixed_dictionaries({"type": st.just("link"), "url": URLS}, optional={"text": WORDS}),
    st.fixed_dictionaries({"type": st.just("user"), "user_id": NAMES}),
)
INLINES = st.lists(INLINE, min_size=1, max_size=3)
RICH = st.one_of(
    st.fixed_dictionaries({"type": st.just("rich_text_section"), "elements": INLINES}),
    st.fixed_dictionaries({"type": st.just("rich_text_preformatted"), "elements": INLINES}),
    st.fixed_dictionaries(
        {
            "type": st.just("rich_text_list"),
            "style": st.sampled_from(["bullet", "ordered"]),
            "elements": st.lists(
                st.fixed_dictionaries({"type": st.just("rich_text_section"), "elements": INLINES}),
                min_size=1,
                max_size=3,
            ),
        }
    ),
)


def _block(kind: str, needed: dict[str, Any], more: dict[str, Any] | None = None) -> Any:
    return st.fixed_dictionaries({"type": st.just(kind), **needed}, optional=more or {})


def unlike(one: dict[str, Any]) -> str:
    """By what elements of one block must differ."""
    return str(one["action_id"])


SECTION = st.one_of(
    _block("section", {"text": TEXTS}, {"accessory": st.one_of(ACTIONS, IMAGE)}),
    _block("section", {"fields": st.lists(TEXTS, min_size=1, max_size=10)}),
)
BLOCK = st.one_of(
    SECTION,
    _block("header", {"text": plain()}),
    _block("divider", {}),
    _block("context", {"elements": st.lists(st.one_of(TEXTS, IMAGE), min_size=1, max_size=10)}),
    _block("actions", {"elements": st.lists(ACTIONS, min_size=1, max_size=6, unique_by=unlike)}),
    _block("image", {"image_url": st.just("https://example.com/a.png"), "alt_text": WORDS}),
    _block("rich_text", {"elements": st.lists(RICH, min_size=1, max_size=3)}),
    _block("markdown", {"text": WORDS}),
)
IN_VIEWS = BLOCK.filter(lambda one: one["type"] != "markdown")
INPUT = _block(
    "input",
    {
        "label": plain(),
        "element": _element("plain_text_input", {}, {"multiline": st.booleans()}),
    },
    {"hint": plain(), "optional": st.booleans()},
)


def _numbered(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**one, "block_id": f"b{number}"} for number, one in enumerate(blocks)]


BLOCKS = st.lists(BLOCK, min_size=1, max_size=6).map(_numbered)
MODALS = st.fixed_dictionaries(
    {
        "type": st.just("modal"),
        "title": plain(24),
        "submit": plain(24),
        "blocks": st.lists(st.one_of(IN_VIEWS, INPUT), min_size=1, max_size=5).map(_numbered),
    },
    optional={"close": plain(24), "callback_id": NAMES, "notify_on_close": st.booleans()},
)


class Spoilt(NamedTuple):
    """A payload after one change, and what was done to it."""

    payload: Any
    how: str


def places(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where everything stands that can be changed, the root left out."""
    if path:
        yield path
    if isinstance(node, dict):
        for name, value in node.items():
            yield from places(value, (*path, name))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from places(value, (*path, number))


def spoilings(value: Any) -> dict[str, Any]:
    """Everything Slack would not take in this value's place."""
    match value:
        case bool():
            return {"a word": "yes", "a list": []}
        case str():
            return {"a number": 5, "nothing in it": "", "too long": "x" * 12_001, "a list": ["x"]}
        case dict():
            return {"a list": [], "a word": "x", "one member more": {**value, "surprise": 1}}
        case list():
            return {"an object": {}, "a word": "x", "empty": []}
    return {"a word": "x"}


@st.composite
def spoilt(draw: st.DrawFn, payloads: st.SearchStrategy[Any]) -> Spoilt:
    """A valid payload with one change that makes it invalid."""
    payload = deepcopy(draw(payloads))
    path = draw(st.sampled_from(list(places(payload))))
    node = payload
    for step in path[:-1]:
        node = node[step]
    ways = spoilings(node[path[-1]])
    if path.count("elements") > 1:
        ways.pop("empty", None)  # a line of rich text may be empty
    how = draw(st.sampled_from(sorted(ways)))
    node[path[-1]] = ways[how]
    return Spoilt(payload, f"{'/'.join(map(str, path))}: {how}")


def at(payload: Any, pointer: str) -> Any:
    """What a JSON pointer points to. KeyError, IndexError for nothing."""
    node = payload
    for step in pointer.split("/")[1:]:
        node = node[int(step)] if isinstance(node, list) else node[step]
    return node
