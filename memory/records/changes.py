"""A change: one write to one object, with who, when, how, before and after."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, NamedTuple, TypeAlias

from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.objects import ObjectRef

Json: TypeAlias = Any
"""None, bool, int, float, str, list of Json, dict of str to Json."""


class Unset(Enum):
    """Why a FieldEdit has no value on one side. Neither is JSON null."""

    ABSENT = "absent"
    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return self.name


ABSENT = Unset.ABSENT
UNKNOWN = Unset.UNKNOWN


class FieldEdit(NamedTuple):
    """One field that a change set, removed or replaced.

    path    as a person reads it, list items by their merge key:
            "spec.replicas", "spec.template.spec.containers[main].image",
            "data.CACHE_SIZE", 'metadata.annotations["ops.example.com/never-below"]'
    before  JSON value, ABSENT (the field was not there) or UNKNOWN (not recorded)
    after   JSON value, ABSENT (the field was removed) or UNKNOWN
    """

    path: str
    before: Json | Unset
    after: Json | Unset


class Knowledge(StrEnum):
    """How much of the object's state after a change is known."""

    FULL = "full"
    """The whole object (as stored: see memory/README.md)."""
    FIELDS = "fields"
    """Only the `after` side of the edits (a Scale without a known Deployment, a patch
    recorded without its response)."""
    NAME = "name"
    """Only that a write to this object happened (audit level Metadata)."""


class Facet(StrEnum):
    """Which side of an object a change is about."""

    OBJECT = "object"
    """What was asked for. For derived Pods this includes the trimmed status."""
    STATUS = "status"
    """The trimmed status of a declared Pod or Node; it lives in the journal."""
    DECLARED = "declared"
    """What a manifest repository declares: of no version that the cluster held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One write to one object.

    id                32 hex digits, a function of audit id, object and facet: the same
                      event always makes the same id (see formats.identity)
    object            the object written to
    uid               its metadata.uid; "" if not known
    facet             OBJECT; STATUS for a declared Pod's or Node's status; DECLARED for a commit
                      of a manifest repository
    derived           True for what controllers make (ReplicaSet, Pod of a Deployment ...);
                      derived objects and STATUS facets are stored in the journal
    verb              create, update, patch, apply, delete, scale, bind, evict
    actor             who acted
    via               how, as a person would say it: the kubectl command rebuilt
                      ("kubectl scale deployment/payment-api -n payments --replicas=5"),
                      "Argo CD sync", "HorizontalPodAutoscaler", "deployment-controller"
    happened_at       microseconds since 1970-01-01 UTC (the audit event's stageTimestamp)
    audit_id          the API server's auditID; "" when it came from elsewhere
    resource_version  of the object after the change; "" if not known
    knowledge         how much of the state after it is known
    edits             field-level difference to the version before; () for a create or delete
                      whose whole state is known
    state             canonical JSON (sorted keys, redacted, stored form) after the change;
                      None when the object is gone or knowledge is not FULL
    gone              True if the object no longer exists after this change
    owner             the declared object at the top of the owner chain of a derived object;
                      None for declared objects or where the chain is not known
    reason            why, in the actor's words, where the request itself carries it
                      (kubernetes.io/change-cause); "" otherwise
    late              True if a newer version of the object was already recorded
    not_before        where nobody listened when it took place: the earliest it can have been,
                      microseconds since 1970-01-01 UTC, and `happened_at` the latest; 0 where
                      the instant is known
    attribution       "" where the API server authenticated the actor; otherwise what the actor
                      is known by, in words, and how far that goes: "field manager kubectl-edit
                      at 14:02:01Z: names the tool, not the person"
    """

    id: str
    object: ObjectRef
    uid: str
    facet: Facet
    derived: bool
    verb: str
    actor: Actor
    via: str
    happened_at: int
    audit_id: str
    resource_version: str
    knowledge: Knowledge
    edits: tuple[FieldEdit, ...]
    state: bytes | None
    gone: bool = False
    owner: ObjectRef | None = None
    reason: str = ""
    late: bool = False
    not_before: int = 0
    attribution: str = ""
