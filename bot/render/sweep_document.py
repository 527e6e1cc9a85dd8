"""A sweep as a document for programs."""

from __future__ import annotations

from typing import Any

from kubectl_smart.bot.render.simulation_past_document import ground
from kubectl_smart.simulate.answers.toll import ORDER
from kubectl_smart.simulate.sweeps.sweep import Loss, SweepAnswer


def sweep(answer: SweepAnswer) -> dict[str, Any]:
    """Every loss, the worst first."""
    return {
        "sweep": answer.what,
        "losses": [_loss(one) for one in answer.losses],
        "order": list(ORDER),
        "nodes": answer.nodes,
        "pods": answer.pods,
        "not_modelled": list(answer.not_modelled),
        "seed": answer.seed,
        "state": ground(answer.ground),
    }


def _loss(one: Loss) -> dict[str, Any]:
    found = one.toll
    return {
        "name": one.case.name,
        "commands": list(one.case.lines),
        "pods": one.case.pods,
        **{key: list(value) for key, value in found._asdict().items() if key != "without"},
        "without": found.without,
        "settled": one.settled,
    }
