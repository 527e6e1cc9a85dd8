"""The rules of the causal graph as a list, read from the tables and constants that they are.

What is listed is what acts: nothing here is written down a second time but words. A rule belongs to
one of the groups

    symptom    which of Kubernetes' reasons and which metrics are trouble, and of what kind
    way        how trouble comes from one object to another
    learnt     that trouble followed earlier changes of a field oftener than by chance
    passed on  how readily a service passes a kind of trouble on to its callers
    effect     what a class of change can do to a kind of trouble
    taken      how far a change had taken effect by then
    time       the lag against how often such changes are made
    record     what followed earlier changes of the same field
    ended      that trouble ended when the change was taken back
    along      what the services on the way show
    proof      what the case itself proves
    refused    who refuses that something is made, and since which change
    beside     what a change can do to whoever shares a node with the pods made from it
    behind     who stands behind a change that a program carried out
    run        whose doing a run is that did what it was told
    ruled out  what takes a change out of suspicion
    chosen     which suspects are told, and how sure
    link       what caused what, as the index keeps it: the confidence of a link
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kubectl_smart.memory.graph import (
    along,
    chance,
    explaining,
    giving,
    learnt,
    node_neighbours,
    suspects,
    symptoms,
    taken_back,
    taking_effect,
    told,
    weighing,
)
from kubectl_smart.memory.graph.change_classes import EFFECTS
from kubectl_smart.memory.graph.reach import (
    ACTS_AS,
    ALONG_CALLS,
    IN,
    KEPT,
    OUT,
    RUN_OF,
    TOUCHES,
    Way,
)
from kubectl_smart.memory.graph.symptoms import KINDS, Symptom
from kubectl_smart.memory.index.linking.mechanical import surest
from kubectl_smart.memory.records.links import LINKS, OF_TROUBLE, SAYS, LinkRule

_FIELDS = "fields of both ends, as they stood then"
_EVENTS = "Kubernetes' own reasons, of Events and of pod and node status"
_API = "what each field does, after the API reference of Kubernetes 1.36"
_KUBELET = "when the kubelet and the scheduler read what was changed"
_WORDS = "what the API server says when it refuses, and what stood then"
_CONTROLLERS = "how the controllers of Kubernetes 1.36 work"
_WEIGHED = "the weights above"
_OURS = "a judgement of ours"
_MEMORY = "earlier changes and observations of this memory"
_SECOND = 1_000_000


class CausalRule(NamedTuple):
    """One rule.

    name     unique: its group, a blank, and what it is about
    group    one of those above
    says     what it links or weighs, in words
    weights  what it contributes: kind of trouble, or "" for all of them -> a factor
    source   where it comes from
    version  of the set of rules it belongs to; it stands in every answer
    """

    name: str
    group: str
    says: str
    weights: Mapping[str, float]
    source: str
    version: str = weighing.RULES


def causal_rules() -> tuple[CausalRule, ...]:
    """All of them, by group and in the order of the tables."""
    return (
        *_symptoms(),
        *_ways(),
        *_learnt(),
        *_passed_on(),
        *_effects(),
        *_taken(),
        *_numbers(),
        *_proofs(),
        *_witnesses(),
        *_refused(),
        *_beside(),
        *_behind(),
        *_ruled_out(),
        *_chosen(),
        *_links(),
    )


def _symptoms() -> Iterator[CausalRule]:
    for symptom in Symptom:
        reasons = sorted(reason for reason, kind in KINDS.items() if kind is symptom)
        words = [word for word, kind in symptoms.BY_METRIC if kind is symptom]
        said = list(reasons)
        said += [f"metrics and alerts with {', '.join(words)} in their names"] if words else []
        lasting = symptoms.LASTING.get(symptom, 0)
        least = f", if it lasts {lasting / _SECOND:.0f} s" if lasting else ""
        yield CausalRule(
            f"symptom {symptom.value}", "symptom", ", ".join(said) + least, {}, _EVENTS
        )


def _ways() -> Iterator[CausalRule]:
    for kind, way in OUT.items():
        yield _way(f"way {kind}", way)
    for kind, way in IN.items():
        yield _way(f"way back {kind}", way)
    yield _way("way touches", TOUCHES)
    yield _way("way run of", RUN_OF)
    yield _way("way acts as", ACTS_AS)
    yield _way("way kept", KEPT)


def _way(name: str, way: Way) -> CausalRule:
    end = "" if way.through else "; it ends there"
    said = f"from A to B where {way.words.format(near='A', far='B')}{end}"
    return CausalRule(name, "way", said, {"": way.weight}, _FIELDS)


def _learnt() -> Iterator[CausalRule]:
    yield CausalRule(
        "learnt",
        "learnt",
        "from A in trouble to B where changes of a field of B were followed by such trouble of A "
        f"{learnt.LEAST_FOLLOWED} times or more, and {100 * learnt.LEAST_SHARE:.0f} of 100 times "
        f"or more, and a q of at most {learnt.SURE:g}; it ends there; "
        "(followed + 1) / (times + 2), times",
        {"": learnt.LEARNT},
        f"Fisher's exact test, corrected after Benjamini and Hochberg; {_MEMORY}",
    )


def _passed_on() -> Iterator[CausalRule]:
    for symptom, weight in ALONG_CALLS.items():
        yield CausalRule(
            f"passed on {symptom.value}",
            "passed on",
            f"{symptom.value} of a service that is called, to its callers",
            {symptom.value: weight},
            _OURS,
        )


def _effects() -> Iterator[CausalRule]:
    for one, weights in EFFECTS.items():
        yield CausalRule(
            f"effect {one.value}",
            "effect",
            f"what a change of {one.value} can do",
            {symptom.value: weight for symptom, weight in weights.items()},
            _API,
        )


def _taken() -> Iterator[CausalRule]:
    partly, mounted = taking_effect.PARTLY, taking_effect.MOUNTED
    template = ", ".join(sorted(one.value for one in taking_effect.IN_TEMPLATE))
    started = ", ".join(sorted(one.value for one in taking_effect.READ_AT_START))
    for name, says, weight in (
        ("template", f"only pods made since have it: {template}", 1.0),
        ("start", f"only containers started since have read it: {started}", 1.0),
        ("mount", mounted.words, mounted.weight),
        ("unknown", "no pod is known to have started since", partly),
        ("older", "the pods in trouble are older than the change", 0.0),
        ("cut", "a policy that took the connection away", 1.0),
        ("uncut", "a policy that took no connection of the way away", 0.0),
        ("cut unknown", "a policy of which it is not known in full", taking_effect.CUT_UNKNOWN),
        ("node", "a node on which none of the pods in trouble was", 0.0),
        (
            "rejected",
            f"of a credential that was not accepted: {taking_effect.OUTDATED.words}, or "
            "they mount it",
            taking_effect.OUTDATED.weight,
        ),
        (
            "made from",
            "of a certificate or credential that was not accepted: a change of what "
            "keeps it filled",
            taking_effect.FROM_IT.weight,
        ),
        (
            "unpressed",
            "a workload whose pods came to the node, where it is not known that the node ran short",
            node_neighbours.UNPRESSED,
        ),
        ("at once", "everything else acts at once", taking_effect.AT_ONCE.weight),
    ):
        yield CausalRule(f"taken {name}", "taken", says, {"": weight}, _KUBELET)


def _numbers() -> Iterator[CausalRule]:
    yield CausalRule(
        "time",
        "time",
        "its lag against how often such changes are made: 1 / (1 + r (t + s) ln 86400)",
        {},
        "Jeffreys' priors for a scale and for a Poisson rate, even odds; for a memory of minutes a "
        "mixture of the latter with one of half a change in an hour",
    )
    yield CausalRule(
        "record",
        "record",
        "what followed earlier changes of the same field within three times the lag: "
        f"2 (followed + 1) / (times + 2), {chance.by_record(0, 0):g} where there was none",
        {},
        f"Laplace's rule of succession; {_MEMORY}",
    )
    yield CausalRule(
        "ended",
        "ended",
        "it was taken back, and the trouble ended with that",
        {"": suspects._ENDED},
        _MEMORY,
    )
    for name, says, weight in (
        ("silent", "a service on the way showed nothing, and only events could", along.SILENT),
        ("measured", "the same, where metrics were heard", along.SILENT_MEASURED),
        ("further on", "the trouble began further on, and no later", along.FROM_FURTHER_ON),
        ("later", "trouble had begun on the way before the change", along.LATER),
        ("load", "more was asked of it just before", along.BY_LOAD),
        ("elsewhere", "Kubernetes' own words point to other kinds of change", told.ELSEWHERE),
        ("gives more", "an edit that gives more than there was", giving.LESS),
    ):
        yield CausalRule(f"along {name}", "along", says, {"": weight}, _MEMORY)
    yield CausalRule(
        "run",
        "run",
        "what a run was the first to read stands before the run: its score, times",
        {"": weighing._ORDERED},
        _MEMORY,
    )


def _witnesses() -> Iterator[CausalRule]:
    hours = taken_back.OTHERWISE / (3_600 * _SECOND)
    yield CausalRule(
        "taken back",
        "taken back",
        "what a person undid that somebody else had done, where nothing else was seen: effect "
        "against 1 / (1 + r t ln 86400) of the lag t, r how often the field is set, and once in "
        f"{hours:.0f} hours; not what gives more, a cordon, a restart or what is paused",
        {"": weighing.ENOUGH},
        _OURS,
    )


def _proofs() -> Iterator[CausalRule]:
    proof = {"": taking_effect.PROOF}
    for name, says in (
        ("pods", "the first pods made since are the ones in trouble"),
        ("policy", "a NetworkPolicy that was written or deleted cut a pair of workloads of which "
         "one calls the other"),
        ("selector", "a Service's selector, or the labels of a pod template, match no longer"),
        ("port", "a Service or a route leads to a port, by number or name, that no container and "
         "no Service declares any more; a number only counts where ports are declared"),
        ("address", "a variable or a key of a ConfigMap that named a Service names one "
         "that is not there, or a port that it does not have"),
        ("service", "a Service was deleted that addresses or routes still name"),
        ("bound", "an autoscaler stands at the bound that was lowered"),
        ("node", "every pod in trouble was on the node"),
        ("named", "Kubernetes' words name the object: a quota, a claim, a class, a ConfigMap …"),
        ("neighbour", "pods of another workload came to the node since, and it ran short: "
         f"{', '.join(sorted(node_neighbours.PRESSED))}, or saturation of the node itself"),
    ):  # fmt: skip
        yield CausalRule(f"proof {name}", "proof", says, proof, _MEMORY)


def _refused() -> Iterator[CausalRule]:
    for name, says in (
        ("limit range", "the LimitRange that has the bound which the words tell"),
        ("webhook", "the configuration that has the webhook, and the Service behind it"),
        ("policy", "the ValidatingAdmissionPolicy and its binding; a policy of Kyverno or a "
         "constraint of Gatekeeper that the webhook's words name"),
        ("right", "the role or binding that granted the request before and does not since"),
        ("level", "the Pod Security level of the namespace"),
    ):  # fmt: skip
        words = f"{says}; meant is the change that brought that part of it"
        yield CausalRule(f"refused {name}", "refused", words, {"": taking_effect.PROOF}, _WORDS)


def _beside() -> Iterator[CausalRule]:
    minutes = node_neighbours.CAME_WITHIN / (60 * _SECOND)
    for one, weight in node_neighbours.EFFECTS.items():
        yield CausalRule(
            f"beside {one.value}",
            "beside",
            f"a change of {one.value} of a workload of which a pod came to the node in the "
            f"{minutes:.0f} minutes before",
            {"": weight},
            _OURS,
        )


def _behind() -> Iterator[CausalRule]:
    for name, says in (
        ("commit", "of what automation wrote: the nearest commit before it that declares the same "
         "values of the same object (`import gitops`), and its author"),
        ("application", "without one: the last edit, in the day before, of the Application, "
         "Kustomization or HelmRelease that the object's labels name"),
        ("autoscaler", "of what an autoscaler did: the last edit of it in the day before, unless "
         "it widened the bounds and there are fewer pods; else it acted by itself, on load"),
    ):  # fmt: skip
        yield CausalRule(f"behind {name}", "behind", says, {}, _MEMORY)


def _ruled_out() -> Iterator[CausalRule]:
    for name, says in (
        ("late", "it was made after the trouble began"),
        ("overwritten", "all the fields it is suspected for were set anew before that"),
        ("no effect", "it had not taken effect: a weight of `taken` is 0"),
        (
            "record",
            f"{suspects._UNSEEN} changes of the same field or more before it, and no such trouble "
            "after any",
        ),
    ):
        yield CausalRule(f"ruled out {name}", "ruled out", says, {}, _MEMORY)


def _chosen() -> Iterator[CausalRule]:
    days = weighing.LOOK_BACK / (86_400 * _SECOND)
    for name, says, weight in (
        ("accused", "the least score that accuses", weighing.ENOUGH),
        ("also", "explains a piece of trouble: of its strongest suspect's score, at least",
         explaining.AS_STRONG),
        ("worth", "odds that a change must have at least to explain anything", explaining.WORTH),
        ("looked back", "days that changes are looked at", days),
    ):  # fmt: skip
        yield CausalRule(f"chosen {name}", "chosen", says, {"": weight}, _OURS)


def _links() -> Iterator[CausalRule]:
    for rule, says in SAYS.items():
        weighed = rule in OF_TROUBLE
        sure = {} if weighed else {"": surest(rule)}
        told = _OURS if rule is LinkRule.DECLARED else _CONTROLLERS
        yield CausalRule(
            f"link {rule.value}",
            "link",
            says,
            sure,
            _WEIGHED if weighed else told,
            weighing.RULES if weighed else LINKS,
        )
