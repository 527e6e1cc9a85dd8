"""A simulation's answer as a document for programs."""

from __future__ import annotations

from typing import Any

from kubectl_smart.bot.render.simulation_past_document import ground, similar
from kubectl_smart.simulate.answers.model import Answer, Confidence, Name


def simulation(answer: Answer) -> dict[str, Any]:
    """Everything, in lists of plain mappings."""
    return {
        "commands": [{**one._asdict(), "refused": list(one.refused)} for one in answer.commands],
        "pods": [
            {
                "namespace": one.namespace,
                "name": one.name,
                "owner": _owner(one.owner),
                "node": one.node,
                "outcome": one.outcome,
                "message": one.message,
                "tied": list(one.tied),
            }
            for one in answer.pods
        ],
        "workloads": [
            {
                **one._asdict(),
                "before": one.before._asdict(),
                "after": one.after._asdict(),
                "failed": None if one.failed is None else one.failed._asdict(),
            }
            for one in answer.workloads
        ],
        "stages": [
            {**one._asdict(), "pods": [f"{space}/{name}" for space, name in one.pods]}
            for one in answer.stages
        ],
        "course": [one._asdict() for one in answer.course],
        "services": [
            {
                **one._asdict(),
                "empty": None if one.empty is None else list(one.empty),
                "callers": [each._asdict() for each in one.callers],
            }
            for one in answer.services
        ],
        "budgets": [{**one._asdict(), "blocked": list(one.blocked)} for one in answer.budgets],
        "lost": [{**one._asdict(), "owner": _owner(one.owner)} for one in answer.lost],
        "refused": [one._asdict() for one in answer.refused],
        "single_points": [one._asdict() for one in answer.single_points],
        "similar": [similar(one) for one in answer.similar],
        "not_modelled": list(answer.not_modelled),
        "nodes": {"before": answer.nodes[0], "after": answer.nodes[1]},
        "seconds": answer.seconds,
        "settled": answer.settled,
        "seed": answer.seed,
        "confidence": None if answer.confidence is None else _confidence(answer.confidence),
        "state": ground(answer.ground),
    }


def _confidence(found: Confidence) -> dict[str, Any]:
    return {**found._asdict(), "differing": list(found.differing)}


def _owner(owner: Name | None) -> dict[str, str] | None:
    return None if owner is None else {"kind": owner[0], "name": owner[1]}
