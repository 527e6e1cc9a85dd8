"""The audit webhook over real HTTP: what is taken, what is refused and how; nothing is lost."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

import orjson
import pytest
from aiohttp import ClientSession
from tests.support.audit_events import audit_event, deployment
from tests.support.door_stage import TOKEN, DoorStage, audit_door, now
from tests.support.live_process import event_list

from kubectl_smart.capture.accepting import Overloaded
from kubectl_smart.capture.sources.receiving import Callers, Limits
from kubectl_smart.memory.records.errors import StorageFull

_Made = TypeVar("_Made")


def run(story: Coroutine[Any, Any, _Made]) -> _Made:
    """Run a story."""
    return asyncio.run(asyncio.wait_for(story, 60))


def writes(count: int) -> list[dict[str, Any]]:
    """Events worth keeping."""
    return [
        audit_event("update", "deployments", "api", group="apps", response=deployment(n, rv=n + 1))
        for n in range(count)
    ]


async def sent(
    stage: DoorStage, body: bytes, *, token: str = TOKEN, **headers: str
) -> tuple[int, dict[str, Any], str]:
    """(status, answer, Retry-After)."""
    known = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        ClientSession(auto_decompress=False) as session,
        session.post(stage.url, data=body, headers={**known, **headers}) as answer,
    ):
        return answer.status, await answer.json(), answer.headers.get("Retry-After", "")


def test_a_batch_is_kept_before_it_is_answered() -> None:
    """Plain and packed; sent again it is known."""

    async def story() -> None:
        async with audit_door() as stage:
            events = writes(400)
            body = event_list(events)
            assert (await sent(stage, body))[0] == 200
            assert stage.keeper.events == {event["auditID"] for event in events}
            before = len(stage.keeper.kept)
            packed = gzip.compress(body)
            status, _, _ = await sent(stage, packed, **{"Content-Encoding": "gzip"})
            assert status == 200
            assert len(stage.keeper.kept) == before

    run(story())


@pytest.mark.parametrize(
    ("token", "status"),
    [("", 401), ("wrong", 401), (TOKEN + "x", 401), ("the-next-token", 200), ("tökén", 401)],
)
def test_only_who_has_a_token_may(token: str, status: int) -> None:
    """Also with the second token of a rotation; the answer tells how."""

    async def story() -> None:
        async with audit_door() as stage:
            found, answer, _ = await sent(stage, event_list(writes(1)), token=token)
            assert found == status
            assert bool(stage.keeper.kept) == (status == 200)
            assert ("error" in answer) == (status != 200)

    run(story())


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", {}, 400),
        (b"nonsense", {}, 400),
        (b"[]", {}, 400),
        (b'{"kind":"List","items":[]}', {}, 400),
        (b'{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":{}}', {}, 400),
        (b"nonsense", {"Content-Encoding": "gzip"}, 400),
        (gzip.compress(event_list(writes(3)), mtime=0)[:-9], {"Content-Encoding": "gzip"}, 400),
        (b"{}", {"Content-Encoding": "br"}, 415),
        (b" " * 100_001, {}, 413),
        (gzip.compress(b" " * 50_000_000, mtime=0), {"Content-Encoding": "gzip"}, 413),
    ],
)
def test_what_is_no_event_list_is_refused(
    body: bytes, headers: dict[str, str], status: int
) -> None:
    """With the right status and a sentence; and the next request is taken."""

    async def story() -> None:
        async with audit_door(limits=Limits(body=100_000)) as stage:
            found, answer, _ = await sent(stage, body, **headers)
            assert found == status
            assert answer["error"]
            assert stage.keeper.kept == {}
            assert stage.hook.door.answered == {status: 1}
            assert (await sent(stage, event_list(writes(1))))[0] == 200

    run(story())


def test_an_odd_event_is_left_out_and_its_batch_kept() -> None:
    """The API server would send a refused batch again, and drop it in the end."""

    async def story() -> None:
        async with audit_door() as stage:
            good = writes(2)
            odd: list[Any] = [7, {"kind": "Pod"}, {**good[0], "user": 3}, {**good[0], "stage": ""}]
            assert (await sent(stage, event_list([good[0], *odd, good[1]])))[0] == 200
            assert stage.keeper.events == {event["auditID"] for event in good}
            assert stage.hook.rejected == 4

    run(story())


def test_truncated_events_are_counted() -> None:
    """Their bodies are missing; they are kept for what they tell."""

    async def story() -> None:
        async with audit_door() as stage:
            (event,) = writes(1)
            del event["responseObject"]
            event["annotations"] = {"audit.k8s.io/truncated": "true"}
            assert (await sent(stage, event_list([event])))[0] == 200
            assert stage.hook.truncated == 1
            assert len(stage.keeper.events) == 1

    run(story())


@pytest.mark.parametrize(
    ("trouble", "status"),
    [(Overloaded("too much waits", 7), 429), (StorageFull("no room", "make room"), 503)],
)
def test_what_cannot_be_kept_is_to_be_sent_again(
    trouble: Overloaded | StorageFull, status: int
) -> None:
    """With Retry-After; once there is room it is taken."""

    async def story() -> None:
        async with audit_door() as stage:
            stage.keeper.trouble = trouble
            found, _, again = await sent(stage, event_list(writes(1)))
            assert (found, again) == (status, "7" if status == 429 else "10")
            stage.keeper.trouble = None
            assert (await sent(stage, event_list(writes(1))))[0] == 200

    run(story())


def test_too_much_at_a_time_is_refused_before_it_is_read() -> None:
    """While another body is still coming; afterwards there is room again."""

    async def story() -> None:
        async with audit_door(limits=Limits(body=1_000_000, waiting=1_000_000)) as stage:
            place = urlsplit(stage.url)
            reader, writer = await asyncio.open_connection(place.hostname, place.port)
            body = event_list(writes(200))
            assert len(body) > 100_000
            writer.write(
                f"POST /audit HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
            )
            await writer.drain()
            await asyncio.sleep(0.2)
            status, _, again = await sent(stage, b" " * 999_000)
            assert (status, again) == (429, "1")
            writer.write(body)
            assert b"200 OK" in await reader.readline()
            writer.close()
            assert (await sent(stage, event_list(writes(1))))[0] == 200

    run(story())


@pytest.mark.parametrize("reset", [True, False])
def test_half_a_body_leaves_nothing(reset: bool) -> None:
    """The connection breaks, or nothing more comes: nothing is kept, nothing is held."""

    async def story() -> None:
        async with audit_door(limits=Limits(within=0.3)) as stage:
            place = urlsplit(stage.url)
            reader, writer = await asyncio.open_connection(place.hostname, place.port)
            body = event_list(writes(50))
            writer.write(
                f"POST /audit HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body[: len(body) // 2]
            )
            await writer.drain()
            if reset:
                writer.transport.abort()
            else:
                assert b"408" in await reader.readline()
                writer.close()
            assert (await sent(stage, body))[0] == 200
            assert len(stage.keeper.events) == 50
            assert stage.hook.door._waiting.bytes == 0

    run(story())


def test_what_was_heard_reaches_to_the_newest_event() -> None:
    """From when the door opened; of what came before, only what the batch spans."""

    async def story() -> None:
        async with audit_door() as stage:
            opened = stage.hook._open_since
            old = writes(2)
            await sent(stage, event_list(old))
            (first,) = [one for one in stage.keeper.kept if one.startswith("heard/")]
            assert first.rpartition("/")[2].split("-")[1] < str(opened)
            (event,) = writes(1)
            event["stageTimestamp"] = "2100-01-01T00:00:00.000000Z"
            await sent(stage, event_list([event]))
            (state,) = stage.hearing.states()
            assert state.listening
            assert state.heard_at > now()
            reached = [one for one in stage.hearing.due() if one.from_at <= opened <= one.to_at]
            heard = [orjson.loads(v) for k, v in stage.keeper.kept.items() if k[:6] == "heard/"]
            assert reached or any(one[2] <= opened <= one[3] for one in heard)

    run(story())


def test_nobody_means_nobody() -> None:
    """A door that names no callers lets nobody in."""

    async def story() -> None:
        async with audit_door(callers=Callers()) as stage:
            assert (await sent(stage, event_list(writes(1))))[0] == 401

    run(story())


def test_tokens_are_not_shown() -> None:
    """Neither by the settings nor by an answer."""
    assert TOKEN not in repr(replace(Callers(), tokens=(TOKEN,)))


def test_a_bomb_is_not_unpacked_whole() -> None:
    """A body that would take a thousand times the limit is refused after the limit."""
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = b"".join([bomb.compress(bytes(1 << 20)) for _ in range(200)]) + bomb.flush()

    async def story() -> None:
        async with audit_door(limits=Limits(body=1 << 20)) as stage:
            status, _, _ = await sent(stage, packed, **{"Content-Encoding": "gzip"})
            assert status == 413

    run(story())
