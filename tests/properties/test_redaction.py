"""Redaction settles at once, never changes what it is given, and keeps JSON JSON."""

from __future__ import annotations

from typing import Any

import orjson
import strategies as my
from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.memory.formats.redaction import LAST_APPLIED, Redactor

REDACTOR = Redactor(b"0123456789abcdef")
_WORDS = (
    'password= token: secret " \' \\" :// u:p@h Bearer Basic -u --password AKIAIOSFODNN7EXAMPLE '
    "redacted:0123456789abcdef is hunter2 , { } = : / @ eyJhbGciOi.eyJzdWIiOj.abc_- a "
    "q8Zk3mNv7RtY2wXp9LsD4fGh6JbC1aEu"
)
_BLOCKS = [
    f"-----{edge} {what}-----"
    for edge in ("BEGIN", "END")
    for what in ("PRIVATE KEY", "CERTIFICATE")
]
PIECES = st.sampled_from([*_WORDS.split(), *_BLOCKS, " ", "\n"])
TEXT = st.one_of(my.unicode_text(), st.lists(PIECES, max_size=12).map("".join))
_FIELDS = "data kind password name value args annotations metadata x"
KEYS = st.sampled_from([*_FIELDS.split(), LAST_APPLIED])
OBJECTS = st.recursive(
    st.one_of(TEXT, st.integers(-9, 9), st.none(), st.just("Secret")),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=12,
)


@given(TEXT)
def test_redacted_text_is_not_redacted_again(text: str) -> None:
    """A fingerprint is nobody's credential."""
    once = REDACTOR.redact_text(text)

    assert once == REDACTOR.redact_text(once)
    assert once == Redactor(b"0123456789abcdef").redact_text(text)


@given(OBJECTS)
def test_a_redacted_object_is_not_redacted_again(obj: Any) -> None:
    """Nor inside objects; what comes in stays as it was."""
    before = repr(obj)

    once = REDACTOR.redact(obj)

    assert once == REDACTOR.redact(once)
    assert repr(obj) == before


@given(my.workloads(), st.dictionaries(my.text(), my.text(), max_size=3))
def test_no_value_of_a_secret_survives(workload: Any, values: dict[str, str]) -> None:
    """Whatever the keys and values are, only fingerprints are left of a Secret."""
    secret = {**workload, "kind": "Secret", "stringData": values}

    found = REDACTOR.redact(secret)

    assert all(mark.startswith("redacted:") for mark in found["stringData"].values())
    orjson.dumps(found)
