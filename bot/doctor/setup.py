"""The set-up on this machine: the configuration file, its secrets, what is installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from kubectl_smart.bot.doctor.case import Case
from kubectl_smart.bot.doctor.examining import Area, Check, aside
from kubectl_smart.bot.doctor.findings import Outcome, failed, not_configured, ok
from kubectl_smart.bot.slack.credentials import Secret, secret
from kubectl_smart.memory.records.errors import BadInput


def area(case: Case) -> Area:
    """What has to be right before anything can be reached."""
    slow = "the disk with the configuration does not answer: look at it with `df`"
    return Area(
        "set-up",
        [
            Check("installed", lambda: aside(lambda: _installed(case)), "reinstall kubectl-smart"),
            Check("configuration", lambda: aside(lambda: _configuration(case)), slow, needed=True),
            Check("secrets", lambda: aside(lambda: _secrets(case)), slow),
        ],
    )


def _configuration(case: Case) -> Sequence[Outcome]:
    if case.config is None:
        return [
            not_configured(
                "no --config: only the memory and the cluster of the kubeconfig are looked at",
                "name the file that `serve` is started with, if there is one",
            )
        ]
    if case.model is None:
        return [failed(*case.trouble)]
    parts = {"capture": case.model.capture, "slack": case.model.slack}
    there = [name for name, part in parts.items() if part is not None]
    if not there:
        said = f"{case.config} configures nothing to do"
        return [failed(said, "add the part `capture` or `slack`; see deploy/README.md")]
    return [ok(f"{case.config} is as it should be, with {' and '.join(there)}")]


def _secrets(case: Case) -> Sequence[Outcome]:
    if case.model is None:
        return []
    found = list(secrets_in(case.model))
    if not found:
        return [not_configured("the configuration names no secret")]
    troubles = list(_troubles(found, case.environment))
    if troubles:
        return troubles
    return [ok(f"{len(found)} found, each where the configuration says, for its owner only")]


def _troubles(
    found: Sequence[tuple[str, Secret]], environment: Mapping[str, str]
) -> Iterator[Outcome]:
    for key, where in found:
        try:
            if not secret(where, key, environment):
                path = Path(where.file).expanduser()
                yield failed(f"{key}: {path} is empty", f"write the secret into {path}")
        except BadInput as problem:
            yield failed(problem.message, problem.remedy)


def secrets_in(model: Any, key: str = "") -> Iterator[tuple[str, Secret]]:
    """(key in the file, where it is) of every secret that a configuration names."""
    if isinstance(model, Secret):
        yield key, model
    elif isinstance(model, BaseModel):
        for name in type(model).model_fields:
            yield from secrets_in(getattr(model, name), f"{key}.{name}" if key else name)
    elif isinstance(model, tuple):
        for at, one in enumerate(model):
            yield from secrets_in(one, f"{key}[{at}]")


def _installed(case: Case) -> Sequence[Outcome]:
    model = case.model
    watched = model is not None and model.capture is not None and model.capture.watch is not None
    asked = (
        model is not None and model.slack is not None and model.slack.access.subject_access_review
    )
    wanted = {
        "kubernetes": ("kubernetes", watched or asked, "to reach the cluster"),
        "psycopg": ("postgresql", bool(case.index), "for an index on PostgreSQL"),
    }
    found = []
    for module, (extra, needed, purpose) in wanted.items():
        if find_spec(module) is not None:
            found.append(ok(f"kubectl-smart[{extra}] is there, {purpose}"))
        elif needed:
            said = f"kubectl-smart[{extra}] is not installed, which is needed {purpose}"
            found.append(failed(said, "install it", f"pip install 'kubectl-smart[{extra}]'"))
        else:
            said = f"kubectl-smart[{extra}] is not installed; it is only needed {purpose}"
            found.append(not_configured(said))
    return found
