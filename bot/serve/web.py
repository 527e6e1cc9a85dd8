"""The process on the wire: health and figures in plain HTTP, and the doors that sources come to."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web

from kubectl_smart.bot.serve.measures import Measures
from kubectl_smart.bot.serve.settings import TlsModel
from kubectl_smart.memory.records.errors import BadInput

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def health(measures: Measures, trouble: Callable[[], str]) -> web.Application:
    """/healthz, /readyz, /metrics.

    trouble  why nothing can be accepted just now, in words; "" if it can
    """

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        why = trouble()
        return web.Response(text=f"{why or 'ok'}\n", status=503 if why else 200)

    async def metrics(_: web.Request) -> web.Response:
        kind = "text/plain; version=0.0.4; charset=utf-8"
        return web.Response(body=measures.text(), headers={"Content-Type": kind})

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    return app


def doors(handlers: Mapping[str, Handler]) -> web.Application:
    """Where sources hand over; handlers by path."""
    app = web.Application()
    for path, handler in handlers.items():
        app.router.add_post(path, handler)
    return app


@asynccontextmanager
async def listening(
    app: web.Application, host: str, port: int, tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    """Serving until the block ends; gives the address. BadInput if it cannot be listened on.

    Bodies are handed on as they come, packed or not: how much is unpacked is the doors' affair.
    """
    runner = web.AppRunner(app, access_log=None, auto_decompress=False, shutdown_timeout=10)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port, ssl_context=tls).start()
        except OSError as problem:
            raise BadInput(
                f"{host}:{port} cannot be listened on: {problem.strerror}",
                "name another host or port in the configuration",
            ) from None
        scheme = "http" if tls is None else "https"
        yield f"{scheme}://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def tls_context(model: TlsModel | None) -> ssl.SSLContext | None:
    """For a server; None for none. BadInput if a file is of no use."""
    if model is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(model.certificate, model.key)
        if model.clients:
            context.load_verify_locations(model.clients)
            # whoever has a token needs no certificate; one that is shown is checked
            context.verify_mode = ssl.CERT_OPTIONAL
    except (OSError, ssl.SSLError) as problem:
        raise BadInput(
            f"the certificates of capture.doors.tls cannot be used: {problem}",
            "name PEM files that belong together",
        ) from None
    return context
