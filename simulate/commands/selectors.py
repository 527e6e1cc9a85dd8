"""Label and field selectors as a command line writes them: `app=web,tier in (a,b),!legacy`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kubectl_smart.memory.formats.wiring.selecting import matches
from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.memory.records.wiring import Requirement, Selector
from kubectl_smart.simulate.commands.flags import whole

_TOKEN = re.compile(r"\s*(==|!=|[=!<>(),]|[^\s=!<>(),]+)")
_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?\Z")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?\Z")
_PREFIX = re.compile(
    r"(?=.{1,253}/)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*/"
)
_REMEDY = "Write it like `app=web`, `tier in (a,b)`, `env!=prod`, `canary` or `!canary`."
_END = ""


def is_label_value(text: str) -> bool:
    """Whether a label may have this value."""
    return _VALUE.match(text) is not None


def is_qualified_name(text: str) -> bool:
    """Whether a label, an annotation or a taint may have this key: `example.com/name`, `name`."""
    prefix = _PREFIX.match(text)
    return _NAME.match(text, prefix.end() if prefix else 0) is not None


def label_selector(text: str) -> tuple[Requirement, ...]:
    """The requirements of a selector, () for an empty one. BadInput says what cannot be read."""
    tokens = _tokens(text)
    if tokens == [_END]:
        return ()
    found: list[Requirement] = []
    while True:
        found.append(_requirement(tokens, text))
        word = tokens.pop(0)
        if word == _END:
            return tuple(found)
        if word != "," or tokens[0] == _END:
            raise _unreadable(text, f"found {_shown(word)}, expected a comma or the end")


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    at = 0
    while match := _TOKEN.match(text, at):
        tokens.append(match[1])
        at = match.end()
    return [*tokens, _END]


def _requirement(tokens: list[str], text: str) -> Requirement:
    word = tokens.pop(0)
    if word == "!":
        return Requirement(_key(tokens.pop(0) if tokens else _END, text), "DoesNotExist", ())
    key = _key(word, text)
    if tokens[0] in (",", _END):
        return Requirement(key, "Exists", ())
    operator = tokens.pop(0)
    match operator:
        case "=" | "==" | "!=":
            value = "" if tokens[0] in (",", _END) else tokens.pop(0)
            _checked(value, text)
            return Requirement(key, "NotIn" if operator == "!=" else "In", (value,))
        case "in" | "notin":
            return Requirement(key, "In" if operator == "in" else "NotIn", _set(tokens, text))
        case ">" | "<":
            bound = tokens.pop(0)
            if whole(bound) is None:
                raise _unreadable(text, f"{_shown(bound)} is no whole number")
            return Requirement(key, "Gt" if operator == ">" else "Lt", (bound,))
    raise _unreadable(text, f"found {_shown(operator)}, expected one of =, ==, !=, in, notin, >, <")


def _set(tokens: list[str], text: str) -> tuple[str, ...]:
    if tokens.pop(0) != "(":
        raise _unreadable(text, "values of `in` and `notin` stand in parentheses")
    values = [""]
    while True:
        word = tokens.pop(0)
        if word == ")":
            return tuple(sorted(set(values)))
        if word == ",":
            values.append("")
        elif word == _END or values[-1]:
            raise _unreadable(text, f"found {_shown(word)}, expected `,` or `)`")
        else:
            _checked(word, text)
            values[-1] = word


def _key(word: str, text: str) -> str:
    if not is_qualified_name(word):
        raise _unreadable(text, f"{_shown(word)} is no label key")
    return word


def _checked(value: str, text: str) -> None:
    if not is_label_value(value):
        raise _unreadable(text, f"{_shown(value)} is no label value")


def _shown(token: str) -> str:
    return repr(token) if token else "the end"


def _unreadable(text: str, why: str) -> BadInput:
    return BadInput(f'unable to parse the selector "{text}": {why}', _REMEDY)


def chosen(requirements: tuple[Requirement, ...], labels: Mapping[str, Any]) -> bool:
    """Whether an object with these labels is chosen."""
    return all(_met(one, labels) for one in requirements)


def _met(one: Requirement, labels: Mapping[str, Any]) -> bool:
    if one.operator not in ("Gt", "Lt"):
        return matches(Selector("", "", (), (one,)), labels)
    number, bound = whole(str(labels.get(one.key, ""))), int(one.values[0])
    return number is not None and (number > bound if one.operator == "Gt" else number < bound)


Field = tuple[str, bool, str]
"""Path, whether it must be equal (or must not), value."""
_EVERY_KIND = ("metadata.name", "metadata.namespace")
_FIELDS = {
    "Pod": (
        "spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName "
        "spec.hostNetwork status.phase status.podIP status.podIPs status.nominatedNodeName"
    ),
    "Node": "spec.unschedulable",
    "Namespace": "status.phase",
    "Secret": "type",
    "ReplicaSet": "status.replicas",
    "ReplicationController": "status.replicas",
    "Job": "status.successful",
    "Service": "spec.clusterIP spec.type",
    "CertificateSigningRequest": "spec.signerName",
    "Event": (
        "involvedObject.kind involvedObject.namespace involvedObject.name involvedObject.uid "
        "involvedObject.apiVersion involvedObject.resourceVersion involvedObject.fieldPath "
        "reason reportingComponent source type"
    ),
}


def field_selector(text: str) -> tuple[Field, ...]:
    """`status.phase!=Running,spec.nodeName=worker-1`; BadInput where a term has no operator."""
    found: list[Field] = []
    for term in filter(None, text.split(",")):
        path, operator, value = _field_term(term)
        if not operator or not path:
            raise BadInput(
                f'invalid field selector "{text}": can\'t understand "{term}"',
                "write it like `status.phase=Running` or `spec.nodeName!=worker-1`",
            )
        found.append((path, operator != "!=", value))
    return tuple(found)


def _field_term(term: str) -> tuple[str, str, str]:
    for operator in ("!=", "==", "="):
        path, found, value = term.partition(operator)
        if found:
            return path, operator, value
    return term, "", ""


def fields_known(fields: tuple[Field, ...], kind: str) -> None:
    """BadInput if the API server cannot select this kind by one of them."""
    known = {*_EVERY_KIND, *_FIELDS.get(kind, "").split()}
    for path, _, _ in fields:
        if path not in known:
            raise BadInput(
                f"Error from server (BadRequest): field label not supported: {path} (of {kind})",
                f"{kind} can be selected by {', '.join(sorted(known))}.",
            )


def fields_match(fields: tuple[Field, ...], obj: Mapping[str, Any]) -> bool:
    """Whether an object is chosen; a field that is not set is "" (or false, or 0)."""
    return all((_field(obj, path) == value) == equal for path, equal, value in fields)


_UNSET = {"spec.unschedulable": "false", "spec.hostNetwork": "false", "status.successful": "0",
          "status.replicas": "0"}  # fmt: skip


def _field(obj: Mapping[str, Any], path: str) -> str:
    value: Any = obj
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    if value is None:
        return _UNSET.get(path, "")
    return str(value).lower() if isinstance(value, bool) else str(value)
