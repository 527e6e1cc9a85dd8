"""The admission webhook, made of its part of the configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from kubectl_smart.bot.serve.live import LiveMemory
from kubectl_smart.bot.serve.pinned import PinnedNotes
from kubectl_smart.bot.serve.settings import AdmissionModel, CaptureModel
from kubectl_smart.capture.sources.admission import Admission, Keeping
from kubectl_smart.capture.sources.receiving import Door, Limits, Waiting

PATHS = ("/admission", "/admission/{token}")
"""Where the API server has been given no token to show, the address holds it."""


def keeping(model: CaptureModel) -> Keeping:
    """What is kept of a review, by what else is heard."""
    if model.audit_webhook is not None or model.audit_log is not None:
        return Keeping.NOTHING
    return Keeping.UNHEARD if model.watch is None else Keeping.UNTIL_SEEN


def admission(
    model: AdmissionModel, environment: Mapping[str, str], limits: Limits, waiting: Waiting,
    live: LiveMemory, pinned: PinnedNotes, clock: Callable[[], int], kept: Keeping,
) -> Admission:  # fmt: skip
    """The webhook. BadInput if a secret is not where the file says."""
    callers = model.callers("capture.admission", environment)
    door = Door(callers, replace(limits, within=model.within), waiting)
    return Admission(
        door,
        live,
        live.redactor,
        live.hearing,
        clock,
        pinned=lambda: pinned.table,
        keeping=kept,
        within=model.within,
    )
