"""The cluster's own word on what people may see: asked once in a while, and never guessed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.support.api_server import Rule, api_server
from tests.support.built_memory import Past, config, deployment

from kubectl_smart.bot.access import Access, resource_of
from kubectl_smart.bot.authorisation import Refused, Sight
from kubectl_smart.bot.configuring import parsed
from kubectl_smart.bot.slack.settings import FileModel, bot_settings
from kubectl_smart.capture.sources import cluster
from kubectl_smart.capture.sources.access_reviews import AccessReviews, Unanswered, Wish
from kubectl_smart.memory.records.errors import BadInput

PEOPLE = {"U1": "sarah@example.com", "U2": "root"}
VIEW = Rule("sarah@example.com", ("deployments",), namespaces=("payments",))
ADMIN = Rule("root", ("*",), verbs=("*",))


@dataclass
class Rules:
    """A cluster with rules as RBAC has them, asked without a network; what it was asked."""

    rules: tuple[Rule, ...]
    asked: list[Wish] = field(default_factory=list)
    silent: bool = False

    def allowed(self, wish: Wish) -> bool:
        """See Reviewer."""
        self.asked.append(wish)
        if self.silent:
            raise Unanswered("the API server cannot be asked", "try again")
        wanted = {wish.user, *wish.groups}
        return any(
            rule.subject in wanted
            and {"*", wish.verb} & {*rule.verbs}
            and {"*", wish.group} & {*rule.groups}
            and {"*", wish.resource} & {*rule.resources}
            and {"*", wish.namespace} & {*rule.namespaces}
            for rule in self.rules
        )


class Clock:
    """Moved by hand."""

    at = 0.0

    def __call__(self) -> float:
        """The second it shows."""
        return self.at


def test_an_object_is_seen_where_both_role_and_cluster_let_them(tmp_path: Path) -> None:
    """Of three objects in two namespaces: the one that is a Deployment of payments."""
    past = Past()
    for ref in (deployment("api"), config("api-config"), deployment("ledger", "books")):
        past.write(ref, data={"a": "b"})
    access = Access(Rules((VIEW, ADMIN)), PEOPLE, {}, Clock())
    with past.memory(tmp_path / "memory") as memory:
        for given in (Sight(None), Sight(frozenset({"payments", "books"}))):
            sight = access.sight("U1", given)
            assert not sight.everything
            seen = sight.of(memory).index
            names = [one.record.object.name for one in seen.changes_between(None, None)]
            assert names == ["api"]
        assert (
            access.sight("U1", Sight(frozenset({"books"}))).of(memory).index.state_at(1 << 60) == []
        )


def test_who_may_everything_is_given_what_the_role_gives() -> None:
    """One question to the cluster for each verb, and no more for what is seen then."""
    rules = Rules((ADMIN,))
    given = Sight(frozenset({"payments"}))

    assert Access(rules, PEOPLE, {}, Clock()).sight("U2", given) is given
    assert [(one.verb, one.group, one.resource, one.namespace) for one in rules.asked] == [
        ("get", "*", "*", ""),
        ("list", "*", "*", ""),
    ]


def test_both_verbs_are_needed() -> None:
    """Who may list and not get sees nothing."""
    rule = VIEW._replace(verbs=("list",))
    sight = Access(Rules((rule,)), PEOPLE, {}, Clock()).sight("U1", Sight(None))

    assert sight.may is not None
    assert not sight.may("apps", "Deployment", "payments")


def test_groups_count() -> None:
    """Those of the configuration, and the one everybody is in."""
    for group in ("oncall", "system:authenticated"):
        rules = Rules((VIEW._replace(subject=group),))
        sight = Access(rules, PEOPLE, {"U1": ("oncall",)}, Clock()).sight("U1", Sight(None))
        assert sight.may is not None
        assert sight.may("apps", "Deployment", "payments")


def test_an_answer_is_used_again_for_a_while() -> None:
    """For a minute; then a right that was taken away is gone."""
    rules, clock = Rules((VIEW,)), Clock()
    access = Access(rules, PEOPLE, {}, clock, kept=60.0)
    may = access.sight("U1", Sight(None)).may
    assert may is not None
    assert may("apps", "Deployment", "payments")
    asked = len(rules.asked)
    rules.rules, clock.at = (), 59.0
    assert may("apps", "Deployment", "payments")
    assert len(rules.asked) == asked
    clock.at = 60.0
    assert not may("apps", "Deployment", "payments")


def test_nobody_is_let_in_without_an_account_or_an_answer() -> None:
    """Each in a sentence; that there was no answer is not remembered."""
    rules = Rules((VIEW,), silent=True)
    access = Access(rules, PEOPLE, {}, Clock())
    with pytest.raises(Refused, match="not known who you are in the cluster"):
        access.sight("U9", Sight(None))
    assert rules.asked == []
    with pytest.raises(Refused, match="cannot be asked"):
        access.sight("U1", Sight(None))
    rules.silent = False
    assert access.sight("U1", Sight(None)).may is not None


@pytest.mark.parametrize(
    ("group", "kind", "resource"),
    [
        ("apps", "Deployment", "deployments"),
        ("", "Endpoints", "endpoints"),
        ("networking.k8s.io", "NetworkPolicy", "networkpolicies"),
        ("example.com", "Vault", "vaults"),
        ("example.com", "Mesh", "meshs"),
        ("example.com", "Policy", "policies"),
        ("example.com", "Redis", "redises"),
    ],
)
def test_the_resource_of_a_kind(group: str, kind: str, resource: str) -> None:
    """Kubernetes' own by its table, others by the rule of its API machinery."""
    assert resource_of(group, kind) == resource


def test_without_the_client_of_kubernetes_the_bot_does_not_begin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The configuration is refused in a sentence that says what to install."""
    monkeypatch.setattr(cluster, "find_spec", lambda _: None)
    text = (
        "slack: {bot_token: {env: B}, app_token: {env: A}, teams: [T1],"
        " access: {subject_access_review: true}}"
    )
    with pytest.raises(BadInput) as caught:
        bot_settings(parsed(text, FileModel, "smart.yaml"), Path("/memory"))
    assert "kubectl-smart[kubernetes]" in caught.value.remedy


# --- over the wire ------------------------------------------------------------------------

WISH = Wish("sarah@example.com", ("oncall",), "get", "apps", "deployments", "payments")


def test_the_api_server_is_asked(tmp_path: Path) -> None:
    """With the client of Kubernetes: allowed, not allowed, and what exactly was asked."""
    pytest.importorskip("kubernetes")
    with api_server(VIEW) as api:
        reviews = AccessReviews(kubeconfig=str(api.kubeconfig(tmp_path / "config")))
        assert reviews.allowed(WISH)
        assert not reviews.allowed(WISH._replace(namespace="books"))
        assert api.asked[0] == {
            "user": "sarah@example.com",
            "groups": ["oncall"],
            "resourceAttributes": {
                "verb": "get",
                "group": "apps",
                "resource": "deployments",
                "namespace": "payments",
            },
        }


def test_an_api_server_that_does_not_say_is_no_yes(tmp_path: Path) -> None:
    """Forbidden, broken, gone, a wrong token, no file: Unanswered, in a sentence each."""
    pytest.importorskip("kubernetes")
    with api_server(ADMIN) as api:
        config_file = str(api.kubeconfig(tmp_path / "config"))
        reviews = AccessReviews(kubeconfig=config_file, within=2.0)
        for status in (403, 500):
            api.refuses = status
            with pytest.raises(Unanswered, match=rf"\({status}\)"):
                reviews.allowed(WISH)
        stranger = AccessReviews(kubeconfig=str(api.kubeconfig(tmp_path / "b", token="x")))
        with pytest.raises(Unanswered, match=r"\(401\)"):
            stranger.allowed(WISH)
    with pytest.raises(Unanswered, match="cannot be asked"):
        reviews.allowed(WISH)
    with pytest.raises(Unanswered, match="is not known"):
        AccessReviews(kubeconfig=str(tmp_path / "none")).allowed(WISH)
