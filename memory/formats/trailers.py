"""Trailers that free text cannot forge: the machine-readable end of a commit message.

`messages` builds on this. A message is a subject, a blank line, free text (if any), a blank
line, and one paragraph of `Name: value` lines. What keeps it honest:

- a value is one line: `%`, control characters and spaces at its ends are percent-encoded;
- a line of free text that git could take for a trailer or a divider gets one more leading
  space, which reading takes away again; so neither `git interpret-trailers --parse` nor
  `git log --grep='^Change-Id: '` is ever fooled;
- free text with control characters is percent-encoded whole, and a trailer says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_RISKY_LINE = re.compile(r"^(?= *(?:[A-Za-z0-9-]+[ \t]*:|---|\(cherry picked))", re.MULTILINE)
_ESCAPED_LINE = re.compile(r"^ (?= *(?:[A-Za-z0-9-]+[ \t]*:|---|\(cherry picked))", re.MULTILINE)
_CLEAN_VALUE = re.compile(r"(?! )[^%\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]*(?<! )\Z")
_VALUE_CHAR = re.compile(r"[%\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|^ | \Z")
_BODY_CHAR = re.compile(r"[%\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNCLEAN_BODY = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_ESCAPE = re.compile(r"(?:%[0-9A-F]{2})+")
_LINE = re.compile(r"([A-Za-z][A-Za-z0-9-]*): (.*)\Z", re.DOTALL)


NAMES = frozenset({"Object", "Owner"})
"""Trailers whose value is an object's name, percent-encoded by its own rule."""


def _percent(match: re.Match[str]) -> str:
    return "".join([f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogatepass")])


def _unpercent(match: re.Match[str]) -> str:
    raw = bytes.fromhex(match[0].replace("%", ""))
    return raw.decode("utf-8", "surrogatepass")


@lru_cache(maxsize=16_384)
def encode_value(text: str) -> str:
    """The text as one line that neither git nor an editor changes; verbatim if it is one."""
    return text if _CLEAN_VALUE.match(text) else _VALUE_CHAR.sub(_percent, text)


def decode_value(text: str) -> str:
    """What `encode_value` was given; ValueError for escapes that are no text."""
    return _ESCAPE.sub(_unpercent, text) if "%" in text else text


def needs_encoding(body: str) -> bool:
    """True if free text holds what no terminal should see raw (control characters, NUL)."""
    return _UNCLEAN_BODY.search(body) is not None


def encode_body(body: str) -> str:
    """Free text with `%` and control characters percent-encoded."""
    return _BODY_CHAR.sub(_percent, body)


def escape_body(body: str) -> str:
    """Free text with one more leading space on each line that looks like a trailer."""
    return _RISKY_LINE.sub(" ", body) if ":" in body or "-" in body or "(" in body else body


def unescape_body(body: str) -> str:
    """What `escape_body` was given."""
    return _ESCAPED_LINE.sub("", body)


def render(trailers: Iterable[tuple[str, str]]) -> str:
    """The paragraph of trailers, in the order given, each line ending with a newline."""
    return "".join([f"{name}: {encode_value(value)}\n" for name, value in trailers])


def parse(paragraph: str) -> dict[str, list[str]]:
    """The values of each trailer, in order, decoded but for NAMES; else ValueError."""
    found: dict[str, list[str]] = {}
    for line in paragraph.removesuffix("\n").split("\n"):
        match = _LINE.match(line)
        if match is None:
            raise ValueError(f"not a trailer: {line!r}")
        value = match[2]
        found.setdefault(match[1], []).append(value if match[1] in NAMES else decode_value(value))
    return found
