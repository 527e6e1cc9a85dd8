"""`doctor` on this machine: configuration, secrets, memory, certificates, audit log and policy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.bot.slack.test_asking_in_slack import a_memory
from tests.support.audit_events import audit_event
from tests.support.audit_policy import level_of as reference_level_of
from tests.support.doctored import Found, doctor
from tests.support.postgresql import programs, running_server

from kubectl_smart.bot.doctor import audit, memory, policies, sources
from kubectl_smart.bot.doctor.case import Case
from kubectl_smart.bot.doctor.findings import Outcome, State
from kubectl_smart.bot.doctor.process import judged as judged_figures
from kubectl_smart.bot.serve.hearing_file import Told
from kubectl_smart.capture.coverage import SourceState
from kubectl_smart.capture.spooling import Room
from kubectl_smart.memory.store.lock import WriterLock

DEPLOYED = Path(__file__).parents[3] / "deploy" / "audit" / "policy.yaml"
MINUTE = 60_000_000


def look(folder: Path, config: str = "", *more: str, **environment: str) -> Found:
    """What the doctor finds where this is the configuration, if there is one."""
    words = ["--memory", str(folder / "memory"), "--within", "30"]
    if config:
        file = folder / "smart.yaml"
        file.write_text(config)
        words += ["--config", str(file)]
    return doctor(*words, *more, environment={"HOME": str(folder), **environment})


# --- the configuration ---------------------------------------------------------------------


def test_a_file_that_is_wrong_is_told_with_line_and_key(tmp_path: Path) -> None:
    """And all that needs no configuration is looked at all the same."""
    found = look(tmp_path, "capture:\n  wotch: {}\n")
    one = found.one("set-up", "configuration")
    assert one["state"] == "failed"
    assert "smart.yaml, line 2: capture.wotch is not known" in one["said"]
    assert one["remedy"] == "did you mean watch?"
    assert found.one("memory", "git")["state"] == "ok"


def test_a_file_that_does_nothing_is_told(tmp_path: Path) -> None:
    """What to add."""
    one = look(tmp_path, "zone: UTC\n").one("set-up", "configuration")
    assert (one["state"], "add the part" in one["remedy"]) == ("failed", True)


@pytest.mark.parametrize(
    ("content", "mode", "said", "remedy"),
    [
        ("x", 0o640, "can be read by others", "chmod 600"),
        ("", 0o600, "is empty", "write the secret into"),
        (None, 0, "cannot be read", "name another file"),
    ],
)
def test_secrets_that_are_not_as_they_should_be(
    tmp_path: Path, content: str | None, mode: int, said: str, remedy: str
) -> None:
    """By key and file, never with what is in it."""
    file = tmp_path / "token"
    if content is not None:
        file.write_text(content)
        file.chmod(mode)
    found = look(tmp_path, f"capture:\n  audit_webhook:\n    tokens: [{{file: {file}}}]\n")
    one = found.one("set-up", "secrets")
    assert one["state"] == "failed"
    assert one["said"].startswith(f"capture.audit_webhook.tokens[0]: {file}")
    assert said in one["said"]
    assert remedy in one["remedy"]


# --- the memory -----------------------------------------------------------------------------


def test_a_memory_as_it_should_be(tmp_path: Path) -> None:
    """Every check is ok, and nothing is written by looking."""
    place = a_memory(tmp_path)
    before = sorted((path, path.stat().st_mtime_ns) for path in place.rglob("*") if path.is_file())
    found = look(tmp_path)
    states = {one["state"] for one in found.findings if one["area"] == "memory"}
    after = sorted((path, path.stat().st_mtime_ns) for path in place.rglob("*") if path.is_file())
    assert states == {"ok"}
    assert found.code == 0
    assert {path for path, _ in after} - {path for path, _ in before} <= {
        place / "smart" / f"index.sqlite-{end}" for end in ("wal", "shm")
    }


def test_an_index_that_is_gone_is_told(tmp_path: Path) -> None:
    """With the command that makes it anew."""
    place = a_memory(tmp_path)
    (place / "smart" / "index.sqlite").unlink()
    one = look(tmp_path).one("memory", "index")
    assert one["state"] == "warning"
    assert one["steps"] == [f"kubectl smart reindex --memory {place}"]


def test_an_index_behind_git_is_told(tmp_path: Path) -> None:
    """By branch, unless somebody who writes brings it up."""
    place = a_memory(tmp_path)
    words = ["git", "-C", str(place)]
    tree = subprocess.run([*words, "rev-parse", "main^{tree}"], capture_output=True, text=True)
    made = subprocess.run(
        [*words, "-c", "user.name=x", "-c", "user.email=x@y", "commit-tree", "-p", "main",
         "-m", "by hand", tree.stdout.strip()],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    subprocess.run([*words, "update-ref", "refs/heads/main", made.stdout.strip()], check=True)
    one = look(tmp_path).one("memory", "index")
    assert one["state"] == "warning"
    assert "behind git on main" in one["said"]
    with WriterLock(place / "smart" / "lock"):
        assert look(tmp_path).one("memory", "index")["state"] == "ok"


def test_a_repository_that_is_damaged_is_told(tmp_path: Path) -> None:
    """Git's words, and `verify`."""
    place = a_memory(tmp_path)
    for pack in place.rglob("*.pack"):
        pack.unlink()
    one = look(tmp_path).one("memory", "repository")
    assert one["state"] == "failed"
    assert "kubectl smart verify" in one["remedy"]


def test_who_writes_is_named(tmp_path: Path) -> None:
    """By process and host."""
    place = a_memory(tmp_path)
    with WriterLock(place / "smart" / "lock"):
        assert f"process {os.getpid()} on " in look(tmp_path).one("memory", "writer")["said"]
    assert "nobody" in look(tmp_path).one("memory", "writer")["said"]


def test_an_old_git_is_told(tmp_path: Path) -> None:
    """What to install; a missing one, too."""
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho git version 2.11.0\n")
    program.chmod(0o755)
    one = look(tmp_path, PATH=str(program.parent)).one("memory", "git")
    assert "2.11.0 is too old" in one["said"]
    assert "2.30 or newer" in one["remedy"]
    program.unlink()
    assert "cannot be run" in look(tmp_path, PATH=str(program.parent)).one("memory", "git")["said"]


def test_limits_of_spool_and_disk() -> None:
    """A full one fails, one that fills is a warning, each with the key of its limit."""
    here = Path("/")
    assert _one(memory._disk(here, Room(free=0))).state is State.OK
    full = _one(memory._disk(here, Room(free=1 << 60)))
    assert full.state is State.FAILED
    assert "capture.spool.free" in full.said
    assert "make room" in full.remedy


def test_a_spool_that_fills_is_told(tmp_path: Path) -> None:
    """Half full is a warning, full a failure."""
    folder = tmp_path / "smart" / "spool"
    folder.mkdir(parents=True)
    (folder / "1.spool").write_bytes(bytes(3 << 20))
    states = [
        _one(memory._spool(tmp_path, Room(spool=size << 20))).state for size in (10, 5, 3)
    ]  # fmt: skip
    assert states == [State.OK, State.WARNING, State.FAILED]


def test_what_may_not_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that gives it to this user."""
    place = a_memory(tmp_path)
    closed = place / "objects"
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path) != closed)
    case = Case(
        config=None, model=None, memory=place, index=None, environment={}, zone=UTC, now=0
    )  # fmt: skip
    outcome = _one(memory._writable(case))
    assert outcome.state is State.FAILED
    assert outcome.steps == (f"chown -R {os.getuid()}:{os.getgid()} {closed}",)


def test_an_index_on_postgresql_that_is_not_reached_is_told(tmp_path: Path) -> None:
    """Without its password; one that is reached and is as it should be is ok."""
    a_memory(tmp_path)
    found = look(tmp_path, "", "--index", "postgresql://me:hidden-word@127.0.0.1:9/x")
    one = found.one("memory", "index")
    assert one["state"] == "failed"
    assert "hidden-word" not in found.printed
    if programs() is None:
        pytest.skip("no PostgreSQL here")
    with ExitStack() as stack:
        url = stack.enter_context(running_server())
        subprocess_index = ["--memory", str(tmp_path / "memory"), "--index", url]
        subprocess.run(
            [*KUBECTL_SMART, "reindex", *subprocess_index], check=True, capture_output=True
        )
        assert look(tmp_path, "", "--index", url).one("memory", "index")["state"] == "ok"


KUBECTL_SMART = (sys.executable, "-m", "kubectl_smart.bot")

# --- certificates, made by openssl -----------------------------------------------------------


def certificate(folder: Path, *more: str, name: str = "tls", san: str = "DNS:smart.svc") -> None:
    """A self-signed one, with its key."""
    extension = ["-addext", f"subjectAltName={san}"] if san else []
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-subj", "/CN=smart.svc", "-keyout", str(folder / f"{name}.key"),
         "-out", str(folder / f"{name}.crt"), *extension, *more],
        check=True, capture_output=True,
    )  # fmt: skip


def looked_at(
    folder: Path, certificate: str = "tls.crt", key: str = "tls.key", **more: str
) -> list:
    """What the doctor says of it."""
    tls = {"certificate": str(folder / "tls.crt"), "key": str(folder / key), **more}
    config = {"capture": {"doors": {"tls": tls}}}
    return look(folder, yaml.safe_dump(config)).of("TLS", "certificate")


def test_a_certificate_as_it_should_be(tmp_path: Path) -> None:
    """Until when, and for which names."""
    certificate(tmp_path, "-days", "90", san="DNS:smart.svc,IP:10.0.0.7")
    lasting, named = looked_at(tmp_path)
    assert (lasting["state"], named["state"]) == ("ok", "ok")
    assert "smart.svc, 10.0.0.7" in named["said"]


def test_a_certificate_that_ends_soon_is_warned_of(tmp_path: Path) -> None:
    """Three weeks before."""
    certificate(tmp_path, "-days", "20")
    lasting, _ = looked_at(tmp_path)
    assert lasting["state"] == "warning"
    assert "less than 21 days" in lasting["said"]
    assert "deploy/README.md, step 2" in lasting["remedy"]


def test_a_key_of_another_certificate_is_told(tmp_path: Path) -> None:
    """With the two commands that show it."""
    certificate(tmp_path)
    certificate(tmp_path, name="other")
    (one,) = looked_at(tmp_path, key="other.key")
    assert one["state"] == "failed"
    assert "is not the key of" in one["said"]
    assert one["steps"][0].startswith("openssl x509 -in ")


def test_a_certificate_without_names_is_told(tmp_path: Path) -> None:
    """No client accepts one by its common name any more."""
    certificate(tmp_path, san="")
    _, named = looked_at(tmp_path)
    assert (named["state"], "subjectAltName" in named["said"]) == ("failed", True)


@pytest.mark.parametrize(
    ("broken", "said"),
    [("tls.crt", "capture.doors.tls.certificate"), ("tls.key", "capture.doors.tls.key")],
)
def test_a_file_that_is_no_pem_is_told(tmp_path: Path, broken: str, said: str) -> None:
    """By its key in the configuration."""
    certificate(tmp_path)
    (tmp_path / broken).write_text("nothing of the kind")
    (one,) = looked_at(tmp_path)
    assert one["state"] == "failed"
    assert said in one["said"]
    assert "PEM" in one["remedy"]


def test_authorities_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    """Those that sign clients' certificates."""
    certificate(tmp_path)
    (one,) = looked_at(tmp_path, clients=str(tmp_path / "none.crt"))
    assert (one["state"], "capture.doors.tls.clients" in one["said"]) == ("failed", True)


# --- the audit log and policy ----------------------------------------------------------------


def log_of(folder: Path, text: str | None) -> dict[str, Any]:
    """What the doctor says of a log with this text."""
    path = folder / "audit.log"
    if text is not None:
        path.write_text(text)
    found = look(folder, f"capture:\n  audit_log: {{path: {path}}}\n")
    return found.one("audit", "log")


@pytest.mark.parametrize(
    ("text", "state", "remedy"),
    [
        (None, "failed", "--audit-log-path"),
        ("", "warning", "audit policy"),
        ("2026-01-01 AUDIT: id=1 stage=x\n", "failed", "--audit-log-format=json"),
        ('{"kind": "Pod"}\n', "failed", "--audit-log-format=json"),
        (json.dumps(audit_event("get", "pods")) + "\n", "warning", "clocks agree"),
    ],
)
def test_logs_that_are_of_no_use(tmp_path: Path, text: str | None, state: str, remedy: str) -> None:
    """Missing, empty, of another form, of something else, or old."""
    one = log_of(tmp_path, text)
    assert one["state"] == state
    assert remedy in one["remedy"]


def test_the_newest_whole_line_counts(tmp_path: Path) -> None:
    """Half a line at the end is still being written."""
    path = tmp_path / "audit.log"
    path.write_bytes(b'{"a": 1}\n{"b": 2}\n{"c"')
    assert audit.last_line(path) == b'{"b": 2}'


def policy_of(folder: Path, text: str) -> list[dict[str, Any]]:
    """What the doctor says of a policy."""
    (folder / "policy.yaml").write_text(text)
    found = look(folder, "", "--audit-policy", str(folder / "policy.yaml"))
    return found.of("audit", "policy")


def test_the_policy_that_comes_along_is_well(tmp_path: Path) -> None:
    """Every request that matters, at its level."""
    (one,) = policy_of(tmp_path, DEPLOYED.read_text())
    assert one["state"] == "ok"


def test_a_policy_without_bodies_is_told_the_rule(tmp_path: Path) -> None:
    """Put first, the rule mends it."""
    head = "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules:\n"
    (one,) = policy_of(tmp_path, f"{head}- level: Metadata\n")
    assert one["state"] == "failed"
    assert "told below RequestResponse: a person's create of deployments" in one["said"]
    mended = yaml.safe_load(f"{head}{chr(10).join(one['steps'])}\n- level: Metadata\n")
    assert {one.state for one in policies.judged(mended)} == {State.WARNING}


def test_a_policy_that_tells_secrets_is_warned_of(tmp_path: Path) -> None:
    """Redacted or not, they need not travel."""
    head = "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules:\n"
    (one,) = policy_of(tmp_path, f"{head}- level: RequestResponse\n")
    assert one["state"] == "warning"
    assert "secrets" in one["said"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "is no YAML"),
        ("kind: Policy\n", "no Policy of audit.k8s.io/v1"),
        ("apiVersion: audit.k8s.io/v1\nkind: Policy\n", "no rules"),
        ("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: All}]\n", "rule 1"),
        ("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: None}]\n"
         "omitStages: [ResponseComplete]\n", "ResponseComplete"),
    ],
)  # fmt: skip
def test_policies_that_are_broken(tmp_path: Path, text: str, said: str) -> None:
    """What the API server would not start with."""
    first = policy_of(tmp_path, text)[0]
    assert first["state"] == "failed"
    assert said in first["said"]
    assert first["remedy"]


_WORDS = st.sampled_from(["pods", "pods/*", "*", "*/exec", "pods/exec", "secrets", "configmaps"])
_RULES = st.fixed_dictionaries(
    {"level": st.sampled_from(policies.LEVELS)},
    optional={
        "users": st.lists(st.sampled_from(["alice@example.com", "bob"]), max_size=2),
        "userGroups": st.lists(st.sampled_from(["developers", "system:nodes"]), max_size=2),
        "verbs": st.lists(st.sampled_from(["create", "patch", "get"]), max_size=2),
        "namespaces": st.lists(st.sampled_from(["default", "prod"]), max_size=2),
        "resources": st.lists(
            st.fixed_dictionaries(
                {"group": st.sampled_from(["", "apps"])},
                optional={"resources": st.lists(_WORDS, max_size=3)},
            ),
            max_size=2,
        ),
    },
)


@given(rules=st.lists(_RULES, max_size=5))
def test_a_policy_is_read_as_the_reference_reads_it(rules: list[dict[str, Any]]) -> None:
    """The same level for every request that matters, whatever the rules."""
    for probe in policies.PROBES:
        asked = probe.asked
        event = {
            "user": {"username": asked.user, "groups": list(asked.groups)},
            "verb": asked.verb,
            "requestURI": "/",
            "objectRef": {
                "resource": asked.resource, "apiGroup": asked.group, "namespace": asked.namespace,
                "subresource": asked.subresource, "name": asked.name,
            },
        }  # fmt: skip
        assert policies.level_of({"rules": rules}, asked) == reference_level_of(
            {"rules": rules}, event
        )


# --- figures and sources ----------------------------------------------------------------------


def _figures(**changed: float) -> dict[str, dict[str, float]]:
    base = {"ready": 1.0, "commit_lag_seconds": 0.0, "spool_entries": 3.0, "dropped": 0.0,
            "committer_restarts": 0.0, "changes": 10.0, "unresolved_actors": 1.0}  # fmt: skip
    return {name: {"": value} for name, value in {**base, **changed}.items()}


@pytest.mark.parametrize(
    ("figure", "value", "state", "remedy"),
    [
        ("commit_lag_seconds", 61.0, State.WARNING, "catches up"),
        ("commit_lag_seconds", 601.0, State.FAILED, "slow disk"),
        ("dropped", 1.0, State.FAILED, "report it"),
        ("committer_restarts", 2.0, State.WARNING, "log"),
        ("unresolved_actors", 9.0, State.WARNING, "step 4"),
    ],
)
def test_figures_that_are_not_well(figure: str, value: float, state: State, remedy: str) -> None:
    """Each alone, with what to do."""
    assert {one.state for one in judged_figures(_figures())} == {State.OK}
    (one,) = [one for one in judged_figures(_figures(**{figure: value})) if one.state != State.OK]
    assert one.state is state
    assert remedy in one.remedy


def _told(*states: SourceState, alive: bool = True) -> Told:
    return Told(100 * MINUTE, alive, 1, "host", "", states)


WEBHOOK = next(one for one in sources.SOURCES if one.name == "audit-webhook")
ALERTS = next(one for one in sources.SOURCES if one.name == "alertmanager")


@pytest.mark.parametrize(
    ("outcome", "state", "said"),
    [
        (lambda: sources.judged(WEBHOOK, 0, _told(), 100 * MINUTE), State.FAILED, "never heard"),
        (lambda: sources.judged(ALERTS, 0, _told(), 100 * MINUTE), State.WARNING, "never heard"),
        (lambda: sources.judged(WEBHOOK, 99 * MINUTE, None, 100 * MINUTE), State.FAILED,
         "no running process says that it listens; heard last 1 min ago"),
        (lambda: sources.judged(WEBHOOK, 80 * MINUTE, _told(), 100 * MINUTE), State.WARNING,
         "longer than usual"),
        (lambda: sources.judged(ALERTS, 1, _told(), 100 * MINUTE), State.OK, "heard last"),
        (lambda: sources.judged(
            WEBHOOK, 90 * MINUTE,
            _told(SourceState("audit-webhook", False, 97 * MINUTE, 0, "the disk is full", 1)),
            100 * MINUTE,
         ), State.FAILED, "not heard for 3 min: the disk is full"),
    ],
)  # fmt: skip
def test_sources_that_are_not_heard(
    outcome: Callable[[], Outcome], state: State, said: str
) -> None:
    """From what the memory and the process say together."""
    found = outcome()
    assert found.state is state
    assert said in found.said
    assert found.remedy or state is State.OK


def _one(found: object) -> Outcome:
    (outcome,) = list(found)  # type: ignore[call-overload]
    return outcome  # type: ignore[no-any-return]
