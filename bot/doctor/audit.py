"""The API server's audit: its policy, if a file is named, and its log, if it is followed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import orjson
import yaml

from kubectl_smart.bot.doctor import policies
from kubectl_smart.bot.doctor.case import Case
from kubectl_smart.bot.doctor.examining import Area, Check, aside
from kubectl_smart.bot.doctor.findings import Outcome, failed, not_configured, ok, warning
from kubectl_smart.bot.render.words import duration
from kubectl_smart.capture.sources.audit_file import Rejected, checked
from kubectl_smart.memory.records.times import from_rfc3339

OLD = 600_000_000
"""Microseconds after which the newest line of a log is called old: a cluster is never so quiet."""
_END = 4 << 20
"""Bytes of the end of a log in which its last line is looked for."""


def area(case: Case) -> Area:
    """Both read files of this machine."""
    late = "the disk it lies on does not answer: look at it with `df`"
    return Area(
        "audit",
        [
            Check("policy", lambda: aside(lambda: _policy(case.policy)), late),
            Check("log", lambda: aside(lambda: _log(case)), late),
        ],
    )


def _policy(path: Path | None) -> Sequence[Outcome]:
    if path is None:
        said = "not looked at"
        return [not_configured(said, "name a copy of the API server's with --audit-policy FILE")]
    example = "deploy/audit/policy.yaml is one that tells what a memory needs"
    try:
        policy = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        return [failed(f"{path} cannot be read: {problem}", "name a file that we may read")]
    except yaml.YAMLError as problem:
        said = " ".join(str(problem).split())
        return [failed(f"{path} is no YAML: {said}", f"mend it there; {example}")]
    fault = policies.fault_of(policy)
    if fault:
        return [failed(f"{path}: {fault}; the API server does not start with it", example)]
    return policies.judged(policy)


def _log(case: Case) -> Sequence[Outcome]:
    capture = None if case.model is None else case.model.capture
    if capture is None or capture.audit_log is None:
        return [not_configured("no capture.audit_log")]
    path = Path(capture.audit_log.path).expanduser()
    try:
        line = last_line(path)
    except FileNotFoundError:
        said = f"{path} is not there"
        remedy = "name that of --audit-log-path of the API server; in a pod it has to be mounted"
        return [failed(said, remedy)]
    except OSError as problem:
        step = f"setfacl -m u:$(id -u):r {path}"
        remedy = "let this user read it, also the next one after a rotation"
        return [failed(f"{path} cannot be read: {problem.strerror}", remedy, step)]
    if not line:
        remedy = "see whether the API server has an audit policy: without one nothing is told"
        return [warning(f"{path} is empty", remedy)]
    return [judged(path, line, case.now)]


def last_line(path: Path) -> bytes:
    """The last line that ends; b"" if there is none. OSError."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - _END, 0))
        data = file.read()
    whole, end, _ = data.rpartition(b"\n")
    return whole.rpartition(b"\n")[2] if end else b""


def judged(path: Path, line: bytes, now: int) -> Outcome:
    """What the newest line of a log is, and how old."""
    form = "let the API server write JSON: --audit-log-format=json, which is its default"
    try:
        found = checked(orjson.loads(line), 1)
    except orjson.JSONDecodeError as problem:
        return failed(f"{path} holds no JSON lines: {problem}", form)
    if isinstance(found, Rejected):
        return failed(f"the newest line of {path} is no audit event: {found.reason}", form)
    try:
        at = from_rfc3339(str(found.event["stageTimestamp"]))
    except (KeyError, ValueError):
        return failed(f"the newest line of {path} has no stageTimestamp", form)
    said = f"{path}: its newest event is {duration(max(now - at, 0))} old"
    if now - at > OLD:
        remedy = "see whether the API server writes to this file still, and whether clocks agree"
        return warning(said, remedy)
    return ok(said)
