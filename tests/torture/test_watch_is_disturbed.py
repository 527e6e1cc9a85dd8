"""A watch on a bad day: resets, halves of events, versions told twice, history forgotten."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import orjson
import pytest
from tests.support.cluster import CONFIG_MAPS, WIDGETS, FakeCluster
from tests.support.watch_stage import Stage, now


class Writes:
    """Objects written at random; each version has a number of its own, and its instant is known."""

    def __init__(self, cluster: FakeCluster, chance: random.Random) -> None:
        self._cluster = cluster
        self._chance = chance
        self._numbers: dict[str, int] = {}
        self.at: dict[str, int] = {}
        self.ends = 0

    def write(self) -> None:
        """One write: made, changed, or deleted."""
        name = f"settings-{self._chance.randrange(6)}"
        there = ("configmaps", "prod", name) in self._cluster.objects
        if there and self._chance.random() < 0.2:
            self._cluster.delete(CONFIG_MAPS, name)
            self.ends += 1
            return
        number = str(len(self.at))
        self._cluster.put(CONFIG_MAPS, name, data={"NUMBER": number})
        self.at[number] = now()


def disturb(cluster: FakeCluster, chance: random.Random, *, forget: bool) -> None:
    """Something goes wrong, or is right again."""
    match chance.randrange(6):
        case 0:
            cluster.break_off()
        case 1:
            cluster.breaks["configmaps"] = chance.randrange(1, 4)
        case 2:
            cluster.twice = not cluster.twice
        case 3:
            cluster.refused["configmaps"] = chance.choice([429, 500, 503])
        case 4 if forget:
            cluster.compact()
        case _:
            cluster.refused.clear()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_version_is_recorded_once(tmp_path: Path, seed: int) -> None:
    """As long as the cluster remembers; and its instant lies within what was recorded."""
    chance = random.Random(seed)
    cluster = FakeCluster()
    stage = Stage(cluster, tmp_path)
    writes = Writes(cluster, chance)

    async def story() -> None:
        async with stage.serving(), stage.listening():
            await stage.caught_up()
            for _ in range(60):
                for _ in range(chance.randrange(6)):
                    writes.write()
                disturb(cluster, chance, forget=False)
                await asyncio.sleep(chance.random() * 0.1)
            cluster.refused.clear()
            cluster.breaks.clear()
            await stage.caught_up()
            await stage.until(lambda: len(_numbers(stage)) == len(writes.at))

    asyncio.run(story())
    numbers = _numbers(stage)
    assert sorted(numbers) == sorted(writes.at)
    for change in stage.memory.changes:
        if change.state is not None and change.object.name.startswith("settings"):
            at = writes.at[orjson.loads(change.state)["data"]["NUMBER"]]
            low = change.not_before or change.happened_at - 2_000_000
            assert low <= at or change.late
            assert at <= change.happened_at + 50_000 or change.late
    gone = [one for one in stage.memory.changes if one.gone]
    assert len(gone) == writes.ends


@pytest.mark.parametrize("seed", [1, 2])
def test_when_history_is_forgotten_what_is_is_known(tmp_path: Path, seed: int) -> None:
    """Versions in between are lost, and that is told as a gap; none is told twice."""
    chance = random.Random(seed)
    cluster = FakeCluster()
    stage = Stage(cluster, tmp_path)
    writes = Writes(cluster, chance)

    async def story() -> None:
        async with stage.serving():
            for _ in range(3):
                async with stage.listening():
                    await stage.caught_up()
                    for _ in range(25):
                        for _ in range(chance.randrange(6)):
                            writes.write()
                        disturb(cluster, chance, forget=True)
                        await asyncio.sleep(chance.random() * 0.1)
                    cluster.serve(WIDGETS)
                    cluster.put(WIDGETS, "w", spec={"size": 1})
                    cluster.refused.clear()
                    cluster.breaks.clear()
                    await stage.caught_up()
                for _ in range(chance.randrange(6)):
                    writes.write()
                cluster.withdraw(WIDGETS)
                cluster.compact()
            async with stage.listening():
                await stage.caught_up()

    asyncio.run(story())
    numbers = _numbers(stage)
    assert len(numbers) == len(set(numbers))
    assert set(numbers) <= set(writes.at)


def _numbers(stage: Stage) -> list[str]:
    return [
        orjson.loads(one.state)["data"]["NUMBER"]
        for one in stage.memory.changes
        if one.state is not None and one.object.name.startswith("settings")
    ]
