"""The outage that everybody knows: an index was dropped at night, and the gateway is slow by day.

A week of a small shop: gateway, api, user service, database; a maintenance job that reads a
configuration; and ordinary work by ordinary people. At 13:28 of the last day (minutes after START,
`BREAKS`) the pipeline sets DROP_UNUSED_INDEXES; the job runs at 14:25 and the gateway's latency
shifts at 14:30 (`SLOW`).
"""

from __future__ import annotations

from typing import Any

from built_memory import (
    CONTROLLER,
    MINUTE,
    SARAH,
    TOM,
    Past,
    config,
    container,
    deployment,
    minutes,
)

from kubectl_smart.memory.formats.identity import observation_id
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation

DAY = 24 * 60
BREAKS = 6 * DAY + 268
RUNS = BREAKS + 57
SLOW = BREAKS + 62
JENKINS = Actor("jenkins@prod", ActorKind.AUTOMATION)
GATEWAY, API, USERS = (deployment(name, "prod") for name in ("api-gateway", "api", "user-service"))
DATABASE = ObjectRef("apps", "StatefulSet", "data", "user-db")
MAINTENANCE = config("maintenance-config", "ops")
API_CONFIG = config("api-config", "prod")
CRON = ObjectRef("batch", "CronJob", "ops", "maintenance-job")


def service(name: str, namespace: str) -> ObjectRef:
    """A Service's name."""
    return ObjectRef("", "Service", namespace, name)


def workload(
    past: Past, ref: ObjectRef, at: int, *, by: Actor = SARAH, reads: str = "", **env: str
) -> Change:
    """A workload of one container, labelled by its name."""
    main: dict[str, Any] = container("main", env.pop("image", "shop:1"), **env)
    if reads:
        main["envFrom"] = [{"configMapRef": {"name": reads}}]
    labels = {"app": ref.name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [main]}}
    return past.write(ref, at, by=by, selector={"matchLabels": labels}, template=template)


def serve(past: Past, ref: ObjectRef, port: int) -> None:
    """A Service in front of the workload of the same name."""
    selector = {"app": ref.name}
    past.write(service(ref.name, ref.namespace), selector=selector, ports=[{"port": port}])


def slow(past: Past, ref: ObjectRef, at: int, before: float, after: float) -> None:
    """The latency of a service shifts."""
    past.records.append(
        Observation(
            id=observation_id("shift", ref.name, str(at)),
            kind="MetricShift",
            about=ref,
            owner=ref,
            first_at=at,
            last_at=at + 5 * MINUTE,
            count=1,
            message=f"latency p99 {before} ms → {after} ms",
            warning=True,
            source="prometheus",
            detail={
                "metric": "latency p99",
                "direction": "up",
                "onset_from": at - MINUTE // 2,
                "onset_to": at + MINUTE // 2,
            },
        )
    )


def shop() -> Past:
    """The shop, a week of ordinary work, and nothing broken."""
    past = Past()
    past.heard(minutes(0), minutes(SLOW + 60))
    past.heard(minutes(0), minutes(SLOW + 60), "prometheus")
    workload(past, GATEWAY, minutes(0), API_URL="http://api:8080", USERS="http://user-service:80")
    workload(past, API, minutes(0), reads="api-config", USERS="http://user-service:80")
    workload(past, USERS, minutes(0), DB_HOST="user-db.data.svc.cluster.local")
    workload(past, DATABASE, minutes(0), image="postgres:16")
    for ref, port in ((GATEWAY, 80), (API, 8080), (USERS, 80), (DATABASE, 5432)):
        serve(past, ref, port)
    past.write(API_CONFIG, data={"CACHE_SIZE": "512", "TIMEOUT_MS": "800"})
    past.write(MAINTENANCE, data={"TARGET_DB": "user-db.data", "DROP_UNUSED_INDEXES": "false"})
    job: dict[str, Any] = container("main", "maint:1")
    job["envFrom"] = [{"configMapRef": {"name": "maintenance-config"}}]
    template = {"spec": {"containers": [job]}}
    past.write(CRON, schedule="25 14 * * *", jobTemplate={"spec": {"template": template}})
    for day in range(6):
        at = day * DAY
        _run(past, at + RUNS % DAY, day)
        timeout = {"CACHE_SIZE": "512", "TIMEOUT_MS": f"{810 + day}"}
        past.write(API_CONFIG, minutes(at + 130), by=TOM, data=timeout)
        workload(past, GATEWAY, minutes(at + 300), by=TOM, image=f"gateway:{day + 2}",
                 API_URL="http://api:8080", USERS="http://user-service:80")  # fmt: skip
    return past


def _run(past: Past, at: int, number: int) -> None:
    past.write(
        ObjectRef("batch", "Job", "ops", f"maintenance-job-{number}"), minutes(at), by=CONTROLLER,
        derived=True, owner=CRON, parallelism=1,
    )  # fmt: skip


def dropped_index() -> Past:
    """What happened on the last day, and a rollout that has nothing to do with it."""
    past = shop()
    past.write(MAINTENANCE, minutes(BREAKS), by=JENKINS, via="kubectl patch configmap",
               data={"TARGET_DB": "user-db.data", "DROP_UNUSED_INDEXES": "true"})  # fmt: skip
    timeout = {"CACHE_SIZE": "512", "TIMEOUT_MS": "900"}
    past.write(API_CONFIG, minutes(BREAKS + 20), by=TOM, data=timeout)
    _run(past, RUNS, 6)
    slow(past, service("user-db", "data"), minutes(SLOW - 4), 5, 240)
    slow(past, service("user-service", "prod"), minutes(SLOW - 2), 30, 420)
    slow(past, service("api-gateway", "prod"), minutes(SLOW), 80, 900)
    workload(past, USERS, minutes(SLOW + 5), by=SARAH, image="users:2",
             DB_HOST="user-db.data.svc.cluster.local")  # fmt: skip
    return past
