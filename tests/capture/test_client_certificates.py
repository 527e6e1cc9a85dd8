"""The doors behind TLS: who shows a certificate of the right authority and name is let in."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from aiohttp import ClientConnectorError, ClientOSError, ClientSession
from tests.capture.test_audit_webhook import run, writes
from tests.support.certificates import Authority, Pair
from tests.support.door_stage import TOKEN, audit_door
from tests.support.live_process import event_list

from kubectl_smart.bot.serve.settings import TlsModel
from kubectl_smart.bot.serve.web import tls_context
from kubectl_smart.capture.sources.receiving import Callers
from kubectl_smart.memory.records.errors import BadInput


def client(authority: Authority, shown: Pair | None) -> ssl.SSLContext:
    """A client's side."""
    context = ssl.create_default_context(cafile=str(authority.certificate))
    if shown is not None:
        context.load_cert_chain(shown.certificate, shown.key)
    return context


def test_certificates_and_tokens(tmp_path: Path) -> None:
    """By common name or DNS name; a token does without; another authority's is no good."""
    authority = Authority(tmp_path)
    server = authority.signed("server", "localhost")
    api_server = authority.signed("kube-apiserver")
    by_dns = authority.signed("other", "audit.example.com")
    somebody = authority.signed("somebody")
    foreign = Authority(tmp_path, "foreign").signed("kube-apiserver-too")
    tls = tls_context(
        TlsModel(
            certificate=str(server.certificate),
            key=str(server.key),
            clients=str(authority.certificate),
        )
    )
    callers = Callers(tokens=(TOKEN,), names=("kube-apiserver", "audit.example.com"))

    async def story() -> None:
        async with audit_door(callers=callers, tls=tls) as stage, ClientSession() as session:

            async def status(shown: Pair | None, token: str = "") -> int:
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                async with session.post(
                    stage.url, data=event_list(writes(1)), headers=headers,
                    ssl=client(authority, shown),
                ) as answer:  # fmt: skip
                    return answer.status

            assert stage.url.startswith("https://")
            assert await status(api_server) == 200
            assert await status(by_dns) == 200
            assert await status(somebody) == 403
            assert await status(None) == 401
            assert await status(None, TOKEN) == 200
            assert await status(somebody, TOKEN) == 200
            with pytest.raises((ClientConnectorError, ClientOSError)):
                await status(foreign)

    run(story())


def test_files_of_no_use_are_told(tmp_path: Path) -> None:
    """In one sentence, before anything listens."""
    pair = Authority(tmp_path).signed("server")
    other = Authority(tmp_path, "other").signed("another")
    for key in (other.key, tmp_path / "missing"):
        with pytest.raises(BadInput, match="cannot be used"):
            tls_context(TlsModel(certificate=str(pair.certificate), key=str(key)))
