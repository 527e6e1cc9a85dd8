"""Alertmanager: whether its own configuration calls us. Looked at only if its address is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import orjson
import yaml
from aiohttp import ClientError, ClientSession, ClientTimeout

from kubectl_smart.bot.doctor.case import Case
from kubectl_smart.bot.doctor.examining import Area, Check, unreached
from kubectl_smart.bot.doctor.findings import Outcome, failed, not_configured, ok, warning

PATH = "/alertmanager"
_HIDDEN = "<secret>"
_MOST = 8 << 20


def area(case: Case) -> Area:
    """Of `--alertmanager URL`."""
    late = "see whether it is up: its page /-/ready"
    checks = [Check("calls us", lambda: _calls(case), late)]
    capture = None if case.model is None else case.model.capture
    configured = capture is not None and capture.alertmanager is not None
    return Area("Alertmanager", checks if case.alertmanager or configured else [])


async def _calls(case: Case) -> Sequence[Outcome]:
    address = case.alertmanager
    if not address:
        said = "its own configuration was not looked at"
        return [not_configured(said, "name its address with --alertmanager URL to have it read")]
    try:
        timeout = ClientTimeout(total=case.within)
        async with (
            ClientSession(timeout=timeout) as session,
            session.get(f"{address}/api/v2/status") as answer,
        ):
            status, body = answer.status, await answer.content.read(_MOST)
    except (ClientError, OSError, ValueError) as problem:
        return [failed(f"{address} is not reached: {unreached(problem)}", "see whether it is up")]
    if status != 200:
        said = f"{address}/api/v2/status answers {status}"
        return [
            failed(said, "name the address of Alertmanager itself, with its path if it has one")
        ]
    return [judged(address, body)]


def judged(address: str, body: bytes) -> Outcome:
    """From the answer of /api/v2/status."""
    try:
        text = orjson.loads(body)["config"]["original"]
        found = list(_webhooks(yaml.safe_load(text)))
    except (ValueError, KeyError, TypeError, yaml.YAMLError):
        said = f"{address}/api/v2/status holds no configuration"
        return failed(said, "name the address of an Alertmanager, version 0.16 or newer")
    ours = [name for name, url in found if urlsplit(url).path.rstrip("/").endswith(PATH)]
    if ours:
        return ok(f"its receiver {ours[0]} calls an address that ends with {PATH}")
    receiver = (
        "receivers:",
        "  - name: kubectl-smart",
        "    webhook_configs:",
        f"      - url: https://kubectl-smart.kubectl-smart.svc:8443{PATH}",
        "        send_resolved: true",
        "        http_config:",
        "          authorization: {credentials_file: /etc/alertmanager/kubectl-smart-token}",
    )
    if any(url == _HIDDEN for _, url in found):
        said = "it hides the addresses of its webhooks, so whether one is ours cannot be read"
        remedy = "send an alert, and see whether `alertmanager` is heard above"
        return warning(said, remedy, f"amtool alert add hello-memory --alertmanager.url={address}")
    said = f"none of its {len(found)} webhooks calls an address that ends with {PATH}"
    return failed(said, "add a receiver, and a route that leads to it", *receiver)


def _webhooks(config: Any) -> Iterator[tuple[str, str]]:
    """(receiver, URL) of each webhook."""
    for receiver in config.get("receivers") or ():
        for webhook in receiver.get("webhook_configs") or ():
            yield str(receiver.get("name")), str(webhook.get("url") or "")
