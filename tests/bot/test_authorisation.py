"""The gate: who is let in, and what they see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.bot.asking import ask
from kubectl_smart.bot.authorisation import (
    EVERYTHING,
    Person,
    Place,
    Policy,
    Refused,
    Role,
    Sight,
    admit,
)
from kubectl_smart.bot.cli.main import run
from kubectl_smart.bot.grammar.objects import Named
from kubectl_smart.bot.grammar.requests import ReplayRequest, Scope, WhyRequest
from kubectl_smart.memory.opening import open_memory
from kubectl_smart.memory.records.errors import NothingKnown

SRE = Role(name="sre", groups=frozenset({"S1"}), namespaces=frozenset({EVERYTHING}))
SHOP = Role(name="shop", users=frozenset({"U2"}), namespaces=frozenset({"prod"}))
LOOK = Role(
    name="look", users=frozenset({"U2"}), namespaces=frozenset({"data"}), verbs=frozenset({"log"})
)
POLICY = Policy(teams=frozenset({"T1"}), roles=(SRE, SHOP, LOOK))
ADA = Person(team="T1", user="U1", groups=frozenset({"S1", "S9"}))
BEN = Person(team="T1", user="U2")
HERE = Place(channel="C1")


def test_roles_say_what_is_seen() -> None:
    """By user or by group; several roles add up, each for its own verbs."""
    assert admit(POLICY, ADA, HERE, "why") == Sight(None)
    assert admit(POLICY, BEN, HERE, "why") == Sight(frozenset({"prod"}))
    assert admit(POLICY, BEN, HERE, "log") == Sight(frozenset({"prod", "data"}))


@pytest.mark.parametrize(
    ("person", "place", "said"),
    [
        (Person(team="T2", user="U1", groups=frozenset({"S1"})), HERE, "does not serve your"),
        (replace(ADA, stranger=True), HERE, "does not serve your workspace"),
        (replace(ADA, guest=True), HERE, "guests"),
        (ADA, Place(channel="C1", shared=True), "shared with another organisation"),
        (Person(team="T1", user="U3"), HERE, "your roles: none"),
        (Person(team="T1", user="sre"), HERE, "your roles: none"),
    ],
)
def test_whoever_is_not_let_in_is_told_why(person: Person, place: Place, said: str) -> None:
    """In one sentence, with what to do."""
    with pytest.raises(Refused, match=said) as caught:
        admit(POLICY, person, place, "why")

    assert caught.value.remedy


def test_what_a_policy_can_allow() -> None:
    """Guests, one shared channel; and direct messages can be closed."""
    guest = replace(ADA, guest=True)
    assert admit(replace(POLICY, guests=True), guest, HERE, "why") == Sight(None)
    shared = Place(channel="C7", shared=True)
    assert admit(replace(POLICY, shared_channels=frozenset({"C7"})), ADA, shared, "why")
    direct = Place(channel="D1", direct=True)
    assert admit(POLICY, ADA, direct, "why")
    with pytest.raises(Refused, match="direct messages"):
        admit(replace(POLICY, direct_messages=False), ADA, direct, "why")


_IDS = st.frozensets(st.sampled_from(["1", "2", "3"]))
_ROLES = st.builds(
    Role,
    name=st.just("r"),
    users=_IDS,
    groups=_IDS,
    namespaces=st.frozensets(st.sampled_from(["a", "b", EVERYTHING])),
    verbs=st.frozensets(st.sampled_from(["why", "log", EVERYTHING])),
)


@given(st.lists(_ROLES, max_size=4), st.sampled_from(["1", "2"]), _IDS)
def test_nobody_sees_what_no_role_of_theirs_shows(
    roles: list[Role], user: str, groups: frozenset[str]
) -> None:
    """Whatever the roles are: deny by default."""
    policy = Policy(teams=frozenset({"T"}), roles=tuple(roles))
    able = [
        role
        for role in roles
        if (user in role.users or role.groups & groups) and role.verbs & {"why", EVERYTHING}
    ]
    try:
        sight = admit(policy, Person(team="T", user=user, groups=groups), HERE, "why")
    except Refused:
        assert not able
        return
    shown = {place for role in able for place in role.namespaces}
    assert sight.namespaces == (None if EVERYTHING in shown else shown)


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording that comes with the package, imported."""
    folder = tmp_path_factory.mktemp("gate") / "memory"
    assert run(["demo", "--quiet", "--memory", str(folder)]) == 0
    return folder


def test_what_is_not_seen_is_not_there(memory: Path) -> None:
    """Not as an answer, not as a suggestion, not in a timeline."""
    api = WhyRequest(Named("deployment", "payment-api"), "replicas", None, Scope(), None)
    with open_memory(memory) as opened:
        assert ask(opened, api, now=0).decisions
        seen = Sight(frozenset({"prod"})).of(opened)
        with pytest.raises(NothingKnown) as caught:
            ask(seen, api, now=0)
        everything = ReplayRequest("", None, 10**10, Scope())
        items = ask(seen, everything, now=0).items
        all_items = ask(opened, everything, now=0).items
        nothing = ask(Sight(frozenset()).of(opened), everything, now=0)

    assert "payment" not in f"{caught.value.message} {caught.value.remedy}".replace(
        "deployment payment-api", ""
    )
    assert {item.object.namespace for item in items if item.object is not None} == {"prod"}
    assert 0 < len(items) < len(all_items)
    assert nothing.items == ()
