"""Deliveries by signed HTTP, as Slack makes them to an app with a public address."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientSSLError, ClientTimeout, TooManyRedirects
from slack_sdk.signature import SignatureVerifier

from kubectl_smart.bot.console.outbox import Acknowledged, Delivery, Failed, Outcome
from kubectl_smart.bot.console.platform import Platform

MOST_REDIRECTS = 2


class SignedHttp:
    """A `Link` to one address of the app, "http://127.0.0.1:PORT/slack/events". Close it."""

    def __init__(self, slack: Platform, address: str) -> None:
        self._slack = slack
        self._address = address
        self._session = ClientSession(trust_env=False)

    async def send(self, delivery: Delivery, within: float) -> Outcome:
        """Post it, signed; its answer is the acknowledgement."""
        body, content_type = _written(delivery)
        headers = self.signed(body) | {"Content-Type": content_type}
        if delivery.attempt:
            headers |= {
                "X-Slack-Retry-Num": str(delivery.attempt),
                "X-Slack-Retry-Reason": delivery.reason,
            }
        try:
            async with self._session.post(
                self._address,
                data=body,
                headers=headers,
                timeout=ClientTimeout(total=within),
                max_redirects=MOST_REDIRECTS + 1,  # aiohttp counts the first answer too
            ) as answer:
                told = await answer.read()
        except TimeoutError:
            return Failed("http_timeout")
        except TooManyRedirects:
            return Failed("too_many_redirects")
        except ClientSSLError:
            return Failed("ssl_error")
        except ClientError:
            return Failed("connection_failed")
        if answer.status // 100 != 2:
            no_more = answer.headers.get("X-Slack-No-Retry") == "1"
            return Failed("http_error", final=no_more)
        return Acknowledged(_answer(told))

    async def verify(self) -> bool:
        """Whether the address gives back a challenge, as Slack wants it before it sends events."""
        asked = {"token": "stand-in", "challenge": "stand-in-challenge", "type": "url_verification"}
        body = json.dumps(asked).encode()
        headers = self.signed(body) | {"Content-Type": "application/json"}
        async with self._session.post(self._address, data=body, headers=headers) as answer:
            return answer.status == 200 and asked["challenge"] in await answer.text()

    def signed(self, body: bytes) -> dict[str, str]:
        """The two headers that prove who sent this body, at the workspace's time."""
        instant = str(int(self._slack.workspace.now()))
        verifier = SignatureVerifier(self._slack.app.signing_secret)
        signature = verifier.generate_signature(timestamp=instant, body=body)
        return {"X-Slack-Request-Timestamp": instant, "X-Slack-Signature": signature or ""}

    async def close(self) -> None:
        """No more."""
        await self._session.close()


def _written(delivery: Delivery) -> tuple[bytes, str]:
    """Events are JSON, commands a form, everything else JSON in a form."""
    form = "application/x-www-form-urlencoded"
    match delivery.kind:
        case "events_api":
            return json.dumps(delivery.payload).encode(), "application/json"
        case "slash_commands":
            return urlencode(delivery.payload).encode(), form
        case "interactive":
            return urlencode({"payload": json.dumps(delivery.payload)}).encode(), form


def _answer(body: bytes) -> dict[str, Any] | None:
    """JSON as it is, words as a message, nothing as nothing."""
    if not body.strip():
        return None
    try:
        told = json.loads(body)
    except ValueError:
        return {"text": body.decode("utf-8", "replace")}
    return told if isinstance(told, dict) and told else None
