"""Pictures in blocks: files that are ready, and addresses that Slack's servers can reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from kubectl_smart.bot.console import shapes
from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.refusals import Refusal

_OF_ONE_NETWORK = (".local", ".localhost", ".internal", ".lan", ".home.arpa", ".svc", ".test")


def check_files(slack: Platform, blocks: object, pointer: str = "/blocks") -> None:
    """Refusal if an image block shows a file that is not ready, or an address Slack cannot reach.

    Slack's servers fetch `image_url`: what only this network knows is out of their reach.
    """
    ready = slack.files_ready()
    for place, image in _images(blocks, pointer):
        file = image.get("slack_file")
        if isinstance(file, Mapping) and not ready(_file(slack, file)):
            words = f"invalid slack file [json-pointer:{place}/slack_file]"
        elif not file and not reachable(str(image.get("image_url", ""))):
            words = f"downloading image failed [json-pointer:{place}/image_url]"
        else:
            continue
        raise Refusal(
            "invalid_blocks" if pointer == "/blocks" else "invalid_arguments",
            more={"errors": [words], "response_metadata": {"messages": [f"[ERROR] {words}"]}},
        )


def _images(node: object, pointer: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(node, Mapping):
        if node.get("type") == "image":
            yield pointer, node
        for name, child in node.items():
            yield from _images(child, f"{pointer}/{name}")
    elif isinstance(node, list | tuple):
        for number, child in enumerate(node):
            yield from _images(child, f"{pointer}/{number}")


def reachable(address: str) -> bool:
    """Whether Slack's servers could fetch it, by its name alone: https, and not of one network."""
    try:
        host = (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return False
    if not address.startswith("https://") or not host:
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith(_OF_ONE_NETWORK)


def _file(slack: Platform, told: Mapping[str, Any]) -> str:
    """The id of the file that is meant, by its id or its private address."""
    for file in slack.workspace.files.values():
        if (
            told.get("url")
            and shapes.file_json(slack.workspace, file)["url_private"] == told["url"]
        ):
            return file.id
    return str(told.get("id"))
