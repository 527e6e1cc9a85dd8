"""A command and a cluster -> what is asked of the API."""

from __future__ import annotations

from datetime import UTC, datetime

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.commands.asking import Asking
from kubectl_smart.simulate.commands.command import Command
from kubectl_smart.simulate.commands.effects import Effect, Objects
from kubectl_smart.simulate.commands.verbs import VERBS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def effects(command: Command, objects: Objects, now: datetime = _EPOCH) -> tuple[Effect, ...]:
    """What the command asks of the API, in its order; () if there is nothing to do.

    now  the cluster's clock: `rollout restart` writes it down, drain compares with it

    What kubectl refuses of a command whose other parts are done is `Refused`. BadInput if nothing
    at all comes of it, because nothing it names is there or may be changed so.
    """
    asking = Asking(objects, now)
    asked = VERBS[command.verb].ask(command, asking)
    if asking.refused and not asked:
        raise BadInput(
            "; ".join(one.message for one in asking.refused),
            "Look at what is there with kubectl get, and mend the command.",
        )
    return (*asked, *asking.refused)
