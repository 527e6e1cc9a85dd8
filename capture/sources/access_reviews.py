"""Asks the API server what somebody may do, by SubjectAccessReview (authorization.k8s.io/v1).

The client of Kubernetes is imported at the first question. Whoever asks needs the right to create
subjectaccessreviews (the cluster role system:auth-delegator has it) and none to read anything.
"""

from __future__ import annotations

from importlib import import_module
from threading import Lock
from typing import Any, NamedTuple

from kubectl_smart.capture.sources.cluster import (
    NoCluster,
    client_configuration,
    must_have_client,
)
from kubectl_smart.memory.records.errors import SmartError


class Unanswered(SmartError):
    """The API server did not say."""


class Wish(NamedTuple):
    """What somebody wants to do.

    user       as the cluster knows them; groups  those they are in
    verb       "get", "list" …
    group      API group, "" for the core; "*" for all; the same for resource ("deployments")
    namespace  "" for all of them, and for what has none
    """

    user: str
    groups: tuple[str, ...]
    verb: str
    group: str
    resource: str
    namespace: str


class AccessReviews:
    """One API server.

    kubeconfig, context  "" for the usual ones; in a pod its own account, unless one is named
    within               seconds for one answer

    BadInput if the client of Kubernetes is not installed.
    """

    def __init__(self, *, kubeconfig: str = "", context: str = "", within: float = 5.0) -> None:
        must_have_client("leave out subject_access_review")
        self._kubeconfig = kubeconfig
        self._context = context
        self._within = within
        self._lock = Lock()
        self._api: Any = None

    def allowed(self, wish: Wish) -> bool:
        """Whether they may. Unanswered if the API server cannot be asked, or refuses to say."""
        client, errors = import_module("kubernetes.client"), import_module("urllib3.exceptions")
        try:
            told = self._connected().create_subject_access_review(
                _review(client, wish), _request_timeout=self._within
            )
        except client.ApiException as refusal:
            raise Unanswered(
                f"the API server does not say who may do what ({refusal.status})",
                "give the bot's account the cluster role system:auth-delegator",
            ) from None
        except (errors.HTTPError, OSError, ValueError) as problem:
            raise Unanswered(
                f"the API server cannot be asked who may do what: {type(problem).__name__}",
                "try again in a minute",
            ) from None
        status = told.status
        return status is not None and status.allowed is True and not status.denied

    def _connected(self) -> Any:
        with self._lock:
            if self._api is None:
                self._api = import_module("kubernetes.client").AuthorizationV1Api(self._client())
            return self._api

    def _client(self) -> Any:
        client = import_module("kubernetes.client")
        try:
            settings = client_configuration(self._kubeconfig, self._context)
        except NoCluster as problem:
            raise Unanswered(problem.message, "see slack.access in the configuration") from None
        return client.ApiClient(settings)


def _review(client: Any, wish: Wish) -> Any:
    attributes = client.V1ResourceAttributes(
        verb=wish.verb, group=wish.group, resource=wish.resource, namespace=wish.namespace
    )
    spec = client.V1SubjectAccessReviewSpec(
        user=wish.user, groups=list(wish.groups), resource_attributes=attributes
    )
    return client.V1SubjectAccessReview(
        api_version="authorization.k8s.io/v1", kind="SubjectAccessReview", spec=spec
    )
