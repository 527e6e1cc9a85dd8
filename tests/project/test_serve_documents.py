"""What deploy/ says of `serve` is what `serve` takes and tells."""

from __future__ import annotations

import re

import pytest
from rendered_manifests import SOURCE

from kubectl_smart.bot import pattern_settings
from kubectl_smart.bot.configuring import Strict, parsed
from kubectl_smart.bot.serve import (
    alert_settings,
    callers_settings,
    prometheus_settings,
    schedule_settings,
    settings,
)
from kubectl_smart.bot.serve.measures import PREFIX, Measures
from kubectl_smart.memory.records.errors import BadInput

DEPLOY = SOURCE / "deploy"
PAGE = (DEPLOY / "README.md").read_text("utf-8")
EXAMPLE = (DEPLOY / "smart.yaml").read_text("utf-8")
MODELS: list[tuple[str, type[Strict]]] = [
    ("", settings.ServeModel),
    ("listen.", settings.ListenModel),
    ("capture.", settings.CaptureModel),
    ("capture.doors.", settings.DoorsModel),
    ("capture.doors.tls.", settings.TlsModel),
    ("capture.audit_webhook.", callers_settings.CallersModel),
    ("capture.alertmanager.", alert_settings.AlertmanagerModel),
    ("capture.alertmanager.incidents.", alert_settings.AlertIncidentsModel),
    ("capture.admission.", settings.AdmissionModel),
    ("capture.audit_log.", settings.LogModel),
    ("capture.watch.", settings.WatchModel),
    ("capture.prometheus.", prometheus_settings.PrometheusModel),
    ("capture.prometheus.queries.name.", prometheus_settings.QueryModel),
    ("capture.prometheus.graph.name.", prometheus_settings.CallsModel),
    ("capture.spool.", settings.SpoolModel),
    ("capture.commit.", settings.CommitModel),
    ("patterns.", pattern_settings.PatternsModel),
    ("schedule.", schedule_settings.ScheduleModel),
]


@pytest.mark.parametrize(("prefix", "model"), MODELS)
def test_every_key_is_explained(prefix: str, model: type[Strict]) -> None:
    """As the models explain it."""
    for name, field in model.model_fields.items():
        assert f"| `{prefix}{name}` | {field.description} |" in PAGE, name


def test_no_key_is_explained_that_there_is_not() -> None:
    """The table has the models' keys and no others."""
    table = PAGE.partition("## Configuration")[2].partition("## Health")[0]
    known = {f"{prefix}{name}" for prefix, model in MODELS for name in model.model_fields}
    assert set(re.findall(r"^\| `([a-z_.]+)` \|", table, re.MULTILINE)) == known


def test_the_example_is_read() -> None:
    """With every part of capture in it."""
    model = parsed(EXAMPLE, settings.ServeModel, "smart.yaml")
    assert model.capture is not None
    assert None not in (
        model.capture.audit_webhook,
        model.capture.alertmanager,
        model.capture.admission,
        model.capture.audit_log,
        model.capture.watch,
        model.capture.prometheus,
        model.capture.doors.tls,
    )


def test_the_figures_of_a_process_that_hears_nothing_are_few() -> None:
    """Each is named on the page."""
    found = set(re.findall(r"^# TYPE (\S+) ", Measures().text().decode(), re.MULTILINE))
    assert found
    for name in found:
        short = name.removeprefix(PREFIX).removesuffix("_created")
        assert f"`{short}`" in PAGE or f"`{short}_total`" in PAGE, name


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("audit_webhook:", "audit_webhok:", "line 19: capture.audit_webhok is not known"),
        ("port: 8443", "port: 84430", "capture.doors.port"),
        ("host: 0.0.0.0\n    port: 8443\n    tls:", "host: 0.0.0.0\n    tsl:", "capture.doors.tsl"),
        ("zone: Europe/Berlin", "zone: Berlin", "Berlin is no time zone"),
        ("{env: KUBECTL_SMART_AUDIT_TOKEN}", "{}", "give either env or file"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(old: str, new: str, said: str) -> None:
    """File, line and key, in one sentence."""
    assert old in EXAMPLE
    with pytest.raises(BadInput) as told:
        parsed(EXAMPLE.replace(old, new), settings.ServeModel, "smart.yaml")
    assert said in str(told.value)
    assert re.search(r"smart\.yaml, line \d+", str(told.value))
