"""A year of forty services, with eleven patterns planted in it, or with none.

People edit in office hours of Berlin, machines deploy, services get into trouble, people look at
what happened. Over Christmas nobody works; clocks are put forward and back. If the team moves, all
that is done by the clock is done by that of New York from the first of September on, and in some
weeks only one of the two cities has put its clocks back. What is planted has misses, drift and
noise of its own. What happens anyway does not contradict the habits: Sarah and
Tom look at what is planted for them only, and elsewhere nothing restarts three times.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

from kubectl_smart.memory.index.rows import Act
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import Change, Facet, FieldEdit, Knowledge
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.facts import Committed, Record
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step
from kubectl_smart.memory.records.zones import MovedZone

ZONE = ZoneInfo("Europe/Berlin")
MOVED = MovedZone(ZONE, [(date(2025, 9, 1), ZoneInfo("America/New_York"))])
FIRST = date(2025, 3, 3)
DAYS = 364
MINUTE = 60_000_000
NAMES = ("sarah", "tom", "priya", "ana", "jon", "lee")
PEOPLE = [Actor(f"{name}@example.com", ActorKind.HUMAN) for name in NAMES]
MACHINE = Actor("system:serviceaccount:ci:deployer", ActorKind.AUTOMATION)
NAMESPACES = ("shop", "billing", "search", "mail", "auth", "media", "data", "edge")
REASONS = ("OOMKilled", "CrashLoopBackOff", "Unhealthy", "FailedScheduling", "Failed")
PLANTS = {
    "monday": r"every Monday about 0[89]:\d\d: replicas of shop/deployment web \d → \d, and back",
    "first": r"on the first of the month.*limits.memory of billing/deployments? .*2x",
    "climb": r"after deploys of (shop/deployment catalog|services in shop) memory goes up.*back",
    "redis": r"when latency rises, sarah@example.com checks data/redis first",
    "scales": r"in trouble, tom@example.com scales up .*, and next lists resource",
    "runbook": r"in trouble, priya@example.com lists nodes, then lists pods, and next .* of nodes",
    "drill": r"in trouble, the team lists endpoints, then lists pods, and next checks DNS",
    "disk": r"after three restarts, the team checks disk space",
    "cache": r"changes of CACHE_SIZE.*followed by OOMKilled",
    "policy": r"changes of (network policy|\S+ of (edge/)?networkpol.*) are followed by a cascade",
    "together": r"who(ever)? edits auth/configmap (routes|limits) edits auth/configmap",
}
"""What is planted, and the statement that finds it."""


@dataclass
class Made:
    """A history, and how often each planted pattern showed in it."""

    records: list[Record] = field(default_factory=list)
    shown: Counter[str] = field(default_factory=Counter)


class Maker:
    """Makes one history; the same for the same seed."""

    def __init__(
        self, seed: int, *, changes: int = 4_000, plants: bool = True, moves: bool = False
    ) -> None:
        self.dice = random.Random(seed)
        self.made = Made()
        self.wanted = changes
        self.plants = plants
        self.zone: tzinfo = MOVED if moves else ZONE
        self.count = 0
        self.services = [
            ObjectRef("apps", "Deployment", NAMESPACES[number % 8], f"svc-{number:03d}")
            for number in range(max(40, changes // 400))
        ]
        self.replicas: dict[ObjectRef, int] = {}

    def history(self) -> Made:
        """All of it."""
        self.edits()
        self.troubles()
        self.shifts()
        if self.plants:
            self.planted()
        self.made.records.sort(key=when)
        return self.made

    # --- when ---------------------------------------------------------------------------------

    def at(self, day: date, hour: float) -> int:
        """The instant of a local time of day."""
        moment = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        minutes = int(hour * 60)
        moment = moment.replace(hour=minutes // 60 % 24, minute=minutes % 60)
        return int(moment.timestamp()) * 1_000_000 + self.dice.randrange(MINUTE)

    def workday(self) -> date:
        """A day on which people work; more on some than on others."""
        while True:
            day = FIRST + timedelta(days=self.dice.randrange(DAYS))
            if self.works(day) and self.dice.random() < (1.0, 0.95, 0.9, 0.95, 0.7)[day.weekday()]:
                return day

    def works(self, day: date) -> bool:
        """Not at weekends, and not over Christmas."""
        holiday = (day.month, day.day) >= (12, 24) or (day.month, day.day) <= (1, 2)
        return day.weekday() < 5 and not holiday

    def office(self) -> int:
        """An instant in office hours; most of them around eleven and three."""
        hour = self.dice.choice((self.dice.gauss(11, 1.3), self.dice.gauss(15, 1.6)))
        return self.at(self.workday(), min(19.9, max(7.5, hour)))

    def any(self) -> int:
        """An instant at any hour, by day twice as often as by night."""
        day = FIRST + timedelta(days=self.dice.randrange(DAYS))
        hour = self.dice.choice((self.dice.random() * 24, 8 + self.dice.random() * 11))
        return self.at(day, hour % 24)

    # --- records --------------------------------------------------------------------------------

    def id(self) -> str:
        """A new one."""
        self.count += 1
        return blake2b(f"{self.count}".encode(), digest_size=16).hexdigest()

    def change(self, ref: ObjectRef, at: int, by: Actor, *edits: FieldEdit) -> None:
        """A write of some fields."""
        self.made.records.append(
            Change(
                id=self.id(),
                object=ref,
                uid="",
                facet=Facet.OBJECT,
                derived=False,
                verb="patch",
                actor=by,
                via="kubectl edit",
                happened_at=at,
                audit_id="",
                resource_version=str(self.count),
                knowledge=Knowledge.FIELDS,
                edits=edits,
                state=None,
            )
        )

    def seen(
        self, ref: ObjectRef, at: int, kind: str, lasted: int = 5, count: int = 1, **detail: Any
    ) -> None:
        """An observation on the object."""
        self.made.records.append(
            Observation(
                id=self.id(),
                kind=kind,
                about=ref,
                owner=ref,
                first_at=at,
                last_at=at + lasted * MINUTE,
                count=count,
                message="",
                source="test",
                warning=detail.get("direction", "up") == "up",
                detail=detail,
            )
        )

    def step(
        self, at: int, by: Actor, action: str, target: ObjectRef | None, namespace: str, said: str
    ) -> None:
        """Something a person looked at."""
        self.made.records.append(
            Step(
                id=self.id(),
                actor=by,
                action=action,
                target=target,
                namespace=namespace,
                command=f"kubectl {said}",
                happened_at=at,
                until=at,
                count=1,
                status=200,
                outcome="",
                audit_ids=(),
            )
        )

    # --- what there is anyway -------------------------------------------------------------------

    def edits(self) -> None:
        """Edits of people and deploys of machines."""
        for _ in range(self.wanted):
            ref = self.dice.choice(self.services)
            draw = self.dice.random()
            if draw < 0.35:
                image = FieldEdit("spec.template.spec.containers[main].image", "a:1", self.id()[:9])
                self.change(ref, self.office(), MACHINE, image)
                continue
            by, at = self.dice.choice(PEOPLE), self.office()
            if draw < 0.55:
                self.scale(ref, at, by, self.dice.randint(1, 9))
            elif draw < 0.7:
                key = self.dice.choice(("LOG_LEVEL", "TIMEOUT", "POOL_SIZE", "FEATURES"))
                config = ObjectRef("", "ConfigMap", ref.namespace, f"{ref.name}-config")
                values = self.dice.randrange(90), self.dice.randrange(90)
                self.change(config, at, by, FieldEdit(f"data.{key}", *map(str, values)))
            elif draw < 0.8:
                path = "spec.template.spec.containers[main].resources.limits.memory"
                sizes = (
                    self.dice.choice(("256Mi", "512Mi", "1Gi")),
                    self.dice.choice(("768Mi", "2Gi")),
                )
                self.change(ref, at, by, FieldEdit(path, *sizes))
            elif draw < 0.85:
                policy = ObjectRef("networking.k8s.io", "NetworkPolicy", ref.namespace, ref.name)
                self.change(policy, at, by, FieldEdit("spec.ingress[0].ports[0].port", 80, 81))
            elif draw < 0.9:
                path = 'spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"]'
                self.change(ref, at, by, FieldEdit(path, "", str(at)))
            else:
                path = "spec.template.spec.containers[main].env[CACHE_TTL].value"
                self.change(ref, at, by, FieldEdit(path, "5", str(self.dice.randrange(99))))

    def scale(self, ref: ObjectRef, at: int, by: Actor, to: int) -> None:
        """A change of replicas."""
        before = self.replicas.get(ref, 3)
        self.change(ref, at, by, FieldEdit("spec.replicas", before, to + (to == before)))
        self.replicas[ref] = to + (to == before)

    def troubles(self) -> None:
        """Trouble at its base rate, and people who look at it."""
        for _ in range(max(120, self.wanted // 20)):
            ref, at = self.dice.choice(self.services), self.any()
            if self.dice.random() < 0.4:
                metric = self.dice.choice(("latency p99", "error ratio"))
                self.seen(ref, at, "MetricShift", metric=metric, direction="up")
            else:
                reason = self.dice.choice(REASONS)
                self.seen(ref, at, reason, lasted=self.dice.randint(2, 20),
                          count=self.dice.randint(1, 2 if self.plants else 5))  # fmt: skip
            if self.dice.random() < 0.5:
                on_call = PEOPLE[2:] if self.plants else PEOPLE  # habits are planted below
                self.looks(ref, at + self.dice.randint(1, 12) * MINUTE, self.dice.choice(on_call))
        for _ in range(max(100, self.wanted // 25)):  # without trouble, too
            self.looks(self.dice.choice(self.services), self.office(), self.dice.choice(PEOPLE))

    def looks(self, ref: ObjectRef, at: int, by: Actor, *, skip: int = 0) -> None:
        """A few steps in no order."""
        for number in range(skip, self.dice.randint(3, 6)):
            at += self.dice.randint(1, 4) * MINUTE
            self.look(ref, at, by, first=number == 0)

    def look(self, ref: ObjectRef, at: int, by: Actor, *, first: bool) -> None:
        """One of what people look at."""
        pod = ObjectRef("", "Pod", ref.namespace, f"{ref.name}-7d4f9c-abcde")
        draw = self.dice.random() * (0.7 if first else 1.0)
        place = ref.namespace
        if draw < 0.3:
            self.step(at, by, "list", None, place, f"get pods -n {place}")
        elif draw < 0.5:
            self.step(at, by, "logs", pod, place, f"logs {pod.name} -n {place}")
        elif draw < 0.65:
            self.step(at, by, "describe", pod, place, f"describe pod {pod.name} -n {place}")
        elif draw < 0.75:
            redis = ObjectRef("apps", "StatefulSet", "data", "redis")
            self.step(at, by, "get", redis, "data", "get statefulset redis -n data")
        elif draw < 0.83:
            self.step(at, by, "list", None, place, f"top pods -n {place}")
        elif draw < 0.86:
            self.step(at, by, "exec", pod, place, f"exec {pod.name} -n {place} -- df -h")
        elif draw < 0.95:
            self.step(at, by, "list", None, place, f"get resourcequotas -n {place}")
        else:
            self.step(at, by, "list", None, place, f"get events -n {place}")

    def shifts(self) -> None:
        """Memory goes up and comes down, whenever."""
        for _ in range(max(150, self.wanted // 15)):
            ref, at = self.dice.choice(self.services), self.any()
            self.memory(ref, at, self.dice.randint(20, 300))

    def memory(self, ref: ObjectRef, at: int, minutes: int) -> None:
        """Up, and down after some minutes."""
        self.seen(ref, at, "MetricShift", metric="memory", direction="up")
        self.seen(ref, at + minutes * MINUTE, "MetricShift", metric="memory", direction="down")

    # --- what is planted ------------------------------------------------------------------------

    def planted(self) -> None:
        """All eleven."""
        self.mondays()
        self.firsts()
        self.climbs()
        self.habits()
        self.runbooks()
        self.caches()
        self.policies()
        self.pairs()

    def mondays(self) -> None:
        """3 → 8 at nine, later 4 → 9, with ten minutes of drift; not on holidays, and misses."""
        web = ObjectRef("apps", "Deployment", "shop", "web")
        weeks = self.dice.randint(8, 52)
        start = self.dice.randint(0, 52 - weeks)
        for week in range(start, start + weeks):
            day = FIRST + timedelta(weeks=week)
            if not self.works(day) or self.dice.random() < 0.08:
                continue
            hour = 9 + self.dice.gauss(0, 5) / 60 + (week - start) / weeks / 6
            low = 3 if week < start + 0.7 * weeks else 4
            by = self.dice.choice(PEOPLE)
            self.change(web, self.at(day, hour), by, FieldEdit("spec.replicas", low, low + 5))
            evening = self.at(day, 19 + self.dice.gauss(0, 15) / 60)
            self.change(web, evening, by, FieldEdit("spec.replicas", low + 5, low))
            self.made.shown["monday"] += 1
        for _ in range(6):
            at = self.office()
            self.change(web, at, PEOPLE[2], FieldEdit("spec.replicas", 3, self.dice.randint(4, 6)))

    def firsts(self) -> None:
        """Twice the memory for billing from the first of the month to the third."""
        path = "spec.template.spec.containers[main].resources.limits.memory"
        for month in range(12):
            day = date(2025 + (month + 3) // 12, (month + 3) % 12 + 1, 1)
            if day > FIRST + timedelta(days=DAYS - 3) or self.dice.random() < 0.08:
                continue
            for name in ("ledger", "invoicer"):
                ref = ObjectRef("apps", "Deployment", "billing", name)
                at = self.at(day, 6 + self.dice.random())
                self.change(ref, at, MACHINE, FieldEdit(path, "512Mi", "1Gi"))
                back = self.at(day + timedelta(days=2), 7)
                self.change(ref, back, MACHINE, FieldEdit(path, "1Gi", "512Mi"))
            self.made.shown["first"] += 1

    def climbs(self) -> None:
        """A quarter of an hour of memory after deploys of the catalog."""
        catalog = ObjectRef("apps", "Deployment", "shop", "catalog")
        for _ in range(self.dice.randint(8, 30)):
            at = self.office()
            image = FieldEdit("spec.template.spec.containers[main].image", "c:1", self.id()[:9])
            self.change(catalog, at, MACHINE, image)
            if self.dice.random() < 0.85:
                self.memory(
                    catalog, at + self.dice.randint(1, 5) * MINUTE, self.dice.randint(12, 18)
                )
                self.made.shown["climb"] += 1

    def habits(self) -> None:
        """Sarah, Tom, and the team after restarts."""
        sarah, tom = PEOPLE[0], PEOPLE[1]
        redis = ObjectRef("apps", "StatefulSet", "data", "redis")
        for _ in range(self.dice.randint(7, 16)):
            ref, at = self.dice.choice(self.services), self.office()
            self.seen(ref, at, "MetricShift", metric="latency p99", direction="up")
            at += self.dice.randint(1, 9) * MINUTE
            held = self.dice.random() < 0.9
            if held:
                self.step(at, sarah, "get", redis, "data", "get statefulset redis -n data")
                self.made.shown["redis"] += 1
            self.looks(ref, at, sarah, skip=int(held))
        for _ in range(self.dice.randint(7, 16)):
            ref, at = self.dice.choice(self.services), self.office()
            self.seen(ref, at, "Unhealthy", lasted=10, count=4)
            at += self.dice.randint(1, 9) * MINUTE
            self.scale(ref, at, tom, self.replicas.get(ref, 3) + 2)
            if self.dice.random() < 0.9:
                said = f"get resourcequotas -n {ref.namespace}"
                self.step(at + 2 * MINUTE, tom, "list", None, ref.namespace, said)
                self.made.shown["scales"] += 1
            self.looks(ref, at + 2 * MINUTE, tom, skip=2)
        for number in range(self.dice.randint(8, 18)):
            ref, at = self.dice.choice(self.services), self.any()
            self.seen(ref, at, "CrashLoopBackOff", lasted=15, count=3 + number % 4)
            pod = ObjectRef("", "Pod", ref.namespace, f"{ref.name}-7d4f9c-abcde")
            by, place = PEOPLE[number % 5], ref.namespace
            at += self.dice.randint(2, 10) * MINUTE
            self.looks(ref, at, by)
            if self.dice.random() < 0.9:
                said = f"exec {pod.name} -n {place} -- df -h"
                self.step(at + 3 * MINUTE, by, "exec", pod, place, said)
                self.made.shown["disk"] += 1

    def runbooks(self) -> None:
        """What Priya does step by step when pods wait, and all of them when a service is dark.

        The steps come elsewhere, too, and lead elsewhere: it is the order that tells.
        """
        for _ in range(self.dice.randint(8, 16)):
            ref, at = self.dice.choice(self.services), self.office()
            self.seen(ref, at, "FailedScheduling", lasted=10)
            whole = self.steps_of(ref, at + 3 * MINUTE, PEOPLE[2], "get nodes", "top nodes")
            self.made.shown["runbook"] += whole
        for number in range(self.dice.randint(10, 20)):
            ref, at = self.dice.choice(self.services), self.any()
            self.seen(ref, at, "Unhealthy", lasted=12)
            by, last = PEOPLE[2 + number % 4], "exec -- nslookup"
            self.made.shown["drill"] += self.steps_of(
                ref, at + 2 * MINUTE, by, "get endpoints", last
            )
        for number in range(16):  # the same steps with others before and after them
            ref, at = self.dice.choice(self.services), self.any()
            self.seen(ref, at, "Failed", lasted=12)
            first = ("get events", "get services", "get ingresses")[number % 3]
            self.steps_of(ref, at + 2 * MINUTE, PEOPLE[2 + number % 4], first, "")

    def steps_of(self, ref: ObjectRef, at: int, by: Actor, first: str, last: str) -> bool:
        """One, the list of pods, another, mostly; and looks. Whether all three were done."""
        held = bool(last) and self.dice.random() < 0.88
        for said in (first, "get pods", *([last] if held else [])):
            verb = said.split()[0]
            pod = ObjectRef("", "Pod", ref.namespace, f"{ref.name}-7d4f9c-abcde")
            if verb == "exec":
                words = f"exec {pod.name} -n {ref.namespace} -- nslookup {ref.name}"
                self.step(at, by, "exec", pod, ref.namespace, words)
            else:
                action = "top" if verb == "top" else "list"
                self.step(at, by, action, None, ref.namespace, f"{said} -n {ref.namespace}")
            at += self.dice.randint(1, 3) * MINUTE
        self.looks(ref, at, by, skip=1)
        return held

    def caches(self) -> None:
        """Out of memory after CACHE_SIZE was raised, in three of four cases."""
        config = ObjectRef("", "ConfigMap", "search", "cache-config")
        api = ObjectRef("apps", "Deployment", "search", "svc-002")
        for number in range(self.dice.randint(8, 20)):
            at = self.office()
            edit = FieldEdit("data.CACHE_SIZE", str(number), str(number + 512))
            self.change(config, at, self.dice.choice(PEOPLE), edit)
            if self.dice.random() < 0.75:
                self.seen(api, at + self.dice.randint(2, 14) * MINUTE, "OOMKilled", count=3)
                self.made.shown["cache"] += 1

    def policies(self) -> None:
        """Several services fail after a network policy was changed."""
        policy = ObjectRef("networking.k8s.io", "NetworkPolicy", "edge", "default")
        for number in range(self.dice.randint(10, 24)):
            at = self.office()
            edit = FieldEdit("spec.egress[0].ports[0].port", number, number + 1)
            self.change(policy, at, self.dice.choice(PEOPLE), edit)
            if self.dice.random() < 0.8:
                for ref in self.dice.sample(self.services, 4):
                    self.seen(ref, at + self.dice.randint(2, 9) * MINUTE, "Unhealthy", lasted=12)
                self.made.shown["policy"] += 1

    def pairs(self) -> None:
        """Whoever edits the routes edits the limits."""
        routes = ObjectRef("", "ConfigMap", "auth", "routes")
        limits = ObjectRef("", "ConfigMap", "auth", "limits")
        for number in range(self.dice.randint(8, 20)):
            at, by = self.office(), self.dice.choice(PEOPLE)
            self.change(routes, at, by, FieldEdit("data.routes", str(number), str(number + 1)))
            if self.dice.random() < 0.85:
                later = at + self.dice.randint(3, 40) * MINUTE
                self.change(limits, later, by, FieldEdit("data.limits", "1", str(number)))
                self.made.shown["together"] += 1


def when(record: Record) -> int:
    """When it happened, or was first seen."""
    return record.first_at if isinstance(record, Observation) else getattr(record, "happened_at", 0)


class Told:
    """As much of an index as patterns are read from, over records in memory."""

    def __init__(self, records: list[Record]) -> None:
        self.acts: list[Act] = []
        self.others: dict[type, list[Committed]] = {Observation: [], Step: []}
        for number, one in enumerate(records):
            if isinstance(one, Change):
                order = (one.happened_at, 0, 0, bytes.fromhex(one.id))
                self.acts.append(
                    Act(order, number, one.object, one.verb, one.actor, one.gone, one.edits)
                )
            else:
                each = Committed(one, number, 0, "main", "0" * 40, None)
                self.others[type(one)].append(each)
        self.acts.sort()
        for every in self.others.values():
            every.sort(key=lambda each: (when(each.record), getattr(each.record, "id", "")))
        times = [when(one) for one in records]
        self.span = min(times) - 86_400_000_000, max(times) + 86_400_000_000

    def coverage(self) -> list[Heard]:
        """All the time."""
        first, last = self.span
        return [Heard(source="audit-log", session="", from_at=first, to_at=last)]

    def acts_between(self, since: int, until: int, _namespace: str | None = None) -> Iterator[Act]:
        """See Index."""
        return (one for one in self.acts if since <= one.happened_at < until)

    def observations(self, since: int, until: int, _: str | None = None) -> list[Committed]:
        """See Index."""
        return self._between(Observation, since, until)

    def steps(self, since: int, until: int, _: str | None = None) -> list[Committed]:
        """See Index."""
        return self._between(Step, since, until)

    def _between(self, kind: type, since: int, until: int) -> list[Committed]:
        every = self.others[kind]
        low, high = (
            bisect_left(every, at, key=lambda one: when(one.record)) for at in (since, until)
        )
        return every[low:high]

    def incidents(self) -> list[Committed]:
        """None."""
        return []
