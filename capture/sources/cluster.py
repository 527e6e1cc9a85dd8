"""Where a cluster's API server is and how one is known there, by kubeconfig or a pod's account.

The client of Kubernetes reads the configuration, so that every way to log in that it knows works;
it is imported at the first use.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

from kubectl_smart.memory.records.errors import BadInput, SmartError

IN_A_POD = "KUBERNETES_SERVICE_HOST"


class NoCluster(SmartError):
    """Where the API server is cannot be told."""


class ClusterPlace(NamedTuple):
    """An API server.

    server         URL without a slash at its end
    tls            None for plain HTTP
    authorization  value of the header of that name, asked for anew with each request, since tokens
                   are renewed; "" where a certificate or nothing is asked for
    """

    server: str
    tls: ssl.SSLContext | None
    authorization: Callable[[], str]


def must_have_client(otherwise: str) -> None:
    """BadInput if the client of Kubernetes is not installed; `otherwise`: what else to do."""
    if find_spec("kubernetes") is None:
        raise BadInput(
            "the client of Kubernetes is not installed",
            f"install kubectl-smart[kubernetes], or {otherwise}",
        )


def client_configuration(kubeconfig: str, context: str) -> Any:
    """A kubernetes.client.Configuration; "" for the usual ones, in a pod its own account.

    NoCluster if there is none.
    """
    client, config = import_module("kubernetes.client"), import_module("kubernetes.config")
    settings = client.Configuration()
    settings.retries = False
    try:
        if IN_A_POD in os.environ and not kubeconfig:
            config.load_incluster_config(client_configuration=settings)
        else:
            config.load_kube_config(
                config_file=kubeconfig or None,
                context=context or None,
                client_configuration=settings,
            )
    except config.ConfigException as problem:
        raise NoCluster(
            f"the API server is not known: {problem}", "name a kubeconfig, and a context of it"
        ) from None
    return settings


def cluster_place(kubeconfig: str, context: str) -> ClusterPlace:
    """The API server that they name. NoCluster if there is none; BadInput for bad certificates."""
    settings = client_configuration(kubeconfig, context)

    def authorization() -> str:
        known = [dict(one) for one in settings.auth_settings().values()]
        if settings.username:
            return str(settings.get_basic_auth_token())
        found = [one["value"] for one in known if one.get("key", "").lower() == "authorization"]
        return str(found[0] or "") if found else ""

    server = str(settings.host).rstrip("/")
    return ClusterPlace(
        server, _tls(settings) if server.startswith("https:") else None, authorization
    )


def _tls(settings: Any) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ssl_ca_cert or None)
        if settings.cert_file:
            context.load_cert_chain(settings.cert_file, settings.key_file or None)
    except (OSError, ssl.SSLError) as problem:
        raise BadInput(
            f"the certificates of the kubeconfig cannot be used: {problem}",
            "see its certificate-authority, client-certificate and client-key",
        ) from None
    if not settings.verify_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
