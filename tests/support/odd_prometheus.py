"""A stand-in of Prometheus' HTTP API for what the real one does seldom: slow, odd, refusing.

It is strict: a request that the real one would refuse is refused.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from kubectl_smart.bot.serve.web import listening

Answer = Callable[[str, list[float]], Any]
"""(promql, instants in unix seconds) -> the body, or a response."""


def matrix(instants: list[float], values: dict[str, list[Any]]) -> dict[str, Any]:
    """A range query's answer: the service's name -> a value for each instant; None: no sample."""
    return {
        "status": "success",
        "data": {
            "resultType": "matrix",
            "result": [
                {
                    "metric": {"namespace": "shop", "service": name},
                    "values": [
                        [at, str(value)]
                        for at, value in zip(instants, row, strict=True)
                        if value is not None
                    ],
                }
                for name, row in values.items()
            ],
        },
    }


class OddPrometheus:
    """Answers as `answer` says; `up` is always there, unless `answer` says something of it.

    authorization  the header it asks for; "" for none
    slow           seconds before each answer
    asked          the queries that came
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.authorization = ""
        self.slow = 0.0
        self.asked: list[str] = []

    async def query(self, request: web.Request) -> web.Response:
        """`/api/v1/query`: only for its clock."""
        self._let_in(request)
        form = await request.post()
        assert form["query"] == "time()"
        now = time.time()
        data = {"resultType": "scalar", "result": [now, f"{now:.3f}"]}
        return web.json_response({"status": "success", "data": data})

    async def query_range(self, request: web.Request) -> web.Response:
        """`/api/v1/query_range`."""
        self._let_in(request)
        form = {name: str(value) for name, value in (await request.post()).items()}
        assert form.keys() == {"query", "start", "end", "step"}
        start, end, step = (float(form[name]) for name in ("start", "end", "step"))
        assert step > 0
        assert start <= end
        count = round((end - start) / step) + 1
        assert count <= 11_000, "exceeded maximum resolution of 11,000 points per timeseries"
        instants = [start + step * place for place in range(count)]
        await asyncio.sleep(self.slow)
        self.asked.append(form["query"])
        found = self.answer(form["query"], instants)
        if found is None:
            found = matrix(instants, {"": [1] * count} if "(up[" in form["query"] else {})
        return found if isinstance(found, web.Response) else web.json_response(found)

    def _let_in(self, request: web.Request) -> None:
        if self.authorization and request.headers.get("Authorization") != self.authorization:
            raise web.HTTPUnauthorized


@asynccontextmanager
async def answering(odd: OddPrometheus, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Its address."""
    app = web.Application()
    app.router.add_post("/api/v1/query", odd.query)
    app.router.add_post("/api/v1/query_range", odd.query_range)
    async with listening(app, "127.0.0.1", 0, tls) as address:
        yield address
