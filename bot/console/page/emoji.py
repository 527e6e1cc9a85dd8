"""The emoji that the page shows as pictures; every other shortcode stays text."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from kubectl_smart.bot.console.page.tags import tag

EMOJI: Final = {
    "+1": "👍",
    "-1": "👎",
    "bar_chart": "📊",
    "bell": "🔔",
    "brain": "🧠",
    "bulb": "💡",
    "chart_with_upwards_trend": "📈",
    "eyes": "👀",
    "fire": "🔥",
    "hourglass_flowing_sand": "⏳",
    "lock": "🔒",
    "mag": "🔍",
    "memo": "📝",
    "pushpin": "📌",
    "question": "❓",
    "rotating_light": "🚨",
    "stopwatch": "⏱",
    "tada": "🎉",
    "thumbsdown": "👎",
    "thumbsup": "👍",
    "warning": "⚠",
    "wave": "👋",
    "white_check_mark": "✅",
    "x": "❌",
}
"""Shortcode without colons -> character."""
PICKED: Final = ("memo", "pushpin", "eyes", "thumbsup")
"""What the small picker offers."""


def emoji(name: str) -> Markup:
    """The picture with its name for screen readers, or `:name:`."""
    found = EMOJI.get(name)
    if found is None:
        return Markup("{}").format(f":{name}:")
    return tag("span", found, class_="emoji", role="img", aria_label=name, title=f":{name}:")
