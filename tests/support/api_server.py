"""The SubjectAccessReview endpoint of an API server: strict, on loopback, with rules as RBAC has.

    with api_server(Rule("sarah", ("deployments",), verbs=("get", "list"))) as api:
        api.kubeconfig(folder / "config")

What Kubernetes refuses is refused here, with a Status: another path or method, no or a wrong token,
a body that is no SubjectAccessReview. Members that do not exist in the API are refused, too, which
Kubernetes does with fieldValidation=Strict only.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

PATH = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
TOKEN = "token-of-the-bot"
_ATTRIBUTES = {
    "fieldSelector", "group", "labelSelector", "name", "namespace", "resource", "subresource",
    "verb", "version",
}  # fmt: skip


class Rule(NamedTuple):
    """A rule bound to a user or a group; "*" for every verb, API group, resource or namespace."""

    subject: str
    resources: tuple[str, ...]
    verbs: tuple[str, ...] = ("get", "list", "watch")
    groups: tuple[str, ...] = ("*",)
    namespaces: tuple[str, ...] = ("*",)


@dataclass
class ApiServer:
    """What it answers, and what it was asked.

    refuses  the HTTP status with which everything is refused; 0 for answers as the rules say
    """

    rules: list[Rule]
    port: int = 0
    refuses: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)

    def kubeconfig(self, path: Path, *, token: str = TOKEN) -> Path:
        """A file that leads to it."""
        path.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "test",
                    "clusters": [
                        {"name": "test", "cluster": {"server": f"http://127.0.0.1:{self.port}"}}
                    ],
                    "users": [{"name": "bot", "user": {"token": token}}],
                    "contexts": [{"name": "test", "context": {"cluster": "test", "user": "bot"}}],
                }
            )
        )
        return path

    def answer(self, body: object) -> tuple[int, dict[str, Any]]:
        """The status and the answer to one review."""
        if self.refuses:
            return self.refuses, _status(self.refuses, "as ordered")
        problem = _problem(body)
        if problem:
            return 422, _status(422, problem)
        assert isinstance(body, dict)
        self.asked.append(body["spec"])
        return 201, {**body, "status": {"allowed": self._allowed(body["spec"])}}

    def _allowed(self, spec: dict[str, Any]) -> bool:
        wish = spec["resourceAttributes"]
        subjects = {spec.get("user"), *spec.get("groups", ())}
        return any(
            rule.subject in subjects
            and _covers(rule.verbs, wish.get("verb", ""))
            and _covers(rule.groups, wish.get("group", ""))
            and _covers(rule.resources, wish.get("resource", ""))
            and _covers(rule.namespaces, wish.get("namespace", ""))
            for rule in self.rules
        )


def _covers(given: tuple[str, ...], wanted: str) -> bool:
    return "*" in given or wanted in given


def _problem(body: object) -> str:
    """What is wrong with a review; "" for nothing."""
    if not isinstance(body, dict):
        return "the body is no object"
    if (body.get("apiVersion"), body.get("kind")) != (
        "authorization.k8s.io/v1",
        "SubjectAccessReview",
    ):
        return "the body is no SubjectAccessReview"
    if body.keys() - {"apiVersion", "kind", "metadata", "spec", "status"}:
        return "unknown field"
    spec = body.get("spec")
    if not isinstance(spec, dict) or spec.keys() - {
        "user", "groups", "uid", "extra", "resourceAttributes", "nonResourceAttributes"
    }:  # fmt: skip
        return "spec: unknown field"
    if not spec.get("user") and not spec.get("groups"):
        return "spec.user: at least one of user or group must be specified"
    wish = spec.get("resourceAttributes")
    if not isinstance(wish, dict) or wish.keys() - _ATTRIBUTES:
        return "spec.resourceAttributes: unknown field"
    if any(not isinstance(value, str) for value in wish.values()):
        return "spec.resourceAttributes: no string"
    return ""


def _status(code: int, message: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1", "kind": "Status", "status": "Failure", "code": code, "message": message
    }  # fmt: skip


@contextmanager
def api_server(*rules: Rule) -> Iterator[ApiServer]:
    """Answering until the block ends."""
    served = ApiServer(list(rules))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            content = self.rfile.read(length)
            code, told = self._told(content)
            out = json.dumps(told).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(out)))
            self.end_headers()
            self.wfile.write(out)

        def _told(self, content: bytes) -> tuple[int, dict[str, Any]]:
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                return 401, _status(401, "Unauthorized")
            if self.path.partition("?")[0] != PATH:
                return 404, _status(404, "the server could not find the requested resource")
            media = self.headers.get("Content-Type", "").partition(";")[0]
            if media not in ("", "application/json"):  # none at all means JSON to Kubernetes, too
                return 415, _status(415, "the body has another media type")
            try:
                return served.answer(json.loads(content))
            except ValueError:
                return 400, _status(400, "the body is no JSON")

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
