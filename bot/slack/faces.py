"""What an answer looks like in Slack; the one place that knows which renderer is whose."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import blocks, blocks_patterns, blocks_trace
from kubectl_smart.bot.render.blocks_dependencies import dependencies
from kubectl_smart.bot.render.blocks_simulation import simulation
from kubectl_smart.bot.render.messages import Message, section
from kubectl_smart.memory.answers.causes import TraceAnswer
from kubectl_smart.memory.answers.dependencies import DependenciesAnswer
from kubectl_smart.memory.answers.past_state import DifferenceAnswer, StateAnswer
from kubectl_smart.memory.answers.patterns import PatternsAnswer
from kubectl_smart.memory.answers.timeline import LogAnswer, ReplayAnswer, ShowAnswer
from kubectl_smart.memory.answers.why import WhyAnswer
from kubectl_smart.simulate.answers.model import Answer as Simulated

if TYPE_CHECKING:
    from kubectl_smart.bot.asking import Answer


def message_of(answer: Answer, zone: tzinfo, handle: str) -> Message:
    """The answer as a message whose buttons bring back the handle."""
    match answer:
        case WhyAnswer():
            return blocks.why(answer, zone, handle)
        case ReplayAnswer():
            return blocks.replay(answer, zone, handle)
        case StateAnswer():
            return blocks.state(answer, zone, handle)
        case DifferenceAnswer():
            return blocks.difference(answer, zone, handle)
        case TraceAnswer():
            return blocks_trace.trace(answer, zone, handle)
        case DependenciesAnswer():
            return dependencies(answer, zone, handle)
        case PatternsAnswer():
            return blocks_patterns.patterns(answer, zone, handle)
        case Simulated():
            return simulation(answer, zone, handle)
        case LogAnswer():
            return blocks.log(answer, zone, handle)
        case ShowAnswer():
            return blocks.show(answer, zone, handle)


def words_of_ours(text: str) -> Message:
    """Sentences of our own in mrkdwn, commands between backticks; nothing is from outside."""
    return Message(
        text=text.replace("`", "")[:4_000],
        blocks=(section(text),),
        evidence=(),
        report="",
        picture=None,
    )
