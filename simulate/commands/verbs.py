"""The verbs that are simulated, and what is said of those that are not."""

from __future__ import annotations

from difflib import get_close_matches

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.commands.applying import APPLY, CREATE, REPLACE
from kubectl_smart.simulate.commands.command import Verb
from kubectl_smart.simulate.commands.creating import CREATE_DEPLOYMENT, CREATE_QUOTA
from kubectl_smart.simulate.commands.deleting import DELETE
from kubectl_smart.simulate.commands.draining import DRAIN
from kubectl_smart.simulate.commands.labelling import ANNOTATE, LABEL
from kubectl_smart.simulate.commands.making import (
    CREATE_BUDGET,
    CREATE_CLASS,
    CREATE_NAMESPACE,
    RUN,
)
from kubectl_smart.simulate.commands.nodes import CORDON, TAINT, UNCORDON
from kubectl_smart.simulate.commands.patching import PATCH
from kubectl_smart.simulate.commands.rollouts import PAUSE, RESTART, RESUME, UNDO
from kubectl_smart.simulate.commands.scaling import AUTOSCALE, SCALE
from kubectl_smart.simulate.commands.setting import SET_ACCOUNT, SET_ENV, SET_IMAGE, SET_RESOURCES

VERBS = {
    verb.name: verb
    for verb in (
        DELETE, DRAIN, CORDON, UNCORDON, TAINT, LABEL, ANNOTATE, SCALE, AUTOSCALE, SET_IMAGE,
        SET_RESOURCES, SET_ENV, SET_ACCOUNT, PATCH, APPLY, CREATE, CREATE_DEPLOYMENT, CREATE_QUOTA,
        CREATE_BUDGET, CREATE_CLASS, CREATE_NAMESPACE, RUN, REPLACE, RESTART, UNDO, PAUSE, RESUME,
    )
}  # fmt: skip
_OTHER_NAMES = {
    "set sa": "set serviceaccount", "create deploy": "create deployment",
    "create resourcequota": "create quota", "create pdb": "create poddisruptionbudget",
    "create pc": "create priorityclass", "create ns": "create namespace",
}  # fmt: skip
_FAMILIES = ("set", "rollout", "create")
_READ = (
    "get describe logs top explain diff events wait version api-resources api-versions "
    "cluster-info config auth completion kustomize plugin options help"
)
_RUNNING = "exec attach cp port-forward proxy debug edit"


def has_second_word(word: str) -> bool:
    """Whether the verb is of two words, as `set image`."""
    return word in _FAMILIES


def verb_of(word: str, second: str) -> Verb:
    """The verb; BadInput says what can be simulated instead. `second`: "" or the word after it."""
    name = f"{word} {second}".strip() if has_second_word(word) else word
    name = _OTHER_NAMES.get(name, name)
    if name in VERBS:
        return VERBS[name]
    if word in _FAMILIES and not second:
        raise BadInput(f"{word!r} alone says nothing", f"it may be one of: {_known(word)}")
    if (word, second) in (("rollout", "status"), ("rollout", "history")):
        raise BadInput(f"'kubectl {word} {second}' changes nothing", f"give one of: {_known('')}")
    if word in _FAMILIES:
        raise BadInput(
            f"'kubectl {word} {second}' is not simulated", f"of {word} there are: {_known(word)}"
        )
    if word in _READ.split():
        raise BadInput(f"'kubectl {word}' changes nothing", f"give one of: {_known('')}")
    if word in _RUNNING.split():
        raise BadInput(
            f"'kubectl {word}' cannot be simulated: what it does is not in the command",
            f"give one of: {_known('')}",
        )
    near = get_close_matches(word, {name.split()[0] for name in VERBS}, n=1)
    raise BadInput(
        f'unknown command "{word}" for "kubectl"',
        f"did you mean {near[0]}?" if near else f"give one of: {_known('')}",
    )


def _known(family: str) -> str:
    return ", ".join(
        sorted(name for name in VERBS if name.startswith(f"{family} " if family else ""))
    )
