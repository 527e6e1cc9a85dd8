"""A validating admission webhook that never stands in the way: it warns, and notes who asks.

Every review is answered with `allowed`, whatever is wrong with it or with us, as long as its uid
can be read; otherwise with an HTTP status that the API server, told to ignore failures, passes
over. Nothing takes longer than the budget: what is not ready by then is left out, and counted.
Warnings come from a table in memory; a request never waits for git or for the index.

Who asks is kept only where it is known better by nobody else (no audit log is heard), only from
callers that have shown who they are, and never of a dry run.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum

from aiohttp import web

from kubectl_smart.capture.accepting import Acceptor, Overloaded
from kubectl_smart.capture.asking import asked_in
from kubectl_smart.capture.coverage import Hearing
from kubectl_smart.capture.decoding.asked import SOURCE, item
from kubectl_smart.capture.reviews import HEAD, answer, request_in, review_of, uid_in_head
from kubectl_smart.capture.sources.receiving import Door, Refused
from kubectl_smart.capture.trimming import Unusable
from kubectl_smart.capture.warning import Table, warnings_of
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.records.errors import StorageFull

_log = logging.getLogger(__name__)
_MOST = 64
"""Reviews at a time; more are answered at once, without anything."""


class Keeping(Enum):
    """What is kept of a review."""

    NOTHING = "nothing"
    """An audit log tells it better."""
    UNTIL_SEEN = "until seen"
    """Who asks, until a watch shows the version that was asked for."""
    UNHEARD = "unheard"
    """That a person asked: nobody listens to what becomes of it."""


@dataclass
class _Turn:
    """One review, as far as it has come.

    uid    "" until it is read
    ready  whether everything was done
    """

    uid: str = ""
    warnings: tuple[str, ...] = ()
    ready: bool = False


class Admission:
    """Takes AdmissionReviews. `handle` is the aiohttp handler.

    pinned   gives the table of notes that stands just now
    within   seconds until it answers

    counts   answered; warned: with warnings; late: without what was not ready in time; fault: of
             ours; unusable: reviews without the shape of one; recorded; unkept: who asked is lost
    """

    def __init__(
        self,
        door: Door,
        acceptor: Acceptor,
        redactor: Redactor,
        hearing: Hearing,
        clock: Callable[[], int],
        *,
        pinned: Callable[[], Table],
        keeping: Keeping,
        within: float,
    ) -> None:
        self.door = door
        self._acceptor = acceptor
        self._redactor = redactor
        self._hearing = hearing
        self._clock = clock
        self._pinned = pinned
        self._keeping = keeping
        self._within = within
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reviewing")
        self._going: set[asyncio.Task[None]] = set()
        self.counts: Counter[str] = Counter()

    async def handle(self, request: web.Request) -> web.Response:
        """One review."""
        deadline = asyncio.get_running_loop().time() + self._within
        try:
            async with self.door.body(request) as body:
                made = await self._answered(body, deadline)
        except Refused as refused:
            uid = await self._uid_of_refused(request, refused, deadline)
            made = self._allowed(_Turn(uid)) if uid else refused.answer()
        self.door.answered[made.status] += 1
        return made

    async def _answered(self, body: bytes, deadline: float) -> web.Response:
        """Refused if not even the uid can be read."""
        turn = _Turn(uid_in_head(body[:HEAD]))
        if len(self._going) < _MOST:
            task = asyncio.create_task(self._take(body, turn))
            self._going.add(task)
            task.add_done_callback(self._done)
            left = deadline - asyncio.get_running_loop().time()
            done, _ = await asyncio.wait([task], timeout=max(0.0, left))
            if done:
                task.result()
        if not turn.ready:
            self.counts["late"] += 1
        if not turn.uid:
            raise Refused(503, "the review could not be read in time", 1)
        return self._allowed(turn)

    def _allowed(self, turn: _Turn) -> web.Response:
        self.counts["answered"] += 1
        self.counts["warned"] += bool(turn.warnings)
        return web.json_response(answer(turn.uid, turn.warnings))

    async def _uid_of_refused(self, request: web.Request, refused: Refused, deadline: float) -> str:
        """Of a body that is too long, or for which there is no room just now: how it begins."""
        if refused.status not in (413, 429):
            return ""
        self.counts["unusable" if refused.status == 413 else "late"] += 1
        head = refused.head
        if not head and "Content-Encoding" not in request.headers:
            try:
                async with asyncio.timeout_at(deadline):
                    head = await request.content.read(HEAD)
            except (TimeoutError, web.RequestPayloadError, ConnectionError):
                return ""
        return uid_in_head(head[:HEAD])

    async def _take(self, body: bytes, turn: _Turn) -> None:
        """Everything there is to do with a review. Refused if it is none, and has no uid."""
        try:
            await self._reviewed(body, turn)
        except Unusable as problem:
            self.counts["unusable"] += 1
            if not turn.uid:
                raise Refused(400, str(problem)) from None
            _log.warning("a review is answered without being understood: %s", problem)
        except Exception:  # noqa: BLE001 - whatever is wrong with us is no reason to stop a write
            self.counts["fault"] += 1
            _log.exception("a review is answered without what went wrong here")
        turn.ready = True

    async def _reviewed(self, body: bytes, turn: _Turn) -> None:
        run = asyncio.get_running_loop().run_in_executor
        request = await run(self._thread, request_in, body)
        turn.uid = request["uid"]
        review = await run(self._thread, review_of, request)
        self._hearing.came(SOURCE, self._clock())
        turn.warnings = await run(self._thread, warnings_of, review, self._pinned())
        if self._keeping is Keeping.NOTHING:
            return
        seen = self._keeping is Keeping.UNTIL_SEEN
        now = self._clock()
        asked = await run(self._thread, asked_in, review, now, seen, self._redactor)
        if asked is None:
            return
        try:
            await self._acceptor.accept([item(asked)])
        except (Overloaded, StorageFull) as problem:
            self.counts["unkept"] += 1
            self._hearing.silent(SOURCE, problem.message)
        else:
            self.counts["recorded"] += 1

    def _done(self, task: asyncio.Task[None]) -> None:
        self._going.discard(task)
        if not task.cancelled():
            task.exception()  # of one that came too late nobody asks

    async def close(self) -> None:
        """Wait for what is going on, and end the thread."""
        if self._going:
            await asyncio.wait(self._going)
        self._thread.shutdown(cancel_futures=True)
