"""Who asked for a write, joined with the version a watch saw of it: right, or not at all."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.capture.test_joining import API, SECOND, Spool, seen
from tests.support.admission_reviews import body, review, scaled
from tests.support.audit_events import REDACTOR, deployment, pod

from kubectl_smart.capture.asking import asked_in
from kubectl_smart.capture.decoding.admitted import AGAIN, KEPT, MOST, PROMPT, UNHEARD
from kubectl_smart.capture.decoding.asked import asked_of, item
from kubectl_smart.capture.decoding.knowing import open_entries
from kubectl_smart.capture.reviews import request_in, review_of
from kubectl_smart.memory.records.actors import UNKNOWN_ACTOR, Actor, ActorKind
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.steps import Step

BOB = {"username": "bob@example.com", "groups": ["sre"]}
ARGO = {"username": "system:serviceaccount:argocd:argocd-application-controller", "groups": []}
KNOWN = deployment(3, rv=1)
SEEN = 10 * SECOND


class Heard(Spool):
    """A spool that reviews and versions come into; nothing waits for an audit log."""

    def __init__(self) -> None:
        super().__init__()
        self.version(KNOWN, 0, "FIRST")

    def ask(self, asked: dict[str, Any], at: int, *, listens: bool = True) -> None:
        """A review."""
        made = asked_in(review_of(request_in(body(asked))), at, listens, REDACTOR)
        assert made is not None
        assert asked_of(item(made).body) == made
        self.put(item(made))

    def version(self, obj: dict[str, Any], at: int, kind: str = "MODIFIED", **more: Any) -> None:
        """A version, trimmed as a watch does it."""
        shown = copy.deepcopy(obj)
        shown["metadata"].pop("managedFields", None)
        shown.pop("status", None)
        self.put(item_of(shown, at, kind, **more))

    @property
    def last(self) -> Change:
        """The change recorded last."""
        return self.changes[-1]

    @property
    def steps(self) -> list[Step]:
        """What people tried."""
        return [one for one in self.records if isinstance(one, Step)]


def item_of(obj: dict[str, Any], at: int, kind: str, **more: Any) -> Any:
    """Its entry."""
    from kubectl_smart.capture.decoding import versions

    return versions.item(seen(obj, at, kind, wait_until=0, **more), at)


def scale(replicas: int, **more: Any) -> dict[str, Any]:
    """A review of a scale."""
    return review("UPDATE", scaled(KNOWN, replicas), KNOWN, scale=True, **more)


def test_a_scale_is_joined_with_the_version_that_has_it() -> None:
    """Its actor, its command, and by what that is known."""
    spool = Heard()
    spool.ask(scale(5), SEEN - 12_000)
    spool.version(deployment(5, rv=2), SEEN, via="kubectl scale")
    assert spool.last.actor == Actor("ada@example.com", ActorKind.HUMAN)
    assert spool.last.via == "kubectl scale deployment/api -n prod --replicas=5"
    assert spool.last.attribution == (
        "by admission: asked to scale this uid to 5, 12 ms before it was seen"
    )
    assert spool.last.edits[0].path == "spec.replicas"
    assert open_entries(spool.state) == set()


@pytest.mark.parametrize("manager", ["kubectl-edit", "kubectl-client-side-apply", "argocd", ""])
def test_a_write_is_joined_by_its_content(manager: str) -> None:
    """Whatever the API server's book-keeping is by then."""
    spool = Heard()
    wanted = deployment(3, rv=1, image="api:2")
    spool.ask(review("UPDATE", wanted, KNOWN, manager=manager, options="PatchOptions"), SEEN)
    spool.version(deployment(3, rv=2, image="api:2"), SEEN + 5_000)
    assert spool.last.actor.name == "ada@example.com"
    assert "asked for this very content" in spool.last.attribution
    spool.version(deployment(3, rv=3, image="api:3"), SEEN + 6_000)
    assert spool.last.actor == UNKNOWN_ACTOR


def test_what_was_refused_later_is_no_change_and_no_actor() -> None:
    """Another one's write of something else is not theirs; in the end it is an attempt."""
    spool = Heard()
    spool.ask(scale(1), SEEN)
    spool.version(deployment(5, rv=2), SEEN + SECOND)
    assert spool.last.actor == UNKNOWN_ACTOR
    spool.tick(SEEN + KEPT - 1)
    assert spool.steps == []
    spool.tick(SEEN + KEPT)
    (step,) = spool.steps
    assert (step.action, step.outcome, step.audit_ids) == ("attempt", UNHEARD, ())
    assert step.command == "scale deployment/api -n prod --replicas=1"
    assert (step.target, step.happened_at) == (API, SEEN)
    assert [one.resource_version for one in spool.changes] == ["1", "2"]


def test_a_status_is_nobodys_write() -> None:
    """A version that differs in nothing asked for leaves the request waiting."""
    spool = Heard()
    spool.version(deployment(5, rv=2), SEEN)
    spool.ask(review("UPDATE", deployment(3, rv=2), deployment(5, rv=2)), SEEN + 1)
    spool.version(deployment(5, rv=3), SEEN + 2)
    assert len(open_entries(spool.state)) == 1
    spool.version(deployment(3, rv=4), SEEN + 3)
    assert spool.last.actor.name == "ada@example.com"


def test_of_two_who_asked_for_the_same_none_is_named() -> None:
    """One of them may have been refused: the change says who they are."""
    spool = Heard()
    spool.ask(scale(5), SEEN)
    spool.ask(scale(5, user=BOB), SEEN + SECOND)
    spool.version(deployment(5, rv=2), SEEN + 2 * SECOND, via="kubectl scale")
    assert spool.last.actor == UNKNOWN_ACTOR
    assert "one of ada@example.com, bob@example.com" in spool.last.attribution
    assert open_entries(spool.state) == set()


def test_a_request_tried_again_after_a_conflict_is_one() -> None:
    """The API server asks for each try; the tries before the one that was stored are gone."""
    spool = Heard()
    spool.ask(review("UPDATE", deployment(3, image="api:2"), KNOWN), SEEN)
    other = deployment(4, rv=2)
    spool.version(other, SEEN + 1)
    spool.ask(review("UPDATE", deployment(4, rv=2, image="api:2"), other), SEEN + 2)
    spool.version(deployment(4, rv=3, image="api:2"), SEEN + 3)
    assert spool.last.actor.name == "ada@example.com"
    assert spool.changes[-2].actor == UNKNOWN_ACTOR
    spool.tick(SEEN + 2 * KEPT)
    assert spool.steps == []


def test_a_creation_is_known_by_its_uid() -> None:
    """Or, where it had none yet, by name and content."""
    for uid in ("uid-other", ""):
        spool = Heard()
        made = deployment(1, rv=7, name="other")
        asked = copy.deepcopy(made)
        asked["metadata"]["uid"] = uid
        del asked["metadata"]["resourceVersion"]
        if uid:
            asked["spec"]["replicas"] = 2  # something behind all webhooks set a default
        else:
            made["metadata"]["uid"] = asked["metadata"]["uid"] = ""
        spool.ask(review("CREATE", asked, manager="kubectl-create"), SEEN)
        spool.version({**made}, SEEN + 9, "ADDED")
        assert (spool.last.verb, spool.last.actor.name) == ("create", "ada@example.com")
        assert spool.last.via == "kubectl create deployment other -n prod"


def test_a_deletion_is_joined_with_the_end() -> None:
    """At once, or with the mark that it is going; not with a write in between."""
    spool = Heard()
    spool.ask(review("DELETE", None, KNOWN), SEEN)
    spool.version(deployment(4, rv=2), SEEN + 1)
    assert spool.last.actor == UNKNOWN_ACTOR
    going = deployment(4, rv=3, deletionTimestamp="2024-01-15T14:31:00Z")
    spool.version(going, SEEN + 2, via="kubectl edit")
    assert (spool.last.actor.name, spool.last.via) == (
        "ada@example.com", "delete deployment api -n prod",
    )  # fmt: skip
    spool = Heard()
    spool.ask(review("DELETE", None, KNOWN), SEEN)
    spool.version(deployment(3, rv=2), SEEN + 1, "DELETED", via="")
    assert (spool.last.verb, spool.last.gone) == ("delete", True)
    assert spool.last.actor.name == "ada@example.com"


def test_a_version_that_was_there_before_is_not_what_came_of_it() -> None:
    """The watch may tell it after somebody asked for the next: here a second deletion."""
    spool = Heard()
    going = deployment(3, rv=2, deletionTimestamp="2024-01-15T14:31:00Z")
    forced = review("DELETE", None, going, user=BOB)
    assert asked_in(review_of(request_in(body(forced))), SEEN, True, REDACTOR) is None
    forced["request"]["options"]["gracePeriodSeconds"] = 0
    spool.ask(review("DELETE", None, KNOWN), SEEN)
    spool.ask(forced, SEEN + 1)
    spool.version(going, SEEN + 2)
    assert spool.last.actor.name == "ada@example.com"
    again = deployment(3, rv=3, deletionTimestamp="2024-01-15T14:31:00Z")
    spool.version(again, SEEN + 3)  # only its status is another
    spool.version(deployment(3, rv=4), SEEN + 4, "DELETED", via="")
    assert spool.last.actor.name == "bob@example.com"


def test_what_many_may_have_done_is_joined_only_at_once() -> None:
    """A scale or a deletion says little: seconds later another one may have done the same."""
    spool = Heard()
    spool.ask(scale(5), SEEN)
    spool.version(deployment(5, rv=2), SEEN + PROMPT + 1)
    assert spool.last.actor == UNKNOWN_ACTOR
    spool.ask(scale(6), SEEN + KEPT)
    later = SEEN + KEPT + 2 * PROMPT
    spool.version(deployment(6, rv=9), later, "LISTED", since=SEEN + PROMPT)
    assert spool.last.actor.name == "ada@example.com"  # nobody listened meanwhile


def test_another_api_version_is_joined_by_what_it_followed() -> None:
    """Contents cannot be compared then, and the change says that it is not certain."""
    spool = Heard()
    old = {**KNOWN, "apiVersion": "apps/v1beta9"}
    wanted = {**scaled(KNOWN, 5), "apiVersion": "apps/v1beta9", "spec": {"count": 5}}
    spool.ask(review("UPDATE", wanted, old), SEEN)
    spool.version(deployment(5, rv=2), SEEN + 1)
    assert spool.last.attribution.startswith("by admission: probably: ")


def test_machines_leave_no_attempts_and_are_named() -> None:
    """Argo CD's own account instead of the name of a tool."""
    spool = Heard()
    spool.ask(review("UPDATE", deployment(3, image="api:2"), KNOWN, user=ARGO), SEEN)
    spool.version(deployment(3, rv=2, image="api:2"), SEEN + 1, via="Argo CD sync")
    assert spool.last.actor == Actor(ARGO["username"], ActorKind.AUTOMATION)
    assert spool.last.via == "Argo CD sync"
    spool.ask(review("UPDATE", deployment(3, image="api:9"), KNOWN, user=ARGO), SEEN + 2)
    spool.tick(SEEN + 2 * KEPT)
    assert spool.steps == []


def test_where_nobody_listens_only_the_attempt_is_known() -> None:
    """At once; nothing is said to have changed."""
    spool = Heard()
    before = len(spool.changes)
    spool.ask(scale(5), SEEN, listens=False)
    assert len(spool.changes) == before
    assert [one.outcome for one in spool.steps] == [UNHEARD]
    spool.ask(review("DELETE", None, KNOWN), SEEN + 1, listens=False)
    assert spool.steps[-1].command == "delete deployment api -n prod"
    edited = review(
        "UPDATE", deployment(3, image="b"), KNOWN, manager="kubectl-set", options="PatchOptions"
    )
    spool.ask(edited, SEEN + 2, listens=False)
    assert spool.steps[-1].command == "kubectl set"


def test_what_is_tried_again_and_again_is_told_once_in_a_while() -> None:
    """By each person; a controller that runs under a person's name would fill the memory."""
    spool = Heard()
    for number in range(20):
        spool.ask(scale(5), SEEN + number * SECOND, listens=False)
        spool.ask(scale(5, user=BOB), SEEN + number * SECOND, listens=False)
    assert [one.actor.name for one in spool.steps] == ["ada@example.com", "bob@example.com"]
    spool.ask(scale(5), SEEN + AGAIN, listens=False)
    assert len(spool.steps) == 3


def test_what_waits_is_bounded() -> None:
    """The oldest of too many are given up."""
    spool = Heard()
    for number in range(MOST + 2):
        obj = pod(f"p-{number}")
        spool.ask(review("CREATE", obj, where=("", "pods")), SEEN + number)
    assert spool.state.admitted.total <= MOST
    assert spool.steps[0].target is not None
    assert spool.steps[0].target.name == "p-0"


USERS = [{"username": f"{name}@example.com", "groups": ["sre"]} for name in ("ada", "bob", "cyd")]
ASKS = st.tuples(st.sampled_from(USERS), st.integers(1, 4), st.booleans(), st.booleans())
"""Who asks for how many, whether another webhook refuses it, whether the watch tells at once."""


@given(st.lists(ASKS, max_size=12))
def test_nobody_is_named_for_what_another_one_wrote(
    asks: list[tuple[dict[str, Any], int, bool, bool]],
) -> None:
    """However requests are refused, and however late the watch tells: the author, or nobody."""
    spool, now, stored, wrote = Heard(), SEEN, KNOWN, {"1": ""}
    late: list[dict[str, Any]] = []
    for user, replicas, refused, at_once in asks:
        now += SECOND // 10
        asked = review("UPDATE", scaled(stored, replicas), stored, scale=True, user=user)
        made = asked_in(review_of(request_in(body(asked))), now, True, REDACTOR)
        assert (made is None) == (stored["spec"]["replicas"] == replicas)
        if made is not None:
            spool.put(item(made))
        if made is not None and not refused:
            stored = deployment(replicas, rv=len(wrote) + 1)
            wrote[stored["metadata"]["resourceVersion"]] = user["username"]
            late.append(stored)
        if at_once:
            for version in late:
                spool.version(version, now)
            late = []
    for version in late:
        spool.version(version, now)
    named = {one.resource_version: one.actor.name for one in spool.changes}
    assert named.keys() == wrote.keys()
    assert all(name in ("", wrote[version]) for version, name in named.items())
    if not any(refused for _, _, refused, _ in asks):
        assert named == wrote
