"""State files: YAML that is the same object for every reader, and pleasant for `git blame`.

The store writes and reads these. YAML 1.1 (kubectl, PyYAML) and YAML 1.2 disagree about
`yes`, `on`, `1e3`, `012`, `2024-01-01`, `=` and more; so a string stays plain only if no
version could take it for anything else, and is double-quoted otherwise. Text of several
lines becomes a literal block where that is exact, so that blame works inside a ConfigMap.
Keys are sorted; the same object always gives the same bytes.

Written by hand rather than by a library: none of them (PyYAML, ruamel, py-yaml12) writes text
that both versions read alike, and mending their output costs more than making it. Reading
is py-yaml12's. The tests compare six readers, kubectl's among them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import orjson

from kubectl_smart.memory.records.changes import Json

_INT64 = 1 << 63
_LONG = 256
_MAX_SIMPLE_KEY = 1_000

# A first character that cannot start a number, date, tag, anchor or marker in any version;
# digits may start a plain string only if it holds a letter no number and no date has.
_PLAIN = re.compile(
    r"(?:[A-Za-z/$(]|--?[A-Za-z]|[0-9][0-9A-Za-z._/@+-]*[G-NP-SU-WYg-nq-suvwy])"
    r"(?:[A-Za-z0-9_./@+=~$(){}\[\],;!?*&|<>^'\"\\%#`-]|:(?=[^ ])|[ ](?=[^ #]))*\Z"
)
_WORDS = frozenset(
    {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "none"}
)
_CONTROL = re.compile(r'["\\\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]')
_NOT_LITERAL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]"
)
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    code = ord(char)
    return _ESCAPES.get(char) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def _scalar(text: str) -> str:
    """The text on one line: plain where every reader agrees, else double-quoted."""
    if _PLAIN.match(text) and text.lower() not in _WORDS:
        return text
    return '"' + _CONTROL.sub(_escape, text) + '"'


def is_plain(text: str) -> bool:
    """Whether `to_yaml` writes this text as it is, without quotes: then it is read as itself."""
    return _scalar(text) == text


def is_quoted(written: str) -> bool:
    """Whether this is a text in double quotes, whole and on one line, as `to_yaml` writes it."""
    if len(written) < 2 or written[0] != '"' or written[-1] != '"':
        return False
    if "\\" not in written:
        return _scalar(written[1:-1]) == written
    text = from_yaml(written.encode())
    return isinstance(text, str) and _scalar(text) == written


@lru_cache(maxsize=32_768)
def _short(text: str) -> str:
    return _scalar(text)


@lru_cache(maxsize=32_768)
def _short_key(text: str) -> str:
    return _scalar(text) + ":"


def _key(text: str, indent: str) -> str:
    if len(text) <= _LONG:
        return _short_key(text)
    written = _scalar(text)
    if len(written) <= _MAX_SIMPLE_KEY:
        return written + ":"
    return f"? {written}\n{indent}:"


def _text(text: str, indent: str) -> str:
    """A text of several lines or of great length, after "key: " or "- "."""
    if (
        "\n" not in text
        or text[0] in "\n \t"
        or text.isspace()
        or _NOT_LITERAL.search(text)
        or not indent
    ):
        return _scalar(text)
    if not text.endswith("\n"):
        mark, body = "|-", text
    elif text.endswith("\n\n"):
        mark, body = "|+", text[:-1]
    else:
        mark, body = "|", text[:-1]
    lines = [indent + line if line else "" for line in body.split("\n")]
    return mark + "\n" + "\n".join(lines)


def _float(number: float) -> str:
    """A float both versions read: YAML 1.1 wants a dot and a sign in the exponent."""
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError(f"not a JSON number: {number}")
    text = repr(number)
    mantissa, e, exponent = text.partition("e")
    if not e:
        return text
    if "." not in mantissa:
        mantissa += ".0"
    return f"{mantissa}e{exponent if exponent[0] in '+-' else '+' + exponent}"


def _number(value: Any) -> str:
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return str(value) if -_INT64 <= value < _INT64 else _float(float(value))
    if isinstance(value, float):
        return _float(value)
    raise TypeError(f"not JSON: {type(value).__name__}")


def _mapping(obj: dict[str, Any], indent: str, lead: str, put: Callable[[str], None]) -> None:
    """The lines of a map; `lead` stands before its first key, `indent` before the others."""
    for key in sorted(obj):
        value = obj[key]
        name = _short_key(key) if len(key) <= _LONG else _key(key, indent)
        kind = type(value)
        if kind is str:
            if len(value) <= _LONG and "\n" not in value:
                put(f"{lead}{name} {_short(value)}\n")
            else:
                put(f"{lead}{name} {_text(value, indent + '  ')}\n")
        elif kind is dict:
            if not value:
                put(f"{lead}{name} {{}}\n")
            else:
                put(f"{lead}{name}\n")
                deeper = indent + "  "
                _mapping(value, deeper, deeper, put)
        elif kind is list:
            if not value:
                put(f"{lead}{name} []\n")
            else:
                put(f"{lead}{name}\n")
                _sequence(value, indent, indent, put)
        else:
            put(f"{lead}{name} {_number(value)}\n")
        lead = indent


def _sequence(items: list[Any], indent: str, lead: str, put: Callable[[str], None]) -> None:
    """The lines of a list; dashes stand under the key, as kubectl prints them."""
    deeper = indent + "  "
    for item in items:
        kind = type(item)
        if kind is str:
            put(f"{lead}- {_text(item, deeper)}\n")
        elif kind is dict and item:
            _mapping(item, deeper, lead + "- ", put)
        elif kind is list and item:
            _sequence(item, deeper, lead + "- ", put)
        elif kind is dict:
            put(f"{lead}- {{}}\n")
        elif kind is list:
            put(f"{lead}- []\n")
        else:
            put(f"{lead}- {_number(item)}\n")
        lead = indent


def to_yaml(obj: Json) -> bytes:
    """The object as YAML (UTF-8, block style, sorted keys, newline at the end).

    `obj` is JSON as orjson reads it. Integers beyond 64 bits become floats, as in the API
    server itself. ValueError for a string that is no Unicode text (lone surrogates) and for
    NaN; TypeError for what is not JSON.
    """
    lines: list[str] = []
    kind = type(obj)
    if kind is dict and obj:
        _mapping(obj, "", "", lines.append)
    elif kind is list and obj:
        _sequence(obj, "", "", lines.append)
    elif kind is dict or kind is list:
        lines.append("{}\n" if kind is dict else "[]\n")
    else:
        lines.append((_scalar(obj) if kind is str else _number(obj)) + "\n")
    return "".join(lines).encode("utf-8")


def from_yaml(data: bytes) -> Json:
    """The object in a state file; ValueError if the bytes are no YAML."""
    import yaml12  # heavy for a question that needs no state

    return yaml12.parse_yaml(data.decode("utf-8"))


def canonical(obj: Json) -> bytes:
    """Canonical JSON: what is hashed, compared and handed around as the state of an object.

    A copy of the right size: orjson's own result keeps the 4 KB it was written into, and ten
    thousand states are held at a time.
    """
    return memoryview(orjson.dumps(obj, option=orjson.OPT_SORT_KEYS)).tobytes()


_BOOKKEEPING = (
    "managedFields",
    "resourceVersion",
    "generation",
    "selfLink",
    "deletionGracePeriodSeconds",
)


def stored_form(obj: dict[str, Any]) -> dict[str, Any]:
    """The object without status and without what the API server keeps books with.

    A shallow copy; `obj` stays as it is. `generation` goes because the answer to a scale
    request does not carry it.
    """
    form = {key: value for key, value in obj.items() if key != "status"}
    metadata = form.get("metadata")
    if isinstance(metadata, dict):
        form["metadata"] = {k: v for k, v in metadata.items() if k not in _BOOKKEEPING}
    return form


def _conditions(status: dict[str, Any]) -> list[dict[str, Any]]:
    wanted = ("type", "status", "reason", "message", "lastTransitionTime")
    return [
        {key: condition[key] for key in wanted if condition.get(key)}
        for condition in status.get("conditions") or ()
    ]


def _container_state(state: dict[str, Any]) -> dict[str, Any]:
    wanted = ("reason", "message", "exitCode", "signal", "startedAt", "finishedAt")
    return {
        name: {key: detail[key] for key in wanted if key in detail}
        for name, detail in state.items()
        if isinstance(detail, dict)
    }


def _container(status: dict[str, Any]) -> dict[str, Any]:
    trimmed: dict[str, Any] = {
        key: status[key] for key in ("name", "ready", "started", "restartCount") if key in status
    }
    for key in ("state", "lastState"):
        if status.get(key):
            trimmed[key] = _container_state(status[key])
    return trimmed


_CONTAINER_STATUSES = (
    "containerStatuses",
    "initContainerStatuses",
    "ephemeralContainerStatuses",
)


def trimmed_status(obj: dict[str, Any]) -> dict[str, Any] | None:
    """What is worth remembering of a Pod's or Node's status; None for other kinds or no status.

    Pods: phase, reason, message, conditions, containers' readiness, restarts and states.
    Nodes: conditions, addresses, capacity and allocatable. Never heartbeats, probe times, images.
    """
    status = obj.get("status")
    kind = obj.get("kind")
    if not isinstance(status, dict) or not status or kind not in ("Pod", "Node"):
        return None
    if kind == "Node":
        kept = {k: status[k] for k in ("addresses", "allocatable", "capacity") if status.get(k)}
    else:
        wanted = ("phase", "reason", "message", "nominatedNodeName", "qosClass", "startTime")
        kept = {key: status[key] for key in wanted if status.get(key)}
        for key in _CONTAINER_STATUSES:
            if status.get(key):
                kept[key] = [_container(container) for container in status[key]]
    if status.get("conditions"):
        kept["conditions"] = _conditions(status)
    return kept
