"""What a template of reports is given: plain texts, numbers and lists of an incident's answer.

Documented in `templates/incident.md.j2`. Nothing here changes while the memory does not: neither
the time of asking nor the memory's newest commit is among it, so that an update of a report
that is up to date changes nothing.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from kubectl_smart.bot.render import causes_words, incident_words, words
from kubectl_smart.bot.render.text import actor

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.basis import Said
    from kubectl_smart.memory.answers.causes import Chain, ChainStep, SimilarChain
    from kubectl_smart.memory.answers.incident import Fix, IncidentAnswer, Participant
    from kubectl_smart.memory.answers.timeline import TimelineItem
from kubectl_smart.memory.formats.chain_lines import kept_lines

_SHORT = 12
_WITH_COMMAND = frozenset({"change", "derived"})
_WITH_WORDS = frozenset({"change", "note"})


def values(answer: IncidentAnswer, zone: tzinfo) -> dict[str, Any]:
    """Everything by the names under which templates know it."""
    incident = answer.incident
    links = {one.citation: one.permalink for one in answer.notes}
    recovery = answer.recovery
    over = answer.recovered_at
    return {
        "incident": {
            "id": incident.id,
            "title": incident.title,
            "status": incident.status.value,
            "opened": words.instant(incident.opened_at, zone),
            "closed": words.instant(incident.closed_at, zone) if incident.closed_at else "",
            "recovered": "" if over is None else words.instant(over, zone),
            "recovery": "" if recovery is None else words.duration(recovery),
            "objects": [ref.title for ref in answer.objects],
            "namespaces": list(answer.namespaces),
        },
        "timeline": [_line(item, links.get(item.citation, ""), zone) for item in answer.items],
        "left_out": answer.left_out,
        "causes": [_said(one, zone) for one in answer.causes],
        "chains": [_chain(one, zone) for one in answer.root_causes],
        "kept": kept_lines(answer.kept),
        "fix": None if answer.fix is None else _fix(answer.fix, zone),
        "people": [_person(one, zone) for one in answer.people],
        "follow_ups": [_said(one, zone) for one in answer.follow_ups],
        "proposals": list(answer.proposals),
        "similar": [
            {
                "id": one.id,
                "title": one.title,
                "opened": words.instant(one.opened_at, zone),
                "score": f"{one.score:.2f}",
                "because": incident_words.alike(one),
            }
            for one in answer.similar
        ],
    }


def _line(item: TimelineItem, link: str, zone: tzinfo) -> dict[str, Any]:
    kind = item.kind.value
    sentence = item.sentence
    if kind == "note":
        # the whole words follow: the subject repeats their beginning
        sentence = item.object.title if item.object is not None else "said"
    return {
        "at": words.instant(item.at, zone),
        "kind": kind,
        "sentence": sentence,
        "who": actor(item.actor),
        "how": item.via if kind in _WITH_COMMAND else "",
        "why": item.reason if kind in _WITH_WORDS else "",
        "times": item.count,
        "warning": item.warning,
        "commit": item.citation.commit[:_SHORT],
        "link": link,
    }


def _said(one: Said, zone: tzinfo) -> dict[str, Any]:
    return {
        "text": one.text,
        "who": one.author or "somebody unknown",
        "at": words.instant(one.at, zone),
        "commit": one.citation.commit[:_SHORT],
        "link": one.permalink,
    }


def _chain(found: Chain, zone: tzinfo) -> dict[str, Any]:
    return {
        "sure": causes_words.sure(found),
        "steps": [_step(one, zone) for one in found.steps],
        "also": [_step(one, zone) for one in causes_words.also_explained(found)],
        "learnt": causes_words.learnt(found),
        "before": [_before(one, zone) for one in found.similar],
    }


def _before(one: SimilarChain, zone: tzinfo) -> dict[str, Any]:
    return {
        "id": one.incident[0],
        "title": one.incident[1],
        "at": words.instant(one.onset, zone),
        "alike": causes_words.alike(one),
        "ended": "" if one.ended is None else one.ended.sentence,
        "who": "" if one.ended is None else actor(one.ended.actor),
        "ground": causes_words.ground(one),
        "lasted": "" if one.lasted is None else words.duration(one.lasted),
        "score": f"{one.score:.2f}",
    }


def _step(found: ChainStep, zone: tzinfo) -> dict[str, Any]:
    cited = found.citation
    return {
        "at": words.instant(found.at, zone) if found.at else "",
        "kind": found.kind.value,
        "sentence": found.sentence,
        "who": actor(found.actor),
        "how": found.via if found.kind in causes_words.MADE_BY else "",
        "why": "; ".join(one.text for one in found.reasons),
        "evidence": found.evidence,
        "commit": "" if cited is None else cited.commit[:_SHORT],
    }


def _fix(fix: Fix, zone: tzinfo) -> dict[str, Any]:
    return {
        "sentence": fix.item.sentence,
        "at": words.instant(fix.item.at, zone),
        "who": actor(fix.item.actor),
        "how": fix.item.via,
        "ground": incident_words.ground(fix, zone),
        "commit": fix.item.citation.commit[:_SHORT],
    }


def _person(one: Participant, zone: tzinfo) -> dict[str, Any]:
    return {
        "name": actor(one.actor),
        "did": incident_words.deeds(one),
        "changes": one.changes,
        "steps": one.steps,
        "notes": one.notes,
        "first": words.instant(one.first_at, zone),
        "last": words.instant(one.last_at, zone),
    }
