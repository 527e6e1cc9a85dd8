"""`doctor` on a cluster: each thing that can be wrong with it, and what it says to do."""

from __future__ import annotations

import json
import shlex
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from tests.bot.test_watched_cluster import kubeconfig
from tests.support.beside import beside
from tests.support.certificates import Authority
from tests.support.cluster import USUAL, WIDGETS, FakeCluster, Rule, served
from tests.support.doctored import Found, doctor

from kubectl_smart.bot.doctor import rights
from kubectl_smart.capture.decoding.discovered import Resource

pytest.importorskip("kubernetes")
NO_SECRETS = Rule(("*",), tuple(one.plural for one in USUAL if one.plural != "secrets"))


@contextmanager
def a_cluster(cluster: FakeCluster, folder: Path) -> Iterator[tuple[str, ...]]:
    """The words that lead the doctor there, as the account that `serve` watches with."""
    with beside(lambda: served(cluster)) as url:
        where = kubeconfig(folder / "kubeconfig", url)
        config = folder / "smart.yaml"
        config.write_text(f"capture:\n  watch: {{kubeconfig: {where}}}\n")
        yield ("--memory", str(folder / "memory"), "--config", str(config), "--within", "30")


def found_in(cluster: FakeCluster, folder: Path, *more: str) -> Found:
    """What the doctor finds."""
    with a_cluster(cluster, folder) as words:
        return doctor(*words, *more)


def test_an_account_that_may_too_little_is_told_the_rule(tmp_path: Path) -> None:
    """The missing resources by name, the rule as YAML, and the commands."""
    cluster = FakeCluster(kinds=[*USUAL, WIDGETS], rules=[NO_SECRETS])
    one = found_in(cluster, tmp_path).one("cluster", "rights")
    assert one["state"] == "warning"
    assert "may not listen to 1 of 8 resources: widgets.example.com" in one["said"]
    assert "capture.watch.skip" in one["remedy"]
    (rule,) = yaml.safe_load("\n".join(one["steps"][:3]))
    assert rule == {
        "apiGroups": ["example.com"], "resources": ["widgets"], "verbs": ["get", "list", "watch"]
    }  # fmt: skip
    assert one["steps"][3:] == [
        "kubectl create clusterrole kubectl-smart-more --verb=get,list,watch "
        "--resource=widgets.example.com",
        "kubectl create clusterrolebinding kubectl-smart-more --clusterrole=kubectl-smart-more "
        "--serviceaccount=kubectl-smart:kubectl-smart",
    ]


def test_kubectl_takes_the_commands(tmp_path: Path) -> None:
    """They make the rule and the binding that are missing; the cluster is reached over TLS."""
    cluster = FakeCluster(kinds=[*USUAL, WIDGETS], rules=[NO_SECRETS], aggregated=False)
    authority = Authority(tmp_path)
    pair = authority.signed("api")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.certificate, pair.key)
    with beside(lambda: served(cluster, context)) as url:
        where = kubeconfig(tmp_path / "kubeconfig", url)
        found = json.loads(where.read_text())
        found["clusters"][0]["cluster"]["certificate-authority"] = str(authority.certificate)
        where.write_text(json.dumps(found))
        words = ("--memory", str(tmp_path / "m"), "--kubeconfig", str(where), "--within", "30")
        steps = doctor(*words).one("cluster", "rights")["steps"]
        more = ["--dry-run=client", "-o", "json", "--kubeconfig", str(where)]
        more += ["--cache-dir", str(tmp_path / "cache")]
        made = [
            subprocess.run([*shlex.split(step), *more], capture_output=True, text=True, check=False)
            for step in steps[3:]
        ]
    assert [one.stderr for one in made] == ["", ""]
    role, binding = (json.loads(one.stdout) for one in made)
    assert [{**one, "verbs": sorted(one["verbs"])} for one in role["rules"]] == yaml.safe_load(
        "\n".join(steps[:3])
    )
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": "kubectl-smart", "namespace": "kubectl-smart"}
    ]


def test_an_account_that_may_list_but_not_watch_is_told_so(tmp_path: Path) -> None:
    """All three verbs are needed."""
    cluster = FakeCluster(rules=[NO_SECRETS._replace(verbs=("get", "list"))])
    one = found_in(cluster, tmp_path).one("cluster", "rights")
    assert one["state"] == "failed"
    assert "7 of 7" in one["said"]
    assert "cluster-role.yaml" in one["remedy"]


def test_an_account_that_may_read_secrets_is_warned_of(tmp_path: Path) -> None:
    """They are not needed: who reads them is named, and how to find out why."""
    found = found_in(FakeCluster(rules=[Rule(("*",), ("*",))]), tmp_path)
    one = found.one("cluster", "secrets")
    assert one["state"] == "warning"
    assert "may get, list, watch secrets" in one["said"]
    assert "ClusterRoles" in one["remedy"]
    assert "--as=system:serviceaccount:kubectl-smart:kubectl-smart" in one["steps"][0]


def test_ones_own_account_may_read_secrets(tmp_path: Path) -> None:
    """Without a configuration it is a person's kubeconfig, and no fault of the set-up."""
    with beside(lambda: served(FakeCluster(user="sarah"))) as url:
        where = kubeconfig(tmp_path / "kubeconfig", url)
        words = ("--memory", str(tmp_path / "m"), "--kubeconfig", str(where), "--within", "30")
        found = doctor(*words, "--context", "test")
    assert found.one("cluster", "secrets")["state"] == "ok"
    assert "as sarah" in found.one("cluster", "reached")["said"]
    assert "context test" in found.one("cluster", "account")["said"]


def test_another_cluster_than_the_memorys_is_told(tmp_path: Path) -> None:
    """By the uid of kube-system, which the watch remembered."""
    imports = tmp_path / "memory" / "smart" / "imports"
    imports.mkdir(parents=True)
    known = {"version": 1, "cluster": "cluster-0", "ended": True, "places": []}
    (imports / "watch.json").write_text(json.dumps(known))
    one = found_in(FakeCluster(), tmp_path).one("cluster", "same cluster")
    assert one["state"] == "failed"
    assert "kube-system cluster-0, here cluster-1" in one["said"]
    assert "name another memory" in one["remedy"]


def test_who_may_not_read_the_uid_is_told_the_right(tmp_path: Path) -> None:
    """A warning with the verb and the resource."""
    rules = [Rule(("",), ("pods",))]
    one = found_in(FakeCluster(rules=rules), tmp_path).one("cluster", "same cluster")
    assert one["state"] == "warning"
    assert "`get` on namespaces" in one["remedy"]


@pytest.mark.parametrize(("ahead", "state"), [(0, "ok"), (12, "warning"), (-90, "failed")])
def test_clocks_that_differ_are_told(tmp_path: Path, ahead: float, state: str) -> None:
    """By how much, which way, what is allowed, and NTP."""
    one = found_in(FakeCluster(ahead=ahead), tmp_path).one("cluster", "clock")
    assert one["state"] == state
    assert "up to 5 s is well, over 30 s is not" in one["said"]
    if ahead:
        assert ("behind" if ahead > 0 else "ahead of") in one["said"]
        assert "NTP" in one["remedy"]


def test_a_cluster_that_hangs_costs_its_time_out(tmp_path: Path) -> None:
    """The check says so; all else is looked at."""
    with a_cluster(FakeCluster(silent=True), tmp_path) as words:
        found = doctor(*words, "--within", "1")
    one = found.one("cluster", "reached")
    assert one["state"] == "failed"
    assert "no answer" in one["said"]
    assert one["remedy"]
    assert not found.of("cluster", "rights")
    assert found.one("memory", "git")["state"] == "ok"


def test_a_token_that_is_not_taken_is_told(tmp_path: Path) -> None:
    """401 is neither a network's fault nor a missing right."""
    with a_cluster(FakeCluster(), tmp_path) as words:
        file = tmp_path / "kubeconfig"
        file.write_text(file.read_text().replace("token-of-the-watch", "an-old-token"))
        found = doctor(*words)
    one = found.one("cluster", "reached")
    assert "does not take the account" in one["said"]
    assert "renew its token" in one["remedy"]
    assert "an-old-token" not in found.printed


def test_a_context_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With how to list those that are."""
    with a_cluster(FakeCluster(), tmp_path) as words:
        one = doctor(*words, "--context", "elsewhere").one("cluster", "account")
    assert one["state"] == "failed"
    assert "kubectl config get-contexts" in one["remedy"]


def test_a_group_that_is_down_is_named(tmp_path: Path) -> None:
    """Its resources cannot be known, so its name is told, and where to look."""
    cluster = FakeCluster(kinds=[*USUAL, WIDGETS], stale={"example.com"})
    first, _ = found_in(cluster, tmp_path).of("cluster", "rights")
    assert "example.com" in first["said"]
    assert "kubectl get apiservices" in first["remedy"]


def test_the_bots_right_to_ask_is_looked_at(tmp_path: Path) -> None:
    """Where slack.access.subject_access_review is on, reviews must be allowed."""
    bot = (
        "slack:\n  bot_token: {env: BOT}\n  app_token: {env: APP}\n  teams: [T1]\n"
        "  access: {subject_access_review: true}\n"
    )
    with a_cluster(FakeCluster(rules=[NO_SECRETS]), tmp_path) as words:
        config = tmp_path / "smart.yaml"
        config.write_text(config.read_text() + bot)
        one = doctor(*words).one("cluster", "reviews")
    assert one["state"] == "failed"
    assert "--clusterrole=system:auth-delegator" in one["steps"][0]


def test_rules_gather_resources_by_group() -> None:
    """One rule for each API group, the core's first, and valid YAML."""
    pods = Resource("", "v1", "pods", "Pod", True)
    nodes = Resource("", "v1", "nodes", "Node", False)
    jobs = Resource("batch", "v1", "jobs", "Job", True)
    found = yaml.safe_load("\n".join(rights.rule([jobs, pods, nodes])))
    assert [(one["apiGroups"], one["resources"]) for one in found] == [
        ([""], ["nodes", "pods"]),
        (["batch"], ["jobs"]),
    ]
