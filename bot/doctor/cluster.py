"""The cluster: whether it is reached, whether it is the memory's, and what we may see there."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from importlib.metadata import version
from importlib.util import find_spec

from kubectl_smart.bot.doctor.case import Case
from kubectl_smart.bot.doctor.clocks import by_header
from kubectl_smart.bot.doctor.examining import Area, Check, aside
from kubectl_smart.bot.doctor.findings import Outcome, failed, not_configured, ok, warning
from kubectl_smart.bot.doctor.rights import (
    REVIEW,
    VERBS,
    Right,
    allowed,
    judged,
    review,
    subject,
    wanted,
)
from kubectl_smart.bot.serve.watch_settings import WatchModel
from kubectl_smart.capture.decoding.discovered import chosen
from kubectl_smart.capture.sources.api_client import ApiBroken, ApiClient, ApiRefused
from kubectl_smart.capture.sources.cluster import (
    IN_A_POD,
    ClusterPlace,
    NoCluster,
    cluster_place,
)
from kubectl_smart.capture.sources.discovery import discovered
from kubectl_smart.capture.sources.watch_places import read_places
from kubectl_smart.memory.store.git_store import OURS

_AT_ONCE = 16
_WHO = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
_SECRETS = tuple(Right("", "secrets", verb) for verb in VERBS)
_REVIEWS = Right("authorization.k8s.io", "subjectaccessreviews", "create")
_BIND_REVIEWS = (
    "kubectl create clusterrolebinding kubectl-smart-reviews --clusterrole=system:auth-delegator"
)


def area(case: Case, stack: AsyncExitStack) -> Area:
    """With a client that lives as long as the stack."""
    cluster = _Cluster(case, stack)
    late = "see whether a firewall or a proxy lies between: `kubectl get --raw /version`"
    login = f"{late}; a log-in helper named in the kubeconfig may wait for somebody to type"
    return Area(
        "cluster",
        [
            Check("account", cluster.account, login, needed=True),
            Check("reached", cluster.reached, late, needed=True),
            Check("clock", cluster.clock, late),
            Check("same cluster", cluster.same, late),
            Check("rights", cluster.rights, f"{late}, or give --within more seconds"),
            Check("secrets", cluster.secrets, late),
            Check("reviews", cluster.reviews, late),
        ],
    )


class _Cluster:
    def __init__(self, case: Case, stack: AsyncExitStack) -> None:
        self._case = case
        self._stack = stack
        self._client: ApiClient | None = None
        self._server = ""
        self._asked = (0, 0, "")
        capture = None if case.model is None else case.model.capture
        self._watch: WatchModel | None = None if capture is None else capture.watch
        self._who = ""

    @property
    def _api(self) -> ApiClient:
        assert self._client is not None  # noqa: S101 - `account` is needed by all others
        return self._client

    async def account(self) -> Sequence[Outcome]:
        """The kubeconfig and its context, or the pod's account."""
        case, watch = self._case, self._watch
        kubeconfig = case.kubeconfig or (watch.kubeconfig if watch is not None else "")
        context = case.context or (watch.context if watch is not None else "")
        if find_spec("kubernetes") is None:
            said = "the client of Kubernetes is not installed, so no cluster is looked at"
            step = "pip install 'kubectl-smart[kubernetes]'"
            return [not_configured(said, "install it to have this checked", step)]
        try:
            place = await aside(lambda: cluster_place(kubeconfig, context))
        except NoCluster as problem:
            return [self._unplaced(problem, named=bool(kubeconfig or context))]
        except (OSError, ValueError, TypeError, KeyError) as problem:
            said = f"the kubeconfig cannot be used: {problem or type(problem).__name__}"
            return [failed(said, "see `kubectl config view`, and name one with --kubeconfig")]
        return [await self._placed(place, kubeconfig, context)]

    def _unplaced(self, problem: NoCluster, *, named: bool) -> Outcome:
        if named or self._watch is not None:
            return failed(problem.message, f"{problem.remedy}; see `kubectl config get-contexts`")
        tried = "tried $KUBECONFIG, ~/.kube/config and the account of a pod"
        return not_configured(f"{tried}: {problem.message}", "name one with --kubeconfig")

    async def _placed(self, place: ClusterPlace, kubeconfig: str, context: str) -> Outcome:
        agent = f"kubectl-smart/{version('kubectl-smart')}"
        client = ApiClient(place, agent=agent, within=self._case.within)
        self._client = await self._stack.enter_async_context(client)
        self._server = place.server
        if IN_A_POD in os.environ and not kubeconfig:
            return ok("the pod's own account")
        which = f"context {context}" if context else "its current context"
        return ok(f"{kubeconfig or 'the usual kubeconfig'}, {which}")

    async def reached(self) -> Sequence[Outcome]:
        """Whether the API server answers, and knows us."""
        sent = _now()
        try:
            told = await self._api.dated("/version")
        except ApiBroken as problem:
            said = f"{self._server} is not reached: {problem.message}"
            return [failed(said, "see whether it is up: `kubectl get --raw /version`")]
        except ApiRefused as problem:
            if problem.status in (401, 403):
                said = f"{self._server} does not take the account: {problem.message}"
                return [failed(said, "renew its token or certificate, then try again")]
            return [failed(f"{self._server}: {problem.message}", "see the API server's log")]
        self._asked = (sent, _now(), told.date)
        try:
            user = (await self._api.post(_WHO, _self_review())).get("status") or {}
            self._who = str((user.get("userInfo") or {}).get("username") or "")
        except ApiRefused as problem:
            if problem.status == 401:
                said = f"{self._server} does not take the account: {problem.message}"
                return [failed(said, "renew its token or certificate, then try again")]
        name = str(told.document.get("gitVersion") or "of a version it does not tell")
        who = f", as {self._who}" if self._who else ""
        return [ok(f"{self._server} answers, Kubernetes {name}{who}")]

    async def clock(self) -> Sequence[Outcome]:
        """Ours against the API server's."""
        sent, came, date = self._asked
        return [by_header("the API server's", date, sent, came)]

    async def same(self) -> Sequence[Outcome]:
        """Whether the memory is of this cluster, by the uid of kube-system."""
        path = self._case.memory / OURS / "imports" / "watch.json"
        known, _ = await aside(lambda: read_places(path))
        try:
            found = await self._api.get("/api/v1/namespaces/kube-system")
        except ApiRefused as problem:
            said = f"the uid of kube-system may not be read: {problem.message}"
            return [warning(said, "give the account `get` on namespaces; see rights below")]
        uid = str((found.get("metadata") or {}).get("uid") or "")
        if not known:
            return [
                not_configured(f"the memory has not listened to any cluster yet; this is {uid}")
            ]
        if known != uid:
            said = f"the memory is of another cluster (kube-system {known}, here {uid})"
            remedy = "name another memory; if this cluster took the other one's place, remove"
            return [failed(said, f"{remedy} {path}")]
        return [ok(f"the memory listened to this cluster (kube-system {uid})")]

    async def rights(self) -> Sequence[Outcome]:
        """What of all that is served may be listened to."""
        served = await discovered(self._api)
        outcomes = []
        if served.unsure:
            said = f"what {', '.join(sorted(served.unsure))} serve is not known just now"
            remedy = "see `kubectl get apiservices`: one that is not Available hides its resources"
            outcomes.append(warning(said, remedy))
        resources = chosen(served, self._skipped())
        held = await self._held(wanted(resources))
        return [*outcomes, judged(resources, held, self._who)]

    def _skipped(self) -> frozenset[str]:
        from kubectl_smart.capture.sources.watching import SKIPPED

        skip = None if self._watch is None else self._watch.skip
        return frozenset(SKIPPED if skip is None else skip)

    async def secrets(self) -> Sequence[Outcome]:
        """That secrets may not be read: they are not needed."""
        held = await self._held(_SECRETS)
        if not held:
            return [ok("secrets may not be read, and are not needed")]
        verbs = ", ".join(one.verb for one in _SECRETS if one in held)
        said = f"the account may {verbs} secrets, which is not needed"
        if self._watch is None and IN_A_POD not in os.environ:
            return [ok(f"{said}: it is your own, and `serve` uses one that may not")]
        remedy = 'take `secrets` (and "*") out of the ClusterRoles it is bound to; find them with'
        step = f"kubectl auth can-i --list{f' --as={self._who}' if self._who else ''}"
        return [warning(said, remedy, step)]

    async def reviews(self) -> Sequence[Outcome]:
        """That the bot may ask what people see, if it is to."""
        model = self._case.model
        slack = None if model is None else model.slack
        if slack is None or not slack.access.subject_access_review:
            return []
        if await self._held([_REVIEWS]):
            return [ok("the account may ask who may do what")]
        said = "the account may not ask who may do what, so nobody sees anything in Slack"
        bind = f"{_BIND_REVIEWS} {subject(self._who)}" if self._who else _BIND_REVIEWS
        return [failed(said, "bind it to system:auth-delegator", bind)]

    async def _held(self, asked: Sequence[Right]) -> frozenset[Right]:
        limit = asyncio.Semaphore(_AT_ONCE)

        async def held(one: Right) -> bool:
            async with limit:
                return allowed(await self._api.post(REVIEW, review(one)))

        answers = await asyncio.gather(*(held(one) for one in asked))
        return frozenset(one for one, yes in zip(asked, answers, strict=True) if yes)


def _self_review() -> dict[str, str]:
    return {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}


def _now() -> int:
    return time.time_ns() // 1_000
