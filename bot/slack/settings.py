"""The configuration file of the bot, and what becomes of it inside.

Tokens never stand in it: it names the environment variable or the file, mode 0600, that holds each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, time, tzinfo
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from kubectl_smart.bot.access import KEPT
from kubectl_smart.bot.authorisation import EVERYTHING, Policy, Role, Sight
from kubectl_smart.bot.configuring import Strict, a_zone
from kubectl_smart.bot.pattern_settings import PatternsModel
from kubectl_smart.bot.slack.bot import BotSettings
from kubectl_smart.bot.slack.capturing import Emojis
from kubectl_smart.bot.slack.credentials import Secret, secret
from kubectl_smart.bot.slack.feed import FeedSettings
from kubectl_smart.bot.slack.installing import InstallationsModel, OAuth, oauth
from kubectl_smart.bot.slack.publishing import Answers, Audience
from kubectl_smart.capture.sources.access_reviews import AccessReviews

_COMMAND = re.compile(r"/[a-z0-9_-]{1,31}")


class RoleModel(Strict):
    """What the people of some groups may do."""

    name: str = Field(description="what errors call it")
    users: tuple[str, ...] = Field(default=(), description="user ids")
    groups: tuple[str, ...] = Field(default=(), description="ids of user groups")
    namespaces: tuple[str, ...] = Field(
        default=(), description='namespaces they see; "*" for all, "" for what has none'
    )
    verbs: tuple[str, ...] = Field(
        default=(EVERYTHING,), description='words they may use; "*" for all'
    )


class FeedModel(Strict):
    """A channel in which changes without a reason are announced."""

    channel: str = Field(description="id of the channel")
    team: str = Field(default="", description="id of its workspace; else the first of teams")
    namespaces: tuple[str, ...] = Field(default=(EVERYTHING,), description="of which it speaks")
    every: float = Field(default=5.0, ge=1, description="seconds between two looks into the memory")
    after: float = Field(default=60.0, ge=0, description="seconds a change waits for its reason")
    nudge_after: float = Field(
        default=14_400, ge=0, description="seconds until asked again; 0: never"
    )
    most_an_hour: int = Field(default=20, ge=1, description="announcements; more become one line")
    quiet_from: time = Field(default=time(0), description="from then nobody is asked, in `zone`")
    quiet_to: time = Field(
        default=time(0), description="until then; the same as quiet_from: never quiet"
    )
    silent_namespaces: tuple[str, ...] = Field(default=(), description="never announced")
    silent_people: tuple[str, ...] = Field(
        default=(), description="whose changes are never announced"
    )
    incidents: bool = Field(
        default=True, description="whether incidents that alerts open are announced, at any hour"
    )
    digest: bool = Field(
        default=False, description="whether the patterns found are told there: `schedule.digest`"
    )


class EmojiModel(Strict):
    """Reactions that mean something, by name, without colons."""

    rationale: str = Field(default="memo", description="the message is the reason of a change")
    timeline: str = Field(default="pushpin", description="the message belongs to the incident")


class IncidentModel(Strict):
    """Incidents in Slack."""

    channels: bool = Field(
        default=False, description="whether `incident open … --channel` makes a public channel"
    )


class AccessModel(Strict):
    """The cluster's own word on what people may see."""

    subject_access_review: bool = Field(
        default=False, description="whether the cluster is asked what each of slack.people may see"
    )
    kubeconfig: str = Field(default="", description="of the cluster; else the usual one")
    context: str = Field(default="", description="in the kubeconfig; else the current one")
    kept: float = Field(
        default=KEPT, ge=0, le=600, description="seconds for which an answer is used again"
    )
    groups: dict[str, tuple[str, ...]] = Field(
        default={}, description="user id: groups in the cluster"
    )


class SlackModel(Strict):
    """The part `slack`."""

    mode: Literal["socket", "http"] = Field(
        default="socket", description="how Slack reaches the bot"
    )
    command: str = Field(
        default="/smart", description="the slash command, as in the app's manifest"
    )
    bot_token: Secret | None = Field(default=None, description="xoxb-…; of the one workspace")
    installations: InstallationsModel | None = Field(
        default=None, description="instead of it: several workspaces, which install the app"
    )
    app_token: Secret | None = Field(default=None, description="xapp-…; for socket mode")
    signing_secret: Secret | None = Field(default=None, description="of the app; for http mode")
    host: str = Field(default="127.0.0.1", description="listened on in http mode")
    port: int = Field(default=8080, ge=0, le=65_535, description="the same")
    state: str = Field(default="", description="the bot's own file; else beside the memory")
    base_url: str = Field(default="", description="of a stand-in on this machine, for trying")
    a_minute: int = Field(default=20, ge=1, description="commands of one person")
    workers: int = Field(default=4, ge=1, le=32, description="questions answered at a time")
    people: dict[str, str] = Field(default={}, description="user id: name in the cluster")
    emojis: EmojiModel = Field(default=EmojiModel(), description="reactions that mean something")
    answers: Audience = Field(
        default="ephemeral", description="who reads answers to commands, or `in_channel`"
    )
    channel_answers: dict[str, Audience] = Field(
        default={}, description="the same for single channels, by id"
    )
    incidents: IncidentModel = Field(default=IncidentModel(), description="incidents in Slack")
    access: AccessModel = Field(
        default=AccessModel(), description="the cluster's own word on what people may see"
    )
    feeds: tuple[FeedModel, ...] = Field(default=(), description="channels with announcements")
    teams: tuple[str, ...] = Field(description="ids of the workspaces served")
    roles: tuple[RoleModel, ...] = Field(
        default=(), description="who may do what; nobody without one"
    )
    shared_channels: tuple[str, ...] = Field(
        default=(), description="channels shared with others that are served nevertheless"
    )
    guests: bool = Field(default=False, description="whether guests are served")
    direct_messages: bool = Field(default=True, description="whether the bot answers there")

    @field_validator("command")
    @classmethod
    def _a_command(cls, given: str) -> str:
        if not _COMMAND.fullmatch(given):
            raise ValueError("a slash command is / and 1 to 31 of a-z, 0-9, - and _")
        return given

    @model_validator(mode="after")
    def _what_the_mode_needs(self) -> SlackModel:
        if (self.bot_token is None) == (self.installations is None):
            raise ValueError("give either bot_token or installations")
        if self.installations is not None and self.mode != "http":
            raise ValueError("installations need mode http: Slack sends people back to an address")
        needed = "app_token" if self.mode == "socket" else "signing_secret"
        if getattr(self, needed) is None:
            raise ValueError(f"mode {self.mode} needs {needed}")
        return self


class FileModel(Strict):
    """The whole file."""

    memory: str = Field(default="", description="folder of the memory; else as for every command")
    index: str = Field(default="", description="URL of the index; else the file beside the memory")
    zone: str = Field(
        default="UTC", description="in which times are read and written: Europe/Berlin"
    )
    patterns: PatternsModel = Field(
        default=PatternsModel(), description="what `patterns` may tell of people"
    )
    slack: SlackModel = Field(description="the bot")

    @field_validator("zone")
    @classmethod
    def _a_zone(cls, given: str) -> str:
        return a_zone(given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """How the bot reaches Slack. Its secrets are shown by no repr."""

    mode: Literal["socket", "http"]
    bot_token: str
    app_token: str
    signing_secret: str
    host: str
    port: int
    base_url: str
    oauth: OAuth | None = None

    def __repr__(self) -> str:
        return f"Connection(mode={self.mode!r})"


def connection(model: SlackModel, memory: Path, environment: Mapping[str, str]) -> Connection:
    """The secrets read. BadInput if one is not where the file says.

    memory  its folder, beside which what has no place of its own is kept
    """
    return Connection(
        mode=model.mode,
        bot_token=secret(model.bot_token, "bot_token", environment),
        app_token=secret(model.app_token, "app_token", environment),
        signing_secret=secret(model.signing_secret, "signing_secret", environment),
        host=model.host,
        port=model.port,
        base_url=model.base_url,
        oauth=oauth(
            model.installations, memory, environment, incident_channels=model.incidents.channels
        ),
    )


def zone_of(model: FileModel) -> tzinfo:
    """The zone of the file."""
    return UTC if model.zone == "UTC" else ZoneInfo(model.zone)


def state_of(model: FileModel, memory: Path) -> Path:
    """Where the bot's own file is."""
    named = model.slack.state
    return Path(named).expanduser() if named else memory / "smart" / "slack.sqlite"


def bot_settings(model: FileModel, memory: Path) -> BotSettings:
    """How the bot behaves."""
    slack = model.slack
    team = slack.teams[0] if slack.teams else ""
    return BotSettings(
        policy=Policy(
            teams=frozenset(slack.teams),
            roles=tuple(_role(one) for one in slack.roles),
            shared_channels=frozenset(slack.shared_channels),
            guests=slack.guests,
            direct_messages=slack.direct_messages,
        ),
        command=slack.command,
        local=bool(slack.base_url),
        state=state_of(model, memory),
        people=dict(slack.people),
        emojis=Emojis(rationale=slack.emojis.rationale, timeline=slack.emojis.timeline),
        incident_channels=slack.incidents.channels,
        reviewer=_reviewer(slack.access),
        groups=dict(slack.access.groups),
        kept=slack.access.kept,
        answers=Answers(default=slack.answers, channels=dict(slack.channel_answers)),
        feeds=tuple(_feed(one, team, zone_of(model)) for one in slack.feeds),
        workers=slack.workers,
        a_minute=slack.a_minute,
    )


def _reviewer(model: AccessModel) -> AccessReviews | None:
    if not model.subject_access_review:
        return None
    kubeconfig = str(Path(model.kubeconfig).expanduser()) if model.kubeconfig else ""
    return AccessReviews(kubeconfig=kubeconfig, context=model.context)


def _role(model: RoleModel) -> Role:
    return Role(
        name=model.name,
        users=frozenset(model.users),
        groups=frozenset(model.groups),
        namespaces=frozenset(model.namespaces),
        verbs=frozenset(model.verbs),
    )


def _feed(model: FeedModel, team: str, zone: tzinfo) -> FeedSettings:
    named = frozenset(model.namespaces)
    return FeedSettings(
        team=model.team or team,
        channel=model.channel,
        sight=Sight(None if EVERYTHING in named else named),
        every=model.every,
        after=model.after,
        nudge_after=model.nudge_after,
        most_an_hour=model.most_an_hour,
        quiet_from=model.quiet_from,
        quiet_to=model.quiet_to,
        zone=zone,
        silent_namespaces=frozenset(model.silent_namespaces),
        silent_people=frozenset(model.silent_people),
        incidents=model.incidents,
        digest=model.digest,
    )
