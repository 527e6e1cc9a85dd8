"""The gate with the cluster's own word: what somebody may not get and list there was never here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.bot.test_access import Rules
from tests.support.api_server import Rule, api_server
from tests.support.built_memory import TOM, Past, config, deployment, minutes
from tests.support.slack_world import World, a_workspace, run, slack_world

from kubectl_smart.bot.access import Reviewer
from kubectl_smart.capture.sources.access_reviews import AccessReviews

SARAH, ROOT = "sarah@example.com", "root"
VIEW = Rule(SARAH, ("deployments",), groups=("apps",), namespaces=("payments",))
ADMIN = Rule(ROOT, ("*",), verbs=("*",))
HIDDEN = ("gold-config", "gold-vault", "treasury")


def a_memory(folder: Path) -> Path:
    """A Deployment of payments, a ConfigMap beside it, and a Deployment elsewhere."""
    past = Past()
    past.heard(minutes(-60), minutes(60))
    past.write(deployment("payment-api"), replicas=3)
    past.write(config("gold-config"), at=minutes(1), data={"a": "b"})
    past.write(deployment("gold-vault", "treasury"), at=minutes(2), replicas=1)
    past.write(deployment("payment-api"), at=minutes(5), by=TOM, replicas=5)
    with past.memory(folder / "memory"):
        pass
    return folder / "memory"


def settings(reviewer: Reviewer, **people: str) -> dict[str, Any]:
    """Of a bot that asks the cluster; people by their name in Slack."""
    ids = {one.name: one.id for one in a_workspace()[0].users.values()}
    return {"reviewer": reviewer, "people": {ids[name]: who for name, who in people.items()}}


@contextmanager
def asked(kind: str, folder: Path) -> Iterator[Reviewer]:
    """The same rules, here or behind the wire of an API server."""
    if kind == "rules":
        yield Rules((VIEW, ADMIN))
        return
    pytest.importorskip("kubernetes")
    with api_server(VIEW, ADMIN) as api:
        yield AccessReviews(kubeconfig=str(api.kubeconfig(folder / "config")))


def told(world: World) -> str:
    """What Ada read last."""
    return world.last_for(world.ada).text


@pytest.mark.parametrize("kind", ["rules", "api server"])
def test_what_the_cluster_hides_was_never_there(tmp_path: Path, kind: str) -> None:
    """Ada's role sees everything, her account Deployments of payments: that is what is told."""
    memory = a_memory(tmp_path)

    async def story(reviewer: Reviewer) -> None:
        chosen = settings(reviewer, ada=SARAH)
        async with slack_world(memory, now=minutes(60), bot_settings=chosen) as world:
            for command in ("log", "replay --since 2025-11-23T08:00:00Z", "at 09:30 dump -A"):
                await world.ada.says(f"/smart {command}")
                assert "payment-api" in told(world), command
                assert not [one for one in HIDDEN if one in told(world)], command
            for hidden, absent in (
                ("configmap/gold-config", "configmap/gold-comfit"),
                ("deployment/gold-vault", "deployment/gold-vailt"),
            ):
                sentences = []
                for name in (hidden, absent):
                    await world.ada.says(f"/smart why {name}")
                    sentences.append(told(world).replace(name.partition("/")[2], "NAME"))
                assert sentences[0] == sentences[1]
                assert sentences[0].startswith("error: ")
            await world.ada.says("/smart audit")
            assert "only told to those who see every namespace" in told(world)
            await world.ada.opens_home()
            page = str(world.workspace.views[world.workspace.homes[world.ada.id]].body)
            assert "as far as the cluster lets you" in page
            await world.bob.says("/smart log")
            assert "not known who you are in the cluster" in world.last_for(world.bob).text

    with asked(kind, tmp_path) as reviewer:
        run(story(reviewer))


def test_whom_the_cluster_lets_do_everything_sees_what_the_role_gives(tmp_path: Path) -> None:
    """Ada everything, Bob payments: as without the question."""
    memory = a_memory(tmp_path)

    async def story() -> None:
        chosen = settings(Rules((ADMIN,)), ada=ROOT, bob=ROOT)
        async with slack_world(memory, now=minutes(60), bot_settings=chosen) as world:
            await world.ada.says("/smart why deployment/gold-vault")
            assert "treasury" in told(world)
            await world.bob.says("/smart log")
            assert "payment-api" in world.last_for(world.bob).text
            assert "treasury" not in world.last_for(world.bob).text

    run(story())


def test_without_an_answer_of_the_cluster_nothing_is_told(tmp_path: Path) -> None:
    """A sentence, in the trail as well; as soon as it answers again, so does the bot."""
    memory = a_memory(tmp_path)
    rules = Rules((VIEW,), silent=True)

    async def story() -> None:
        chosen = settings(rules, ada=SARAH)
        async with slack_world(memory, now=minutes(60), bot_settings=chosen) as world:
            await world.ada.says("/smart log")
            assert "the API server cannot be asked" in told(world)
            assert "payment-api" not in told(world)
            (deed,) = world.bot.state.trail().deeds
            assert "cannot be asked" in deed.refusal
            rules.silent = False
            await world.ada.says("/smart log")
            assert "payment-api" in told(world)

    run(story())
