"""Two days of a small shop in trouble, by a seeded die: for tests of what led to it.

Three workloads that call each other, what they read, what lets them through; people who change it
and take it back; pods that crash, now and then for hours; latencies that shift; calls that are seen
again and again; and records of long ago that come last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from built_memory import CONTROLLER, MINUTE, SARAH, TOM, Past, config, container, minutes, pod
from outage_story import service, slow
from random_records import START, digits

from kubectl_smart.memory.formats.identity import observation_id
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.dependencies import Dependency
from kubectl_smart.memory.records.facts import Committed, Record, StatePlace
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation

NAMES = ("web", "api", "db")
LASTS = 2_880
"""Minutes."""


def workload(name: str) -> ObjectRef:
    """A Deployment of the shop."""
    return ObjectRef("apps", "Deployment", "shop", name)


class Told:
    """A past as an index is told it, record by record; `read_states` as a store does."""

    def __init__(self, past: Past) -> None:
        self._states: dict[StatePlace, bytes] = {}
        self.committed: list[Committed] = []
        self.past = past
        self.more()

    def more(self) -> list[Committed]:
        """What was recorded since."""
        told = len(self.committed)
        new = self.past.records[told:]
        self.committed += [self._committed(at, one) for at, one in enumerate(new, told + 1)]
        return self.committed[told:]

    @property
    def tips(self) -> dict[str, str]:
        """Where its branches are."""
        return {one.branch: one.commit for one in self.committed}

    def read_states(self, places: Sequence[StatePlace]) -> list[bytes | None]:
        """As a store does."""
        return [self._states.get(place) for place in places]

    def _committed(self, number: int, record: Record) -> Committed:
        bulk = not isinstance(record, Change) or record.derived
        branch = "journal/2025-11" if bulk else "main"
        place = None
        if isinstance(record, Change) and record.state is not None:
            place = StatePlace(digits("blob", number) + "0" * 8, number if bulk else -1)
            self._states[place] = record.state
        commit = digits("commit", number) + "0" * 8
        return Committed(record, number, START + number, branch, commit, place)


class Troubles(Told):
    """Records of such a shop, in the order they were recorded."""

    def __init__(self, seed: int, count: int) -> None:
        self._die = Random(seed)
        self._past = Past()
        self._seen: dict[ObjectRef, Observation] = {}
        self._calls: dict[str, Dependency] = {}
        for name in NAMES:
            self._deploy(name, 0)
            self._past.write(service(name, "shop"), selector={"app": name}, ports=[{"port": 80}])
        self._past.write(config("flags", "shop"), data={"MODE": "0"})
        heard = 0.0
        for at in sorted(self._die.uniform(1, LASTS) for _ in range(count)):
            self._happens(at, late=self._die.random() < 0.1)
            if self._die.random() < 0.2:
                self._past.heard(minutes(heard), minutes(at))
                heard = at
        self._past.heard(minutes(heard), minutes(LASTS))
        super().__init__(self._past)

    # --- what happens -------------------------------------------------------------------------

    def _deploy(self, name: str, at: float, *, late: bool = False) -> None:
        die = self._die
        call = NAMES[NAMES.index(name) + 1 : NAMES.index(name) + 2]
        env = {
            f"URL_OF_{one}": die.choice((f"http://{one}:80", f"http://{one}.later:80"))
            for one in call
        }
        main = container("main", f"{name}:{die.randrange(3)}", **env)
        if die.random() < 0.5:
            main["envFrom"] = [{"configMapRef": {"name": "flags"}}]
        labels = {"app": name}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [main]}}
        self._past.write(
            workload(name), minutes(at), by=die.choice((SARAH, TOM)), late=late,
            selector={"matchLabels": labels}, template=template,
        )  # fmt: skip

    def _happens(self, at: float, *, late: bool) -> None:
        die, past = self._die, self._past
        at = at if not late else die.uniform(0, at)
        name = die.choice(NAMES)
        roll = die.randrange(12)
        if roll < 2:
            self._deploy(name, at, late=late)
            if die.random() < 0.5:
                self._breaks(name, at)
        elif roll == 2:
            data = {"MODE": str(die.randrange(2))}
            past.write(config("flags", "shop"), minutes(at), by=TOM, data=data, late=late)
        elif roll == 3:
            selector = {"app": die.choice((name, name, "none"))}
            ports = [{"port": die.choice((80, 80, 81))}]
            past.write(
                service(name, "shop"), minutes(at), selector=selector, ports=ports, late=late
            )
        elif roll == 4:
            past.write(config("other", die.choice(("later", "shop"))), minutes(at), data={"A": "1"})
        elif roll == 5:
            past.write(
                pod(f"{name}-a", "shop"), minutes(at), by=CONTROLLER, derived=True, late=late,
                owner=workload(name), nodeName=die.choice(("one", "two")),
            )  # fmt: skip
        elif roll == 6:
            slow(past, workload(name), minutes(at), 100, 900)
        elif roll < 9:
            self._calling(name, at)
        else:
            self._crashes(name, at)

    def _breaks(self, name: str, at: float) -> None:
        """What it is told breaks it, until somebody takes that back, or longer."""
        die, ref = self._die, workload(name)
        main = container("main", f"{name}:broken")
        template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [main]}}
        self._past.write(ref, minutes(at + 1), by=TOM, template=template)
        lasts = die.choice((2, 60, 340, 355, 400, 430))
        about = pod(f"{name}-c", "shop")
        self._past.seen(about, minutes(at + 3), "BackOff", owner=ref, lasts=lasts * MINUTE)
        if die.random() < 0.7:
            self._deploy(name, at + die.choice((lasts + 1, lasts + 2, 30)))

    def _calling(self, name: str, at: float) -> None:
        far = self._die.choice(NAMES)
        if far == name:
            return
        known = self._calls.get(name + far)
        again = (
            replace(known, first_at=min(known.first_at, minutes(at)),
                    last_at=max(known.last_at, minutes(at)))
            if known is not None
            else Dependency(
                id=digits("calls", name, far), caller=workload(name), callee=workload(far),
                kind="calls", source="prometheus", evidence="requests",
                first_at=minutes(at), last_at=minutes(at),
            )
        )  # fmt: skip
        self._calls[name + far] = again
        self._past.records.append(again)

    def _crashes(self, name: str, at: float) -> None:
        die = self._die
        about = pod(f"{name}-{die.choice('ab')}", "shop")
        known = self._seen.get(about)
        if known is not None and die.random() < 0.6:
            again = replace(
                known,
                last_at=max(known.last_at, minutes(at)),
                count=known.count + 1,
                message=known.message if die.random() < 0.8 else f"{known.message}!",
            )
        else:
            kind = die.choice(("BackOff", "OOMKilled", "Unhealthy", "FailedScheduling", "Pulled"))
            again = Observation(
                id=observation_id(str(about), kind, str(at)),
                kind=kind,
                about=about,
                owner=die.choice((workload(name), workload(name), None)),
                first_at=minutes(at),
                last_at=minutes(at) + die.choice((0, 1, 400)) * MINUTE,
                count=1,
                message=f"{kind} of {about.name}",
                warning=kind != "Pulled",
                source="event",
            )
        self._seen[about] = again
        self._past.records.append(again)
