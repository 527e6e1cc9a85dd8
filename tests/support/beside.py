"""An asynchronous stand-in, answering in a thread beside a test that waits."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TypeVar

_Made = TypeVar("_Made")


@contextmanager
def beside(make: Callable[[], AbstractAsyncContextManager[_Made]]) -> Iterator[_Made]:
    """What the context gives, while it lives in an event loop of its own."""
    loop, made, up = asyncio.new_event_loop(), list[_Made](), threading.Event()
    end = asyncio.Event()

    async def live() -> None:
        async with make() as found:
            made.append(found)
            up.set()
            await end.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(live(),))
    thread.start()
    assert up.wait(30)
    try:
        yield made[0]
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join()
        loop.close()
