"""Modals and the App Home -> HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from markupsafe import Markup

from kubectl_smart.bot.console.page.blocks import blocks
from kubectl_smart.bot.console.page.names import Names
from kubectl_smart.bot.console.page.objects import mapping, maps, text
from kubectl_smart.bot.console.page.seam import View
from kubectl_smart.bot.console.page.tags import joined, tag


def home(view: View | None, names: Names) -> Markup:
    """The App Home, or a sentence if the app has published none."""
    if view is None:
        return tag("p", "The app has not published its Home for this person yet.", class_="empty")
    inner = replace(names, scope="home")
    body = blocks(maps(view.get("blocks")), inner)
    return tag("div", body, class_="home", data_view=str(view.get("id", "")))


def modal(view: View, names: Names, depth: int = 1) -> Markup:
    """The view on top. `depth`: how many are open; closing goes back to the one below."""
    inner = replace(names, scope="modal")
    errors = {str(key): str(said) for key, said in mapping(view.get("errors")).items()}
    close = text(view.get("close"), inner) or ("Back" if depth > 1 else "Cancel")
    shown = blocks(maps(view.get("blocks")), inner, errors)
    return tag(
        "form",
        _head(view, inner),
        tag("div", _stray(view, errors), shown, class_="body"),
        tag("footer", tag("button", close, type="button", class_="button", data_do="close"),
            _submit(view, inner)),
        class_="modal",
        novalidate=True,
        data_view=str(view.get("id", "")),
        data_callback=str(view.get("callback_id", "")),
    )  # fmt: skip


def _head(view: View, names: Names) -> Markup:
    app = tag("span", "APP", class_="badge")
    title = tag("h2", text(view.get("title"), names), " ", app, id="modal-title")
    close = tag("button", "×", type="button", class_="plain", aria_label="Close", data_do="close")
    return tag("header", title, close)


def _submit(view: View, names: Names) -> Markup:
    asked = any(one.get("type") == "input" for one in maps(view.get("blocks")))
    given = text(view.get("submit"), names)
    if not given and not asked:
        return joined([])
    return tag("button", given or "Submit", type="submit", class_="button primary")


def _stray(view: View, errors: Mapping[str, str]) -> Markup:
    """Errors about blocks that are not inputs of this view: Slack would show them nowhere."""
    inputs = {one.get("block_id") for one in maps(view.get("blocks")) if one.get("type") == "input"}
    return joined(
        tag("p", f"{key}: {said}", class_="error", role="alert")
        for key, said in errors.items()
        if key not in inputs
    )
