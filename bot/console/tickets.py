"""What Slack hands out with a payload for a while: triggers and response URLs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kubectl_smart.bot.console.refusals import Refusal

TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS = 1_800.0
RESPONSE_USES = 5


@dataclass(slots=True)
class _Trigger:
    user: str
    issued: float
    used: bool = False


@dataclass(slots=True, kw_only=True)
class ResponseUrl:
    """Where one payload may be answered.

    origin  ts of the message that was clicked, "" for a command
    thread  ts of the thread that message is in, or None
    """

    channel: str
    user: str
    issued: float
    origin: str = ""
    thread: str | None = None
    uses: int = 0


class Tickets:
    """All of a workspace. `now` in seconds; `name` gives the next name of a kind."""

    def __init__(self, now: Callable[[], float], name: Callable[[str], str]) -> None:
        self._now = now
        self._name = name
        self._triggers: dict[str, _Trigger] = {}
        self._urls: dict[str, ResponseUrl] = {}

    def trigger(self, user: str) -> str:
        """A trigger id for what somebody just did."""
        name = self._name("Tr")
        self._triggers[name] = _Trigger(user, self._now())
        return name

    def spend(self, trigger: object) -> str:
        """Whose trigger it is, once and within 3 seconds. Refusal in Slack's words otherwise."""
        found = self._triggers.get(trigger) if isinstance(trigger, str) else None
        if found is None:
            raise Refusal("invalid_trigger_id")
        if found.used:
            raise Refusal("exchanged_trigger_id")
        if self._now() - found.issued > TRIGGER_SECONDS:
            raise Refusal("expired_trigger_id")
        found.used = True
        return found.user

    def response_url(
        self, channel: str, user: str, *, origin: str = "", thread: str | None = None
    ) -> str:
        """The last part of a response URL."""
        name = self._name("R")
        self._urls[name] = ResponseUrl(
            channel=channel, user=user, issued=self._now(), origin=origin, thread=thread
        )
        return name

    def respond(self, name: str) -> ResponseUrl:
        """The URL's memory, one use of five spent. Refusal (404) when they are, or too late."""
        found = self._urls.get(name)
        if found is None:
            raise Refusal("no_such_url", status=404)
        if self._now() - found.issued > RESPONSE_SECONDS:
            raise Refusal("expired_url", status=404)
        if found.uses >= RESPONSE_USES:
            raise Refusal("used_url", status=404)
        found.uses += 1
        return found
