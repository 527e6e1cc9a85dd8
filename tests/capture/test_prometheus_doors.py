"""How one gets into a Prometheus: certificates, passwords, tokens; and how it is configured."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from tests.support.certificates import Authority
from tests.support.odd_prometheus import OddPrometheus, answering
from tests.support.prometheus_server import prometheus

from kubectl_smart.bot.serve.prometheus_settings import PrometheusModel
from kubectl_smart.capture.sources.prometheus_http import Client, NoAnswer
from kubectl_smart.capture.sources.prometheus_queries import GRAPH, QUERIES, Settings
from kubectl_smart.memory.records.errors import BadInput

PASSWORD = "pass:word"
HASHED = "$2b$04$kB0ucR3pmWKe2ZF.NgRAke16v2ZQgmsANvRTv1vYa8Fuu2AtUGPk2"


def settings(**given: Any) -> Settings:
    """As `serve` has them."""
    return PrometheusModel(**given).settings("capture.prometheus", {"SECRET": PASSWORD})


def clock(found: Settings) -> int:
    """What Prometheus' clock shows. NoAnswer."""

    async def ask() -> int:
        async with Client(found) as client:
            return await client.now()

    return asyncio.run(ask())


def test_a_real_one_behind_tls_and_a_password(tmp_path: Path) -> None:
    """With its authority and the password it answers; without either it says why not."""
    authority = Authority(tmp_path)
    pair = authority.signed("prometheus")
    web = tmp_path / "web.yml"
    web.write_text(
        f"tls_server_config: {{cert_file: {pair.certificate}, key_file: {pair.key}}}\n"
        f"basic_auth_users: {{smart: '{HASHED}'}}\n"
    )
    known = {"username": "smart", "password": {"env": "SECRET"}}
    with prometheus(tmp_path, web=web) as url:
        assert url.startswith("https://")
        trusted = {"url": url, "ca": str(authority.certificate)}
        assert clock(settings(**trusted, **known)) > 0
        with pytest.raises(NoAnswer, match=r"does not let us in \(401\)"):
            clock(settings(**trusted))
        with pytest.raises(NoAnswer, match="certificate"):
            clock(settings(url=url, **known))


def test_a_token_is_shown(tmp_path: Path) -> None:
    """In the header, and from a file that only its owner reads; never in words about it."""
    file = tmp_path / "token"
    file.write_text("token-of-prometheus\n")
    file.chmod(0o600)
    odd = OddPrometheus(lambda _, __: None)
    odd.authorization = "Bearer token-of-prometheus"

    async def ask() -> None:
        pair = (authority := Authority(tmp_path)).signed("odd")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair.certificate, pair.key)
        async with answering(odd, context) as url:
            given = {"url": url, "ca": str(authority.certificate)}
            found = settings(**given, token={"file": str(file)})
            assert "token-of-prometheus" not in repr(found)
            async with Client(found) as client:
                assert await client.now() > 0
            async with Client(settings(**given)) as client:
                with pytest.raises(NoAnswer, match=r"does not let us in \(401\)"):
                    await client.now()

    asyncio.run(ask())


def test_authorities_that_cannot_be_read(tmp_path: Path) -> None:
    """It is said before anything is asked."""
    file = tmp_path / "ca.pem"
    file.write_text("nothing")
    with pytest.raises(BadInput, match="holds no certificates"):
        Client(settings(url="https://prometheus", ca=str(file)))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"url": "prometheus:9090"}, "no http address"),
        ({"url": "http://me:word@prometheus"}, "a password stands in it"),
        ({"url": "http://p", "username": "me"}, "give username and password"),
        (
            {"url": "http://p", "token": {"env": "A"}, "username": "m", "password": {"env": "B"}},
            "a token or a password",
        ),
        ({"url": "http://p", "scrape": 60, "reach": 90}, "two scrapes at least"),
    ],
)
def test_what_cannot_be_meant_is_refused(given: dict[str, Any], words: str) -> None:
    """In words that say what to change."""
    with pytest.raises(ValidationError, match=words):
        PrometheusModel(**given)


def test_queries_are_added_replaced_and_left_out() -> None:
    """By name; the rest of the default set stays."""
    found = settings(
        url="http://p",
        queries={
            "restarts": None, "memory": {"promql": "m", "averaged": False}, "mine": {"promql": "q"},
        },
        graph={"mesh": None, "own": {"promql": "g", "caller": ["a"], "callee": ["b"]}},
        alive="count(mine)",
    )  # fmt: skip
    assert found.queries.keys() == (QUERIES.keys() - {"restarts"}) | {"mine"}
    assert (found.queries["memory"].promql, found.queries["memory"].averaged) == ("m", False)
    assert found.queries["latency p99"] == QUERIES["latency p99"]
    assert found.graph.keys() == (GRAPH.keys() - {"mesh"}) | {"own"}
    assert found.alive == "count(mine)"
