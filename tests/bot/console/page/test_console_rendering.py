"""Blocks and mrkdwn as HTML: what is shown, and that nothing untrusted becomes HTML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.bot.console.page.blocks import blocks
from kubectl_smart.bot.console.page.markdown import markdown
from kubectl_smart.bot.console.page.messages import Reader, message
from kubectl_smart.bot.console.page.mrkdwn import mrkdwn
from kubectl_smart.bot.console.page.names import Names
from kubectl_smart.bot.console.page.panes import journal
from kubectl_smart.bot.console.page.seam import MessageSeen
from kubectl_smart.bot.console.page.views import home, modal
from kubectl_smart.bot.render.mrkdwn import escape

NAMES = Names(people={"U1": "ada"}, channels={"C1": "ops"}, scope="m")
GOLDEN = Path(__file__).resolve().parents[3] / "golden"
_TAGS = (
    "a article blockquote br button code details div em fieldset figcaption figure footer form h2"
    " h3 h4 header hr img input label legend li ol optgroup option p pre s select small span strong"
    " summary table tbody td textarea th time tr ul"
)
TAGS = frozenset(_TAGS.split())
_ATTRIBUTES = (
    "alt autocomplete checked class datetime download for href id label loading maxlength minlength"
    " name novalidate open placeholder rel role scope selected src step tabindex target title type"
    " value rows"
)
ATTRIBUTES = frozenset(_ATTRIBUTES.split())
FREE = ("data-", "aria-")


class Seen(HTMLParser):
    """Tags, attributes and text of a document; unknown ones are a failure."""

    def __init__(self, written: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[str] = []
        self.feed(written)
        self.close()
        assert self.open == [], "every tag is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Only what the page writes."""
        assert tag in TAGS, tag
        for name, value in attrs:
            assert name in ATTRIBUTES or name.startswith(FREE), name
            self.attributes.append((tag, name, value or ""))
            if name == "href":
                good = ("http://", "https://", "mailto:", "/page/files/")
                assert (value or "").lower().startswith(good), value
            if name == "src":
                assert (value or "").startswith("/page/files/"), value
        if tag not in {"br", "hr", "img", "input"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Closed in order."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Text as a reader sees it."""
        self.text += data

    def handle_comment(self, data: str) -> None:
        """The page writes none."""
        raise AssertionError(data)


HOSTILE = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            ["<script>", "</script>", "<img src=x onerror=alert(1)>", '"', "'", "&lt;", "&amp;",
             "`", "```", "*", "_", "~", ">", "<", "|", "<!here>", "<@U1>", "<#C1>",
             "<javascript:a|b>", "<https://x.y|",
             "<!date^1^{date}^javascript:x|f>", ":eyes:", ":", "\n",
             " ", "a", "-->", "<!--", "]]>", "&#x3c;", "\0", "]("]
        ),
        max_size=14,
    ).map("".join),
)  # fmt: skip
PLAIN = st.text(alphabet="<>&\"'=/ab c;#[](){}", max_size=40)


def every_block(text: str) -> list[dict[str, Any]]:
    """Each block and element there is, with the text in every place."""
    said = {"type": "plain_text", "text": text}
    marked = {"type": "mrkdwn", "text": text}
    option = {"text": marked, "value": text, "description": said}
    confirm = {"title": said, "text": said, "confirm": said, "deny": said}
    common = {"action_id": text, "placeholder": said, "confirm": confirm}
    kinds = ["static_select", "multi_static_select", "checkboxes", "radio_buttons", "overflow",
             "users_select", "multi_users_select", "conversations_select", "channels_select",
             "datepicker", "timepicker", "plain_text_input", "number_input", "url_text_input",
             text]  # fmt: skip
    elements: list[dict[str, Any]] = [
        {"type": kind, "options": [option], "initial_value": text, "initial_date": text, **common}
        for kind in kinds
    ]
    elements.append({"type": "button", "text": said, "value": text, "url": text, **common})
    elements.append({"type": "button", "text": said, "accessibility_label": text, "style": text})
    elements.append({**elements[11], "multiline": True})
    picture = {"type": "image", "alt_text": text, "title": said, "image_url": text}
    rich = [
        {"type": "text", "text": text, "style": {"bold": True, "code": True}},
        {"type": "link", "url": text, "text": text},
        {"type": "user", "user_id": text},
        {"type": "channel", "channel_id": text},
        {"type": "emoji", "name": text},
        {"type": "broadcast", "range": text},
        {"type": "date", "timestamp": 1, "format": text, "fallback": text},
        {"type": text},
    ]
    parts = [
        {"type": f"rich_text_{kind}", "elements": rich}
        for kind in ("section", "preformatted", "quote")
    ]
    listed = {"type": "rich_text_list", "style": "ordered", "indent": 1, "elements": parts[:1]}
    rich_block = {"type": "rich_text", "elements": [*parts, listed]}
    return [
        {"type": "header", "text": said},
        {"type": "section", "block_id": text, "text": marked, "fields": [said],
         "accessory": picture},
        {"type": "context", "elements": [marked, {**picture, "slack_file": {"id": text}}]},
        {"type": "actions", "block_id": text, "elements": elements},
        {"type": "divider"},
        picture,
        {"type": "image", "alt_text": text, "slack_file": {"id": text}},
        rich_block,
        {"type": "markdown", "text": text},
        {"type": "table", "rows": [[{"type": "raw_text", "text": text}, rich_block]]},
        *({"type": "input", "block_id": text, "label": said, "hint": said, "element": one}
          for one in elements),
        {"type": text},
    ]  # fmt: skip


@given(HOSTILE)
def test_no_text_becomes_html(text: str) -> None:
    """Hostile text in every place of every block, message, view and journal entry."""
    found = every_block(text)
    Seen(blocks(found, NAMES, {text: text}))
    view = {"id": text, "callback_id": text, "title": found[0]["text"], "blocks": found,
            "errors": {text: text}}  # fmt: skip
    Seen(modal(view, NAMES))
    Seen(home(view, NAMES))
    file = {"id": text, "name": text, "mimetype": text, "alt_txt": text}
    one = MessageSeen(
        ts=text, user=text, name=text, text=text, files=[file], reactions={text: [text]}
    )
    Seen(message(one, Reader(text, NAMES, [(text, text)])))
    entry = {"n": 1, "at": text, "direction": text, "what": text, "faults": [text], "body": found}
    Seen(journal([entry]))


@given(HOSTILE)
def test_formats_write_only_allowed_tags(text: str) -> None:
    """Both, mrkdwn and Markdown, whatever they are given."""
    Seen(mrkdwn(text, NAMES))
    Seen(markdown(text, NAMES))


@given(PLAIN)
def test_plain_text_survives(text: str) -> None:
    """A reader sees every character of a plain text, and of an escaped one in mrkdwn."""
    found = [{"type": "header", "text": {"type": "plain_text", "text": text}}]
    assert Seen(blocks(found, NAMES)).text == text
    if not text.startswith(">"):
        assert Seen(mrkdwn(escape(text), NAMES)).text == text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*a* _b_ ~c~ `d*e*`", "<strong>a</strong> <em>b</em> <s>c</s> <code>d*e*</code>"),
        ("*a `b` c*", "<strong>a <code>b</code> c</strong>"),
        ("2*3*4 snake_case_name", "2*3*4 snake_case_name"),
        ("```x\n<y>```", "<pre>x\n&lt;y&gt;</pre>"),
        ("a\n&gt; b\n> c\nd", "a<blockquote>b<br>c</blockquote>d"),
        ("&lt;b&gt; &amp;amp;", "&lt;b&gt; &amp;amp;"),
        ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
        ("<@U1> <#C1|x> <@U9>",
         '<span class="chip person">@ada</span> <span class="chip channel">#ops</span>'
         ' <span class="chip person">@U9</span>'),
        ("<!here>", '<span class="chip broadcast">@here</span>'),
        ("<!date^0^{date}|then>",
         '<time datetime="1970-01-01T00:00:00Z" data-form="{date}">then</time>'),
        ("<https://a.example/?b=1&amp;c=2|d>",
         '<a href="https://a.example/?b=1&amp;c=2" target="_blank"'
         ' rel="noopener noreferrer">d</a>'),
        (":nothing_known: 10:30:15", ":nothing_known: 10:30:15"),
    ],
)  # fmt: skip
def test_mrkdwn(text: str, html: str) -> None:
    """What each format becomes."""
    assert mrkdwn(text, NAMES) == html


def test_markdown() -> None:
    """Headings, lists, code and links."""
    found = markdown("# T\n- **a**\n- [b](https://c.d)\n\n```\n<x>\n```\n", NAMES)
    assert found == (
        "<h4>T</h4><ul><li><strong>a</strong></li><li>"
        '<a href="https://c.d" target="_blank" rel="noopener noreferrer">b</a></li></ul>'
        "<pre>&lt;x&gt;\n</pre>"
    )


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("slack-*.json")), ids=lambda path: path.stem)
def test_what_our_bot_sends_is_known(path: Path) -> None:
    """No placeholder stands for anything in our own messages, and the buttons say what they are."""
    found: Mapping[str, Any] = json.loads(path.read_text())
    seen = Seen(blocks(found["blocks"], NAMES))
    assert "does not know" not in seen.text
    assert ("button", "data-action-id", "smart_report") in seen.attributes


def test_errors_stand_beside_inputs() -> None:
    """The input is described by its error; an error about no input is shown on top."""
    element = {"type": "plain_text_input", "action_id": "a"}
    label = {"type": "plain_text", "text": "Why"}
    view = {
        "blocks": [{"type": "input", "block_id": "b", "label": label, "element": element}],
        "errors": {"b": "too short", "elsewhere": "lost"},
    }
    seen = Seen(modal(view, NAMES))
    described = {value for tag, name, value in seen.attributes if name == "aria-describedby"}
    assert described == {value for _, name, value in seen.attributes if value == "modal.b.said"}
    assert "too short" in seen.text
    assert "elsewhere: lost" in seen.text


def test_unknown_block_is_seen() -> None:
    """A block of a type that is not known leaves a placeholder."""
    assert "does not know the block “hologram”" in Seen(blocks([{"type": "hologram"}], NAMES)).text
