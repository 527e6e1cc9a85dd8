"""What the recorded hour supports, and what it does not."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

from kubectl_smart.memory.opening import open_memory
from kubectl_smart.memory.patterns.deeds import LEAST, sessions
from kubectl_smart.memory.questions.pattern_reading import read_history
from kubectl_smart.memory.questions.patterns import patterns
from kubectl_smart.memory.records.privacy import Privacy


def test_sarahs_habit_of_redis_is_not_supported_by_one_hour(story_memory: Path) -> None:
    """She looked in one session only, and first at the list of pods: nothing is told, of nobody."""
    with open_memory(story_memory) as memory:
        answer = patterns(memory.store, memory.index, zone=UTC, privacy=Privacy(names=True))
        history = read_history(memory.index, answer.since, answer.until)
    assert answer.patterns == ()
    sarah = history.people.index("sarah@example.com")
    every = sessions(history.deeds, [])
    looked = [
        every.told(number)
        for number, who in enumerate(every.who)
        if who == sarah and any(deed.look for deed in every.told(number))
    ]
    assert len(looked) < LEAST
    first = [next(deed for deed in deeds if deed.look) for deeds in looked]
    assert not any("redis" in history.words.texts[deed.whats[0]] for deed in first)
