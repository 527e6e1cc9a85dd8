"""Answers made by hand, for faces: as many decisions and as nasty a text as a test wants."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle, islice

from kubectl_smart.memory.answers.basis import Basis, Citation, Neighbour, Said
from kubectl_smart.memory.answers.causes import (
    Causes,
    Chain,
    ChainStep,
    Factor,
    Learnt,
    PastChain,
    RuledOut,
    Shape,
    SimilarChain,
    StepKind,
    TakenBack,
    TraceAnswer,
)
from kubectl_smart.memory.answers.incident import (
    Fix,
    Ground,
    IncidentAnswer,
    Participant,
    SimilarIncident,
)
from kubectl_smart.memory.answers.past_state import (
    DifferenceAnswer,
    ObjectDifference,
    PastObject,
    StateAnswer,
)
from kubectl_smart.memory.answers.timeline import (
    ItemKind,
    LogAnswer,
    ReplayAnswer,
    ShowAnswer,
    TimelineItem,
)
from kubectl_smart.memory.answers.why import Decision, Followed, Rollback, ValueChange, WhyAnswer
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import ABSENT, FieldEdit, Json, Knowledge
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.objects import ObjectRef

START = 1_705_329_000_000_000
MINUTE = 60_000_000
CITED = Citation("c0ffee" * 6 + "beef", "main", "ab" * 16)
KINDS = (ActorKind.HUMAN, ActorKind.AUTOMATION, ActorKind.CONTROLLER, ActorKind.NODE)

HOSTILE = (
    "<!channel>",
    "<@U012AB3CD>",
    "<https://evil.example/|your bank>",
    "`code` ```block``` `",
    "*bold* _slanted_ ~gone~ &amp; & <",
    "abc\u202egnp.exe\u202c \u2066x\u2069 \u200b\u200f",
    "$\\frac{1}{2}$ \\textbf{x} $_a^b$ ^_^ % #",
    "line\nbreak\r\nand\ttab\x00\x1b[31m",
    "😀👩‍👩‍👧 \U000e0041 \ud800 \ufeff",
    "مرحبا שלום 漢字かな한국 ﷽",
    "x" * 500,
    "`" * 300,
    "&" * 700,
    "\n> quoted\n• ",
    "",
)
"""Text that has broken out of somebody's message before."""


def ref(name: str = "payment-api", kind: str = "Deployment") -> ObjectRef:
    """An object of the namespace payments."""
    return ObjectRef("apps", kind, "payments", name)


def basis(text: str = "audit-log", gaps: int = 0) -> Basis:
    """A basis heard by a source called so, with so many gaps."""
    return Basis(
        memory="0123456789ab+ba9876543210",
        behind=(text,) if gaps else (),
        heard=(Heard(source=text, session="s", from_at=START, to_at=START + 10_000 * MINUTE),)
        * (gaps + 1),
        covered=not gaps,
        gaps=tuple((START + at * MINUTE, START + at * MINUTE + 5) for at in range(gaps)),
        reaches=(START, START + 10_000 * MINUTE),
    )


def said(text: str) -> Said:
    """A note with that text."""
    return Said(text=text, author=text, at=START, field=text, citation=CITED)


def followed(text: str, at: int = START) -> Followed:
    """Something seen, of a kind called so."""
    return Followed(
        kind=text, about=ref(text, "Pod"), count=7, first_at=at, message=text, citation=CITED
    )


def value_change(at: int, text: str, before: Json, after: Json, path: str) -> ValueChange:
    """One value; each fifth goes back to an earlier one."""
    seen = (followed(text), followed(text))
    back = Rollback(
        undoes=CITED, set_at=START, after=MINUTE, back_to=START, seen=seen, steps=(text,)
    )
    return ValueChange(
        path=path,
        before=before,
        after=after,
        until=START + (at + 1) * MINUTE,
        asked=at % 3 == 0,
        rollback=back if at % 5 == 4 else None,
        unsure=at % 7 == 6,
    )


def decision(
    at: int, text: str, before: Json, after: Json, path: str = "spec.replicas"
) -> Decision:
    """The decision of minute `at`, in which every word is `text`."""
    when = START + at * MINUTE
    return Decision(
        at=when,
        actor=Actor(text, KINDS[at % 4], text if at % 4 == 3 else ""),
        verb="patch",
        via=text,
        sentence=f"payments/deployment payment-api: {text}",
        values=(value_change(at, text, before, after, path),),
        knowledge=Knowledge.FULL if at % 6 else Knowledge.FIELDS,
        gone=False,
        late=at % 11 == 10,
        reason=text,
        reasons=(said(text),) * 2,
        followed=tuple(followed(text, when + 5) for _ in range(3)) if at % 4 == 1 else (),
        citation=CITED,
    )


def why_answer(texts: tuple[str, ...], count: int, *, numbers: bool = False) -> WhyAnswer:
    """A decision history of `count` decisions; values are the texts, or numbers."""
    used = list(islice(cycle(texts), count))
    values: list[Json] = [3 + at * 7 % 10 for at in range(count)] if numbers else list(used)
    sides = zip([ABSENT, *values], values, strict=False)
    decisions = [decision(at, used[at], *pair) for at, pair in enumerate(sides)]
    text = texts[0]
    return WhyAnswer(
        basis=basis(text),
        object=ref(text),
        field=text or "replicas",
        value=None,
        exists=True,
        derived=False,
        owner=None,
        current=(("spec.replicas", values[-1] if values else text),),
        decisions=tuple(decisions),
        unseen=2,
        knowledge=tuple(said(one) for one in texts[:3]),
        incidents=((text, text),),
        before=None,
        after=None,
    )


def item(at: int, text: str) -> TimelineItem:
    """One line of a timeline, of each kind in turn."""
    kind = list(ItemKind)[at % len(ItemKind)]
    when = START + at * MINUTE
    observed = kind is ItemKind.OBSERVATION
    return TimelineItem(
        kind=kind,
        at=when,
        until=when + (MINUTE if at % 3 == 0 else 0),
        object=ref(text),
        sentence=f"{ref(text).title}: {text}",
        actor=None if observed else Actor(text, KINDS[at % 4]),
        via=text,
        reason=text,
        edits=(FieldEdit(text, text, text),),
        count=1,
        warning=observed and at % 4 == 0,
        citation=CITED,
    )


def items(texts: tuple[str, ...], count: int) -> tuple[TimelineItem, ...]:
    """`count` lines of a timeline, a minute apart."""
    return tuple(item(at, text) for at, text in enumerate(islice(cycle(texts), count)))


def replay_answer(texts: tuple[str, ...], count: int) -> ReplayAnswer:
    """A window with `count` lines, asked about at its middle."""
    return ReplayAnswer(
        basis=basis(texts[0], gaps=count // 2),
        words=texts[0],
        since=START,
        until=START + max(count, 1) * MINUTE,
        namespace=texts[0] or None,
        items=items(texts, count),
        moment=START + max(count, 1) * MINUTE // 2,
        alive=((texts[0], 3),),
        unwell=tuple((ref(text, "Pod"), text) for text in islice(cycle(texts), count // 3)),
        causes=causes(texts, min(count // 4, 4)) if count > 2 else None,
    )


def chain_step(kind: StepKind, at: int, text: str) -> ChainStep:
    """A step of a chain in which every word is `text`; ways have no time and no actor."""
    timed = kind is not StepKind.WAY
    made = kind in (StepKind.RUN, StepKind.CHANGE)
    return ChainStep(
        kind=kind,
        at=START - at * MINUTE if timed else 0,
        object=ref(text),
        sentence=f"{ref(text).title}: {text}",
        actor=Actor(text, KINDS[at % 4]) if made else None,
        via=text if made else "",
        reasons=(said(text),) if made else (),
        evidence=text,
        citation=CITED if timed else None,
    )


def chain(texts: tuple[str, ...], ways: int) -> Chain:
    """A chain with so many ways between its symptom and its change."""
    words = list(islice(cycle(texts), ways + 4))
    kinds = [
        StepKind.SYMPTOM, *[StepKind.WAY] * ways, StepKind.EFFECT, StepKind.RUN, StepKind.CHANGE,
    ]  # fmt: skip
    steps = tuple(
        chain_step(kind, at, text) for at, (kind, text) in enumerate(zip(kinds, words, strict=True))
    )
    return Chain(
        steps=steps,
        confidence=0.42,
        score=0.3,
        factors=(Factor("way", 0.5, texts[0]),),
        explains=ways,
        symptoms=(steps[0], chain_step(StepKind.SYMPTOM, 1, texts[0] + "!")),
        incidents=((texts[0], texts[0]),),
        ended=chain_step(StepKind.CHANGE, -5, texts[0]),
        prevention=tuple(texts[:3]),
        shape=_shape(texts),
        onset=START,
        similar=tuple(_similar(texts, at) for at in range(min(ways, 3))),
        learnt=Learnt(
            changed=ref(texts[0]), field=texts[-1], troubled=ref(texts[0]), symptom="errors",
            followed=7, times=9, expected=0.8, p=1e-6, q=1e-5, tested=12, lag=30 * MINUTE,
        ),
    )  # fmt: skip


def _shape(texts: tuple[str, ...]) -> Shape:
    """One in which every word is somebody else's."""
    return Shape(
        symptom=texts[0], reasons=texts, way=((texts[0], texts[-1]),), of=texts[0], fields=texts,
        changed=ref(texts[0]), troubled=ref(texts[-1]),
    )  # fmt: skip


def _similar(texts: tuple[str, ...], at: int) -> SimilarChain:
    return SimilarChain(
        incident=(texts[at % len(texts)], texts[0]), onset=START, score=0.5, same=texts,
        other=texts, root=None, ended=chain_step(StepKind.CHANGE, at, texts[0]), ground="said",
        lasted=at * MINUTE or None, citation=CITED,
    )  # fmt: skip


def causes(texts: tuple[str, ...], count: int) -> Causes:
    """`count` chains, each longer than the one before, and as much of all else."""
    step = chain_step(StepKind.CHANGE, 3, texts[0])
    out = RuledOut(
        at=START, sentence=texts[0], actor=Actor(texts[0], ActorKind.HUMAN), why=texts[0],
        citation=CITED,
    )  # fmt: skip
    return Causes(
        rules="causes/1",
        troubles=count,
        chains=tuple(chain(texts, at) for at in range(count)),
        others=tuple(chain(texts, at) for at in range(min(count, 3))),
        ruled_out=(out,) * count,
        unexplained=(chain_step(StepKind.SYMPTOM, 2, texts[0]),) * count,
        taken_back=(TakenBack(change=step, back=step),) * count,
    )


def trace_answer(texts: tuple[str, ...], count: int) -> TraceAnswer:
    """A chain with `count` ways; of 0 none was found."""
    found = causes(texts, min(count, 1))
    long = replace(found, chains=(chain(texts, count),)) if count else found
    return TraceAnswer(
        basis=basis(texts[0]),
        symptom="latency",
        object=ref(texts[0], "Service"),
        asked_at=START,
        onset=(START, START + MINUTE),
        known_from="metric shifts",
        seen=(chain_step(StepKind.SYMPTOM, 0, texts[0]),) * count,
        causes=long,
    )


def log_answer(texts: tuple[str, ...], count: int) -> LogAnswer:
    """`count` changes."""
    return LogAnswer(basis=basis(texts[0]), items=items(texts, count), more=True)


def show_answer(texts: tuple[str, ...], count: int) -> ShowAnswer:
    """One change of `count` fields."""
    edits = tuple(FieldEdit(text, text, text) for text in islice(cycle(texts), count))
    door = Neighbour(at=START, sentence=texts[0], actor=texts[0], citation=CITED)
    found = item(0, texts[0])
    changed = TimelineItem(
        **{name: getattr(found, name) for name in found.__slots__ if name != "edits"}, edits=edits
    )
    return ShowAnswer(
        basis=basis(texts[0]),
        item=changed,
        recorded_at=START,
        uid=texts[0],
        resource_version="1",
        audit_id="",
        state=None,
        reasons=tuple(map(said, texts[:2])),
        before=door,
        after=door,
    )


def state_answer(texts: tuple[str, ...], count: int) -> StateAnswer:
    """`count` pods."""
    objects = tuple(
        PastObject(
            ref=ref(text, "Pod"),
            derived=True,
            owner=ref(),
            state=None,
            uncertain=at % 2 == 1,
            place=None,
            at=START + at,
            actor=Actor(text, ActorKind.UNKNOWN),
            via=text,
            citation=CITED,
            condition=text,
        )
        for at, text in enumerate(islice(cycle(texts), count))
    )
    return StateAnswer(basis=basis(texts[0]), at=START, objects=objects)


def difference_answer(texts: tuple[str, ...], count: int) -> DifferenceAnswer:
    """`count` objects of which a third was added, a third removed, a third changed."""
    objects = tuple(
        ObjectDifference(
            ref=ref(text),
            added=at % 3 == 0,
            removed=at % 3 == 1,
            edits=(FieldEdit(text, ABSENT, text),) * (9 if at % 3 == 2 else 0),
            citation=CITED,
        )
        for at, text in enumerate(islice(cycle(texts), count))
    )
    return DifferenceAnswer(basis=basis(texts[0]), at=START, until=START + 5, objects=objects)


def incident_answer(text: str = "the queue is full") -> IncidentAnswer:
    """The answer about a closed incident, with this text wherever words of others stand."""
    actor = Actor(text, ActorKind.HUMAN)
    item = TimelineItem(
        kind=ItemKind.CHANGE,
        at=START,
        until=START,
        object=ref(text),
        sentence=text,
        actor=actor,
        via=text,
        reason=text,
        edits=(),
        count=1,
        warning=False,
        citation=CITED,
    )
    others = (ItemKind.OBSERVATION, ItemKind.STEP, ItemKind.NOTE)
    said = Said(
        text=text, author=text, at=START, field=text, citation=CITED, incident=text, permalink=text
    )
    alike = SimilarIncident(
        id=text,
        title=text,
        opened_at=START,
        closed_at=0,
        score=0.5,
        objects=(ref(text),),
        places=((text, text),),
        words=(text,),
        citation=CITED,
    )
    return IncidentAnswer(
        basis=basis(),
        incident=Incident(
            id="2024-01-15-queue",
            title="The queue is full",
            status=IncidentStatus.CLOSED,
            opened_at=START,
            closed_at=START + 60 * MINUTE,
            actor=actor,
            happened_at=START,
            text="",
        ),
        citation=CITED,
        since=START,
        until=START + 60 * MINUTE,
        objects=(ref(text),),
        namespaces=("payments",),
        items=(item, *(replace(item, kind=kind, warning=True) for kind in others)),
        left_out=3,
        notes=(said,),
        causes=(said,),
        fix=Fix(item=item, ground=Ground.SAID, said_by=text, last_warning=None),
        recovered_at=START + 30 * MINUTE,
        people=(
            Participant(
                actor=actor, changes=1, steps=2, notes=0, first_at=START, last_at=START + MINUTE
            ),
        ),
        follow_ups=(said,),
        similar=(alike,),
        root_causes=(chain((text,), 2),),
        proposals=(text,),
        kept=(PastChain(shape=_shape((text,)), change=text, onset=START),),
    )
