"""The admission webhook over real HTTPS: always allowed, in time, whatever is wrong."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pytest
from aiohttp import ClientSession
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.admission_reviews import body, review, scaled
from tests.support.audit_events import REDACTOR, deployment
from tests.support.certificates import Authority
from tests.support.door_stage import TOKEN, Keeper, now

from kubectl_smart.bot.serve.admission import PATHS
from kubectl_smart.bot.serve.settings import TlsModel
from kubectl_smart.bot.serve.web import doors, listening, tls_context
from kubectl_smart.capture.accepting import Kept, Overloaded
from kubectl_smart.capture.coverage import Hearing
from kubectl_smart.capture.decoding.asked import SOURCE, asked_of
from kubectl_smart.capture.sources.admission import Admission, Keeping
from kubectl_smart.capture.sources.receiving import Callers, Door, Limits, Waiting
from kubectl_smart.capture.warning import EMPTY, Table, table_of
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.store.protocols import SpoolItem

_Made = TypeVar("_Made")
RULE = Note(
    id="0" * 32,
    author=Actor("sarah@example.com", ActorKind.HUMAN),
    text="never below 5: provider SLA",
    about=ObjectRef("apps", "Deployment", "prod", "api"),
    field="replicas",
    explains="",
    incident="2020-11-blackfriday",
    happened_at=1_606_435_200_000_000,
)
PINNED = table_of([RULE])
KNOWN = deployment(8)
SCALED = review("UPDATE", scaled(KNOWN, 3), KNOWN, scale=True)
WARNED = (
    "never below 5: provider SLA, see 2020-11-blackfriday "
    "(sarah@example.com, 2020-11-27; this sets spec.replicas to 3)"
)


class Stage(NamedTuple):
    """The webhook, and what stands behind it."""

    url: str
    hook: Admission
    keeper: Keeper
    hearing: Hearing


@asynccontextmanager
async def stage(
    *,
    callers: Callers = Callers(tokens=(TOKEN,)),  # noqa: B008 - frozen
    limits: Limits = Limits(),  # noqa: B008 - frozen
    tls: ssl.SSLContext | None = None,
    pinned: Callable[[], Table] = lambda: PINNED,
    keeping: Keeping = Keeping.UNTIL_SEEN,
    within: float = 5.0,
    keeper: Keeper | None = None,
) -> AsyncIterator[Stage]:
    """Listening until the block ends."""
    keeper, hearing = keeper or Keeper(), Hearing(now)
    door = Door(callers, limits, Waiting(limits.waiting))
    hook = Admission(
        door, keeper, REDACTOR, hearing, now, pinned=pinned, keeping=keeping, within=within
    )
    app = doors(dict.fromkeys(PATHS, hook.handle))
    async with listening(app, "127.0.0.1", 0, tls) as address:
        yield Stage(f"{address}/admission", hook, keeper, hearing)
    await hook.close()


def run(story: Coroutine[Any, Any, _Made]) -> _Made:
    """Run a story."""
    return asyncio.run(asyncio.wait_for(story, 60))


async def sent(
    at: Stage, data: Any, *, token: str = TOKEN, tls: ssl.SSLContext | None = None, **headers: str
) -> tuple[int, dict[str, Any]]:
    """(status, answer)."""
    known = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        ClientSession() as session,
        session.post(at.url, data=data, headers={**known, **headers}, ssl=tls or True) as answer,
    ):
        return answer.status, await answer.json()


def allowed(found: tuple[int, dict[str, Any]], uid: str) -> list[str]:
    """The warnings of an answer, which is that of the API."""
    status, answer = found
    assert status == 200, answer
    assert (answer["kind"], answer["apiVersion"]) == ("AdmissionReview", "admission.k8s.io/v1")
    assert (answer["response"]["uid"], answer["response"]["allowed"]) == (uid, True)
    return list(answer["response"].get("warnings", ()))


def uid_of(asked: dict[str, Any]) -> str:
    """Of a review."""
    return str(asked["request"]["uid"])


@pytest.mark.parametrize("shown", ["token", "certificate"])
def test_whoever_breaks_a_rule_is_warned_over_tls(tmp_path: Path, shown: str) -> None:
    """By token or by client certificate; and who asked is kept before it is answered."""
    authority = Authority(tmp_path)
    pair = authority.signed("kubectl-smart.kubectl-smart.svc")
    client = authority.signed("kube-apiserver")
    server = tls_context(
        TlsModel(
            certificate=str(pair.certificate),
            key=str(pair.key),
            clients=str(authority.certificate),
        )
    )
    trust = ssl.create_default_context(cafile=str(authority.certificate))
    if shown == "certificate":
        trust.load_cert_chain(client.certificate, client.key)

    async def story() -> None:
        callers = Callers(tokens=(TOKEN,), names=("kube-apiserver",))
        async with stage(tls=server, callers=callers) as at:
            token = TOKEN if shown == "token" else ""
            found = await sent(at, body(SCALED), token=token, tls=trust)
            assert allowed(found, uid_of(SCALED)) == [WARNED]
            (entry,) = at.keeper.kept.values()
            asked = asked_of(entry)
            assert (asked.user, asked.replicas, asked.uid) == ("ada@example.com", 3, "uid-api")
            assert at.hook.counts == {"answered": 1, "warned": 1, "recorded": 1}

    run(story())


@pytest.mark.parametrize("token", ["", "wrong"])
def test_strangers_learn_nothing(token: str) -> None:
    """Neither notes nor that a uid can be read."""

    async def story() -> None:
        async with stage() as at:
            status, answer = await sent(at, body(SCALED), token=token)
            assert status == 401
            assert "response" not in answer
            assert at.keeper.kept == {}

    run(story())


@pytest.mark.parametrize(("end", "status"), [(TOKEN, 200), ("wrong", 401), ("", 404)])
def test_the_address_may_hold_the_token(end: str, status: int) -> None:
    """Where the API server cannot be told to show one."""

    async def story() -> None:
        async with stage() as at:
            there = at._replace(url=f"{at.url}/{end}")
            async with (
                ClientSession() as session,
                session.post(there.url, data=body(SCALED)) as answer,
            ):
                assert answer.status == status
            if status == 200:
                assert allowed(await sent(there, body(SCALED), token=""), uid_of(SCALED))

    run(story())


def _without(asked: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {**asked, "request": {**asked["request"], **changed}}


@pytest.mark.parametrize(
    "changed",
    [
        {"object": []},
        {"object": {"metadata": []}},
        {"object": {"kind": "Scale", "spec": 5}},
        {"userInfo": "ada"},
        {"userInfo": {"groups": [1]}},
        {"operation": "BREW"},
        {"operation": None},
        {"resource": None},
        {"resource": {"group": 1}},
        {"options": []},
    ],
)
def test_an_odd_review_is_allowed(changed: dict[str, Any]) -> None:
    """With its uid; nothing of it is kept."""

    async def story() -> None:
        async with stage() as at:
            asked = _without(SCALED, **changed)
            assert allowed(await sent(at, body(asked)), uid_of(asked)) == []
            assert at.keeper.kept == {}

    run(story())


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 400),
        (b"nonsense", 400),
        (b"[]", 400),
        (b'{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}', 400),
        (b'{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1","request":{}}', 400),
        (b'{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{}}', 400),
        (b" " * 100_001, 413),
    ],
)
def test_what_has_no_uid_is_refused(data: bytes, status: int) -> None:
    """With a status that fails open, and a sentence."""

    async def story() -> None:
        async with stage(limits=Limits(body=100_000)) as at:
            found, answer = await sent(at, data)
            assert found == status
            assert answer["error"]

    run(story())


@pytest.mark.parametrize("whole", [True, False])
def test_what_is_too_long_is_allowed(whole: bool) -> None:
    """Whether its length is said first or turns out; the uid stands at the beginning."""
    asked = _without(SCALED, object={"data": "x" * 900_000})
    data = body(asked)

    async def parts() -> AsyncIterator[bytes]:
        for at in range(0, len(data), 50_000):
            yield data[at : at + 50_000]

    async def story() -> None:
        async with stage(limits=Limits(body=100_000)) as at:
            found = await sent(at, data if whole else parts())
            assert allowed(found, uid_of(asked)) == []
            assert at.hook.counts["unusable"] == 1
            assert allowed(await sent(at, body(SCALED)), uid_of(SCALED)) == [WARNED]

    run(story())


def test_what_ends_early_is_allowed_by_its_beginning() -> None:
    """JSON that breaks off behind the uid."""

    async def story() -> None:
        async with stage() as at:
            data = body(SCALED)
            assert allowed(await sent(at, data[: len(data) // 2]), uid_of(SCALED)) == []

    run(story())


def test_a_fault_of_ours_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    """It is counted and logged."""

    def broken() -> Table:
        raise RuntimeError("not as planned")

    async def story() -> None:
        async with stage(pinned=broken) as at:
            assert allowed(await sent(at, body(SCALED)), uid_of(SCALED)) == []
            assert at.hook.counts["fault"] == 1

    run(story())
    assert "not as planned" in caplog.text


class Slow(Keeper):
    """Keeps when it is let."""

    let = asyncio.Event()

    async def accept(self, items: Sequence[SpoolItem]) -> Kept:
        """See Keeper."""
        await self.let.wait()
        return await super().accept(items)


def test_nobody_waits_longer_than_the_budget() -> None:
    """What is ready is told, the rest is counted as late, and kept once it can be."""

    async def story() -> None:
        Slow.let = asyncio.Event()
        async with stage(keeper=Slow(), within=0.3) as at:
            assert allowed(await sent(at, body(SCALED)), uid_of(SCALED)) == [WARNED]
            assert at.hook.counts["late"] == 1
            assert at.keeper.kept == {}
            Slow.let.set()
        assert len(at.keeper.kept) == 1
        assert at.hook.counts["recorded"] == 1

    run(story())


def test_warnings_that_are_not_ready_are_left_out() -> None:
    """However long they take: here until after the answer."""

    class Endless(Table):
        __slots__ = ()

        @property
        def notes(self) -> Any:  # type: ignore[override]
            time.sleep(1.0)
            return PINNED.notes

    async def story() -> None:
        slow = Endless({}, {})
        async with stage(pinned=lambda: slow, within=0.1) as at:
            assert allowed(await sent(at, body(SCALED)), uid_of(SCALED)) == []
            assert at.hook.counts["late"] == 1

    run(story())


def test_what_cannot_be_kept_is_a_gap() -> None:
    """Answered all the same."""

    async def story() -> None:
        async with stage() as at:
            at.keeper.trouble = Overloaded("too much waits", 1)
            assert allowed(await sent(at, body(SCALED)), uid_of(SCALED)) == [WARNED]
            assert at.hook.counts["unkept"] == 1
            (state,) = at.hearing.states()
            assert (state.source, state.listening, state.gaps) == (SOURCE, False, 1)
            at.keeper.trouble = None
            await sent(at, body(SCALED))
            (state,) = at.hearing.states()
            assert (state.listening, state.gaps) == (True, 1)

    run(story())


def test_no_room_is_no_refusal() -> None:
    """While more waits than may, the uid is read and no more."""

    async def story() -> None:
        waiting = Limits(waiting=10)
        async with stage(limits=waiting) as at:
            at.hook.door._waiting.bytes = 5
            assert allowed(await sent(at, body(SCALED)), uid_of(SCALED)) == []
            assert at.hook.counts["late"] == 1

    run(story())


def test_what_is_not_kept() -> None:
    """Dry runs, what changes nothing, secrets, statuses, and machines that say who they are."""
    secret = {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "s", "namespace": "prod"}}
    kubelet = {"username": "system:node:n1", "groups": ["system:nodes"]}
    same = review("UPDATE", scaled(KNOWN, 8), KNOWN, scale=True)
    asked = [
        _without(SCALED, dryRun=True),
        review("UPDATE", scaled(KNOWN, 3), KNOWN, scale=True, dry_run=True),
        same,
        review("UPDATE", {**KNOWN, "status": {"replicas": 1}}, KNOWN),
        review("CREATE", secret, where=("", "secrets")),
        review("UPDATE", scaled(KNOWN, 3), KNOWN, subResource="status"),
        review("UPDATE", scaled(KNOWN, 3), KNOWN, user=kubelet),
        review("CREATE", {**KNOWN, "metadata": {}}, name=""),
    ]

    async def story() -> None:
        async with stage() as at:
            for one in asked:
                allowed(await sent(at, body(one)), uid_of(one))
            assert at.keeper.kept == {}
            assert at.hook.counts["fault"] == at.hook.counts["unusable"] == 0

    run(story())


def test_nothing_that_is_written_is_kept() -> None:
    """Only a fingerprint: the version that a watch sees brings the rest."""
    changed = deployment(8, image="postgres://app:hunter2-do-not-store@db/app")

    async def story() -> None:
        async with stage() as at:
            allowed_ = review("UPDATE", changed, KNOWN, manager="kubectl-edit")
            allowed(await sent(at, body(allowed_)), uid_of(allowed_))
            (entry,) = at.keeper.kept.values()
            assert b"hunter2" not in entry
            assert b"postgres" not in entry

    run(story())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["kind", "metadata", "spec", "name", "replicas", "managedFields", "time"]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
PLACES = [
    ("request",),
    ("kind",),
    *(("request", name) for name in SCALED["request"]),
    *(("request", "object", name) for name in ("kind", "apiVersion", "metadata", "spec")),
    *(("request", "object", "metadata", name) for name in ("name", "uid", "managedFields")),
    ("request", "userInfo", "groups"),
    ("request", "options", "dryRun"),
    ("request", "resource", "resource"),
]


def test_whatever_comes_is_allowed_or_fails_open() -> None:
    """Any JSON in any place of a review: allowed with the uid, or a status; never a fault."""
    whole = review("UPDATE", scaled(KNOWN, 3), KNOWN)
    bases = (SCALED, whole, review("CREATE", KNOWN), review("DELETE", None, KNOWN))

    async def tried(at: Stage, asked: Any) -> None:
        data = json.dumps(asked).encode()
        status, answer = await sent(at, data)
        if status == 200:
            assert answer["response"]["allowed"] is True
            assert answer["response"]["uid"] == asked["request"]["uid"]
        else:
            assert status == 400
            assert answer["error"]
        assert at.hook.counts["fault"] == 0, data

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(bases), st.sampled_from(PLACES), JSON)
    def twisted(base: dict[str, Any], place: tuple[str, ...], value: Any) -> None:
        asked = json.loads(json.dumps(base))
        inner = asked
        for name in place[:-1]:
            if not isinstance(inner.get(name), dict):
                inner[name] = {}
            inner = inner[name]
        inner[place[-1]] = value
        loop.run_until_complete(tried(at, asked))

    @settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
    @given(JSON)
    def anything(value: Any) -> None:
        loop.run_until_complete(tried(at, value))

    loop = asyncio.new_event_loop()
    held = stage()
    at = loop.run_until_complete(held.__aenter__())
    try:
        twisted()
        anything()
    finally:
        loop.run_until_complete(held.__aexit__(None, None, None))
        loop.close()


def test_nothing_pinned_is_nothing_said() -> None:
    """And a table of other objects neither."""

    async def story() -> None:
        async with stage(pinned=lambda: EMPTY) as at:
            assert allowed(await sent(at, body(SCALED)), uid_of(SCALED)) == []

    run(story())
