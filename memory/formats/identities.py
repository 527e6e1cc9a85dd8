"""Git identities of actors: for `git log --author` and web viewers, not for reading back.

Git allows neither `<`, `>` nor line breaks in a name and expects an address; a user name may
hold anything. So this is lossy, and the exact name stands in the trailer `Actor`.
Addresses that nobody has end in `.invalid` and can never receive mail.
"""

from __future__ import annotations

import re
from functools import lru_cache

from kubectl_smart.memory.records.actors import Actor

DOMAIN = "kubectl-smart.invalid"
RECORDER_NAME = "kubectl-smart"
RECORDER_EMAIL = f"recorder@{DOMAIN}"
_FORBIDDEN = re.compile(r"[<>\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_CRUD = " .,:;<>\"\\'"
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\Z")
_NOT_LOCAL = re.compile(r"[^A-Za-z0-9._+-]+")
_MAX_NAME = 100
_SERVICE_ACCOUNT = "system:serviceaccount:"


@lru_cache(maxsize=4_096)
def git_identity(actor: Actor) -> tuple[str, str]:
    """(name, email) of the actor as a git author: never empty, never with `<`, `>` or breaks."""
    name = _FORBIDDEN.sub(" ", actor.name).strip(_CRUD)[:_MAX_NAME].strip(_CRUD)
    if not name:
        return "unknown", f"unknown@{DOMAIN}"
    if _ADDRESS.match(name):
        return name, name
    if name.startswith(_SERVICE_ACCOUNT):
        namespace, _, account = name.removeprefix(_SERVICE_ACCOUNT).partition(":")
        if namespace and account:
            return f"{namespace}/{account}", f"{_local(account)}@{_local(namespace)}.{DOMAIN}"
    return name, f"{_local(name)}@{DOMAIN}"


def _local(text: str) -> str:
    return _NOT_LOCAL.sub("-", text).strip("-.") or "unknown"
