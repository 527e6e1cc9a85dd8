"""From a review to what is spooled of it: who asks for what, and nothing of what it says. Pure.

Whatever is spooled is on disk. Of the object only a fingerprint is, made of it as a watch will show
it: trimmed and redacted; the version that the watch sees brings the rest.
"""

from __future__ import annotations

from typing import Any

from kubectl_smart.capture.decoding.actors import identify
from kubectl_smart.capture.decoding.admitted import KEPT
from kubectl_smart.capture.decoding.asked import Asked, fingerprint
from kubectl_smart.capture.reviews import Review
from kubectl_smart.capture.trimming import trimmed_object
from kubectl_smart.capture.warning import edits_of, ref_of, replicas_of
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.changes import UNKNOWN

_BULK = frozenset({("", "secrets"), ("", "events"), ("events.k8s.io", "events")})
_KNOWN = frozenset({ActorKind.CONTROLLER, ActorKind.NODE})
"""Actors that field managers tell as well."""


def asked_in(review: Review, now: int, seen: bool, redactor: Redactor) -> Asked | None:
    """What is kept of a review; None of a dry run, of what changes nothing and of what others tell.

    seen  whether a watch will show what becomes of it

    Unusable if the object has not the shape of one.
    """
    if review.dry_run or review.verb == "connect" or review.subresource not in ("", "scale"):
        return None
    if (review.group, review.resource) in _BULK or edits_of(review) == ():
        return None
    kind = identify(review.user, review.groups, "", (), review.manager).actor.kind
    if kind in _KNOWN or (kind is ActorKind.AUTOMATION and not seen):
        return None
    shown = review.old if review.verb == "delete" else review.obj
    ref = ref_of(review, {})
    if ref is None or shown is None or not review.user:
        return None
    if review.verb == "delete" and _said(shown, "deletionTimestamp") and not review.at_once:
        return None  # it is going already
    scale = review.subresource == "scale"
    replicas = replicas_of(shown) if scale else None
    if replicas is UNKNOWN:
        return None
    content = ""
    if review.verb != "delete" and not scale:
        content = fingerprint(_typed(trimmed_object(shown, redactor), review, ref.kind))
    return Asked(
        review=review.uid,
        at=now,
        until=now + KEPT if seen else 0,
        ref=ref,
        resource=review.resource,
        subresource=review.subresource,
        verb=review.verb,
        uid=_said(shown, "uid"),
        old_version=_said(review.old, "resourceVersion"),
        api=f"{review.group}/{review.version}" if review.group else review.version,
        content=content,
        replicas=replicas,
        user=review.user,
        groups=review.groups,
        manager=review.manager[:128],
    )


def _typed(obj: dict[str, Any], review: Review, kind: str) -> dict[str, Any]:
    api = f"{review.group}/{review.version}" if review.group else review.version
    return {"apiVersion": api, "kind": kind, **obj}


def _said(obj: dict[str, Any] | None, name: str) -> str:
    return str(((obj or {}).get("metadata") or {}).get(name) or "")
