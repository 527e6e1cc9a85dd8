"""The part `capture.prometheus` of the configuration file."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from kubectl_smart.bot.configuring import Strict
from kubectl_smart.bot.slack.credentials import Secret, secret
from kubectl_smart.capture.sources.prometheus_queries import (
    ALIVE,
    GRAPH,
    QUERIES,
    GraphQuery,
    Query,
    Settings,
)

_One = TypeVar("_One", Query, GraphQuery)


class QueryModel(Strict):
    """One metric."""

    promql: str = Field(min_length=1, description="the query; `$range` is what rates are over")
    unit: str = Field(default="", description="`s`, `bytes`, `ratio`, `/s`; nothing for a count")
    averaged: bool = Field(default=True, description="whether values are over `$range`")
    reach: float = Field(default=0, ge=0, description="seconds of `$range` for this query alone")
    quantile: float = Field(default=0.0, ge=0, lt=1, description="0.99 for a 99th percentile")
    worse: Literal["up", "down", "both", ""] = Field(
        default="up", description="direction that a person on call wants to see"
    )
    least: float = Field(default=0.2, ge=0, description="smallest shift, as a part of the level")
    floor: float = Field(default=0.0, ge=0, description="smallest shift, in its unit")

    def query(self) -> Query:
        """As the source takes it."""
        return Query(**self.model_dump())


class CallsModel(Strict):
    """One query of the service graph."""

    promql: str = Field(min_length=1, description="the query; one series for each pair")
    caller: tuple[str, ...] = Field(
        min_length=1, description="labels that name the caller, the first that is there"
    )
    callee: tuple[str, ...] = Field(min_length=1, description="the same for what is called")
    caller_namespace: tuple[str, ...] = Field(
        default=(), description="labels that name the caller's namespace"
    )
    callee_namespace: tuple[str, ...] = Field(default=(), description="the same for what is called")

    def query(self) -> GraphQuery:
        """As the source takes it."""
        return GraphQuery(**self.model_dump())


class PrometheusModel(Strict):
    """A Prometheus, or what speaks its HTTP API."""

    url: str = Field(description="address, with its path if it has one, without /api/v1")
    token: Secret | None = Field(default=None, description="bearer token")
    username: str = Field(default="", description="for basic authentication, with `password`")
    password: Secret | None = Field(default=None, description="for basic authentication")
    ca: str = Field(default="", description="the authorities its certificate is checked by, PEM")
    scrape: float = Field(
        default=30, ge=0.1, le=3_600, description="its scrape interval in seconds"
    )
    reach: float = Field(default=120, gt=0, description="seconds that rates are over: `$range`")
    every: float = Field(default=60.0, ge=0.5, description="seconds between two rounds")
    window: float = Field(
        default=21_600, gt=0, description="seconds of the past by which a sample is judged"
    )
    backlog: float = Field(
        default=21_600, gt=0, description="seconds back to which what was missed is asked for"
    )
    timeout: float = Field(default=30.0, gt=0, description="seconds for one answer")
    most_series: int = Field(default=500, ge=1, description="series of one query; no more are held")
    most: int = Field(default=32, ge=1, le=512, description="MiB of one answer")
    queries: dict[str, QueryModel | None] = Field(
        default={}, description="metrics by name, beside or instead of the default set; null: not"
    )
    graph: dict[str, CallsModel | None] = Field(
        default={}, description="service graphs by name, as `queries`"
    )
    alive: str = Field(
        default=ALIVE, min_length=1, description="query that gives something while metrics come in"
    )
    graph_every: float = Field(
        default=300, gt=0, description="seconds between two looks at a service graph"
    )
    told_again: float = Field(
        default=3_600, gt=0, description="seconds after which a call still seen is recorded again"
    )

    @field_validator("url")
    @classmethod
    def _an_address(cls, given: str) -> str:
        parts = urlsplit(given)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{given} is no http address")
        if parts.username or parts.password:
            raise ValueError("a password stands in it; use username and password")
        return given.rstrip("/")

    @model_validator(mode="after")
    def _one_way_in(self) -> PrometheusModel:
        if bool(self.username) != bool(self.password):
            raise ValueError("give username and password, or neither")
        if self.token is not None and self.username:
            raise ValueError("give a token or a password, not both")
        if self.reach < 2 * self.scrape:
            raise ValueError("reach must hold two scrapes at least")
        return self

    def settings(self, key: str, environment: Mapping[str, str]) -> Settings:
        """With the secrets read. BadInput if one is not where the file says."""
        authorization = ""
        if self.token is not None:
            authorization = f"Bearer {secret(self.token, f'{key}.token', environment)}"
        elif self.password is not None:
            password = secret(self.password, f"{key}.password", environment)
            authorization = f"Basic {b64encode(f'{self.username}:{password}'.encode()).decode()}"
        return Settings(
            url=self.url,
            authorization=authorization,
            ca=self.ca,
            queries=_merged(QUERIES, {name: _query(one) for name, one in self.queries.items()}),
            graph=_merged(GRAPH, {name: _calls(one) for name, one in self.graph.items()}),
            alive=self.alive,
            every=self.every,
            scrape=self.scrape,
            reach=self.reach,
            graph_every=self.graph_every,
            window=self.window,
            backlog=self.backlog,
            timeout=self.timeout,
            most_series=self.most_series,
            most_bytes=self.most << 20,
            told_again=self.told_again,
        )


def _query(model: QueryModel | None) -> Query | None:
    return None if model is None else model.query()


def _calls(model: CallsModel | None) -> GraphQuery | None:
    return None if model is None else model.query()


def _merged(default: Mapping[str, _One], given: Mapping[str, _One | None]) -> dict[str, _One]:
    return {name: one for name, one in {**default, **given}.items() if one is not None}
