"""What is edited together, each set of objects told once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from kubectl_smart.memory.patterns.links import edited_together, sittings
from kubectl_smart.memory.questions.pattern_drafts import Candidate, Draft, Found
from kubectl_smart.memory.questions.pattern_history import History
from kubectl_smart.memory.questions.pattern_links import SECOND, link_candidate
from kubectl_smart.memory.records.privacy import Privacy

SITTING = 3_600 * SECOND
"""Edits further apart are none of one sitting."""
AT_ONCE = 2 * SECOND
"""Edits nearer to each other are one command's."""
_KIND = "together"
_NAMED = 3


def found_edits(history: History, privacy: Privacy) -> Found:
    """Of what fewer people do than make a group no edit is cited: its commit has the name."""
    every = sittings(history.edits_by_place(), SITTING, AT_ONCE)
    links, tested = edited_together(every)
    times, _, _, numbers = history.edits
    found = []
    for link, people in links:
        cause, outcome = history.edited[link.cause], history.edited[link.outcome]
        group = people >= privacy.least_group
        cited = group or privacy.names
        hits, against = (
            sorted((times[place], numbers[place] if cited else None) for place in places)
            for places in (link.hits, link.against)
        )
        who = "whoever" if group else "somebody who"
        pair = tuple(sorted((cause.title, outcome.title)))
        found.append(
            link_candidate(
                _KIND,
                pair,
                link,
                hits,
                against,
                f"{who} edits {cause.title} edits {outcome.title} within the hour",
            )
        )
    return Found(found, tested)


def gathered(told: Sequence[tuple[Candidate, Draft]]) -> list[tuple[Candidate, Draft]]:
    """Of objects that are all edited with each other the surest pair, and the names of the others.

    Who changes 25 objects one after the other edits 300 pairs.
    """
    pairs = [(one.about[1:3], one.p) for one, each in told if each.kind == _KIND]
    near: defaultdict[str, set[str]] = defaultdict(set)
    for (first, second), _ in pairs:
        near[first].add(second)
        near[second].add(first)
    others: dict[tuple[str, ...], list[str]] = {}
    sets: list[set[str]] = []
    of: defaultdict[str, list[int]] = defaultdict(list)  # the sets that each is in
    for pair, _ in sorted(pairs, key=lambda one: (one[1], one[0])):
        if any(pair[1] in sets[number] for number in of[pair[0]]):
            continue
        all_of_it = set(pair)
        for each in sorted(near[pair[0]] & near[pair[1]]):
            if all_of_it <= near[each]:
                all_of_it.add(each)
        for each in all_of_it:
            of[each].append(len(sets))
        sets.append(all_of_it)
        others[pair] = sorted(all_of_it - {*pair})
    return [
        (one, each if each.kind != _KIND else _with(each, others[one.about[1:3]]))
        for one, each in told
        if each.kind != _KIND or one.about[1:3] in others
    ]


def _with(draft: Draft, others: Sequence[str]) -> Draft:
    if not others:
        return draft
    more = len(others) - _NAMED
    rest = f" and {more:,} more" if more > 0 else ""
    named = ", ".join(others[:_NAMED])
    return draft._replace(statement=f"{draft.statement}; with them mostly {named}{rest}")
