"""One exchange with a person in Slack: what was sent, by whom, where, and where to answer."""

from __future__ import annotations

from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from kubectl_smart.bot.slack.saying import Voice


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was sent.

    ts      of the message that was sent; "" for a command or a click
    thread  ts of the first message of the thread it was sent in; "" outside threads
    public  whether everybody in the channel reads the answer
    delivery  what tells it from all others; "" where nobody is told how it ends
    """

    client: AsyncWebClient
    team: str
    user: str
    channel: str
    text: str
    voice: Voice
    ts: str = ""
    thread: str = ""
    public: bool = False
    delivery: str = ""
