"""The configuration file of `kubectl smart serve`.

One file for all roles; a part that is not there is not run. No secret stands in it: it names the
environment variable or the file, mode 0600, that holds each.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, field_validator, model_validator

from kubectl_smart.bot.configuring import Strict, a_zone
from kubectl_smart.bot.pattern_settings import PatternsModel
from kubectl_smart.bot.serve.alert_settings import AlertmanagerModel
from kubectl_smart.bot.serve.callers_settings import CallersModel
from kubectl_smart.bot.serve.prometheus_settings import PrometheusModel
from kubectl_smart.bot.serve.schedule_settings import ScheduleModel
from kubectl_smart.bot.serve.watch_settings import WatchModel
from kubectl_smart.bot.slack.settings import SlackModel
from kubectl_smart.capture.sources.receiving import Limits
from kubectl_smart.capture.spooling import Room

_MIB = 1 << 20


class ListenModel(Strict):
    """Where health and figures are told, in plain HTTP."""

    host: str = Field(default="127.0.0.1", description="address")
    port: int = Field(default=8080, ge=0, le=65_535, description="0: a free one")


class TlsModel(Strict):
    """Certificates, PEM files."""

    certificate: str = Field(description="the chain of the server's certificate")
    key: str = Field(description="its key")
    clients: str = Field(
        default="", description="the authorities that sign clients' certificates; else none"
    )


class DoorsModel(Strict):
    """Where sources hand over: the API server, Alertmanager."""

    host: str = Field(default="127.0.0.1", description="address")
    port: int = Field(default=8443, ge=0, le=65_535, description="0: a free one")
    tls: TlsModel | None = Field(default=None, description="without it on this machine only")
    body: int = Field(default=16, ge=1, le=256, description="MiB of a request, unpacked")
    waiting: int = Field(default=96, ge=1, description="MiB of all requests in memory")
    within: float = Field(default=30.0, gt=0, description="seconds for a body to come")

    @model_validator(mode="after")
    def _plain_only_here(self) -> DoorsModel:
        if self.tls is None and self.host not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError(f"without tls it listens on this machine only, not on {self.host}")
        return self

    def limits(self) -> Limits:
        """As the doors take them."""
        return Limits(body=self.body * _MIB, waiting=self.waiting * _MIB, within=self.within)


class AdmissionModel(CallersModel):
    """Whoever is about to write is warned; the API server asks."""

    within: float = Field(
        default=0.7,
        ge=0.05,
        le=10,
        description="seconds until it answers, ready or not; less than `timeoutSeconds`",
    )


class SpoolModel(Strict):
    """How much may wait to be committed."""

    most: int = Field(default=8_192, ge=16, description="MiB accepted and not yet committed")
    free: int = Field(default=256, ge=0, description="MiB left free on the disk")

    def room(self) -> Room:
        """As the spool takes it."""
        return Room(spool=self.most * _MIB, free=self.free * _MIB)


class CommitModel(Strict):
    """How often what was accepted is committed."""

    decisions: float = Field(default=1.0, ge=0.1, le=60, description="seconds, for decisions")
    journal: float = Field(default=10.0, ge=0.1, le=60, description="seconds, for the bulk")


class LogModel(Strict):
    """The API server's audit log, where this process can read it."""

    path: str = Field(description="of the log that is being written; rotated ones lie beside it")
    every: float = Field(default=0.5, ge=0.05, le=60, description="seconds between two looks")


class CaptureModel(Strict):
    """The role `capture`: what is heard, and from whom."""

    doors: DoorsModel = Field(default=DoorsModel(), description="where sources hand over")
    audit_webhook: CallersModel | None = Field(
        default=None, description="the API server's audit webhook, at /audit"
    )
    alertmanager: AlertmanagerModel | None = Field(
        default=None, description="Alertmanager's webhook, version 4, at /alertmanager"
    )
    admission: AdmissionModel | None = Field(
        default=None, description="the API server's admission webhook, at /admission"
    )
    audit_log: LogModel | None = Field(
        default=None, description="the API server's audit log, followed"
    )
    watch: WatchModel | None = Field(default=None, description="the cluster, by list and watch")
    prometheus: PrometheusModel | None = Field(
        default=None, description="Prometheus, asked for shifts of metrics and who calls whom"
    )
    spool: SpoolModel = Field(default=SpoolModel(), description="how much may wait")
    commit: CommitModel = Field(default=CommitModel(), description="how often is committed")


class ServeModel(Strict):
    """The whole file."""

    memory: str = Field(default="", description="folder of the memory; else as for every command")
    index: str = Field(default="", description="URL of the index; else the file beside the memory")
    zone: str = Field(
        default="UTC", description="in which times are read and written: Europe/Berlin"
    )
    listen: ListenModel = Field(default=ListenModel(), description="health and figures")
    capture: CaptureModel | None = Field(default=None, description="what is heard")
    slack: SlackModel | None = Field(default=None, description="the bot")
    patterns: PatternsModel = Field(
        default=PatternsModel(), description="what `patterns` may tell of people"
    )
    schedule: ScheduleModel | None = Field(default=None, description="what is done by the clock")

    @field_validator("zone")
    @classmethod
    def _a_zone(cls, given: str) -> str:
        return a_zone(given)

    def place(self, otherwise: Path) -> Path:
        """The folder of the memory."""
        return Path(self.memory).expanduser() if self.memory else otherwise
