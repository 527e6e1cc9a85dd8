"""The answer about an incident, as it was once found good, in every form.

After a change that is meant: GOLDEN=write pytest tests/acceptance
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path

import orjson
import pytest
from built_memory import CONTROLLER, START, TOM, Past, config, container, deployment, minutes, pod

from kubectl_smart.bot.render import incident as render
from kubectl_smart.bot.render.report import update_report
from kubectl_smart.memory.answers.incident import IncidentAnswer
from kubectl_smart.memory.questions.incident import incident

GOLDEN = Path(__file__).parents[1] / "golden"
API = deployment("payment-api")
CACHE = config("cache-config")
ID = "2025-11-23-cache"
FORMS: dict[str, Callable[[IncidentAnswer], str]] = {
    "incident.txt": lambda answer: "\n".join(render.text(answer, UTC, explain=True)) + "\n",
    "incident.json": lambda answer: orjson.dumps(
        render.document(answer), option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2
    ).decode(),
    "incident.md": lambda answer: "\n".join(render.lines_of_markdown(answer, UTC)) + "\n",
    "incident-report.md": lambda answer: update_report(None, answer),
}


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IncidentAnswer]:
    """A cache made too small, kills, a rollback, and what people said."""
    past = Past()
    past.heard(START, minutes(120))
    past.incident(
        minutes(-900), "2025-11-22-slow", "payment-api is slow", "The cache was too small.\n"
    )
    labels = {"app": API.name}
    main = container("main", "payment:1")
    main["envFrom"] = [{"configMapRef": {"name": CACHE.name}}]
    template = {"metadata": {"labels": labels}, "spec": {"containers": [main]}}
    past.write(API, replicas=3, selector={"matchLabels": labels}, template=template)
    past.write(CACHE, data={"CACHE_SIZE": "512"})
    past.write(
        CACHE, minutes(10), by=TOM, via="kubectl edit configmap/cache-config -n payments",
        reason="save memory", data={"CACHE_SIZE": "64"},
    )  # fmt: skip
    past.write(pod("payment-api-1"), minutes(11), by=CONTROLLER, derived=True, owner=API)
    past.seen(pod("payment-api-1"), minutes(12), "OOMKilled", owner=API, count=4)
    past.incident(minutes(15), ID, "The cache is out", "The payment-api answers nobody.\n")
    past.looked(minutes(20), "kubectl logs payment-api-1 -n payments", pod("payment-api-1"))
    past.write(
        CACHE, minutes(35), via="kubectl apply -f cache.yaml", data={"CACHE_SIZE": "512"}
    )  # fmt: skip
    past.incident(
        minutes(60), ID, "The cache is out", "The payment-api answers nobody.\n",
        opened_at=minutes(15), closed_at=minutes(60),
    )  # fmt: skip
    past.note(minutes(70), "Cause: CACHE_SIZE was cut to 64", about=CACHE, of_incident=ID)
    past.note(minutes(71), "Follow-up: alert on evictions", of_incident=ID, by=TOM)
    with past.memory(tmp_path_factory.mktemp("golden") / "memory") as memory:
        yield incident(memory.store, memory.index, ID, now=minutes(120))


def _comparable(text: str) -> str:
    """Commit ids are those of the made memory's key and times of writing: not told."""
    text = re.sub(r"\b[0-9a-f]{40}\b", "(commit)", text)
    text = re.sub(r"\b[0-9a-f]{12}(\+[0-9a-f]{12})?\b", "(commit)", text)
    return re.sub(r"\b[0-9a-f]{32}\b", "(record)", text)


@pytest.mark.parametrize("name", FORMS)
def test_the_answer_about_an_incident_is_the_one_found_good(
    name: str, answer: IncidentAnswer
) -> None:
    """Byte for byte, but for ids."""
    printed = _comparable(FORMS[name](answer))
    path = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        path.write_text(printed, encoding="utf-8")

    assert printed == path.read_text(encoding="utf-8")
