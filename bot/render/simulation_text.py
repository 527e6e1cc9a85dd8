"""A simulation's answer for a terminal."""

from __future__ import annotations

from kubectl_smart.simulate.answers.model import Answer


def simulation(answer: Answer, *, wide: bool) -> list[str]:
    """Lines."""
    return [f"{len(answer.pods)} pods {wide}"]
