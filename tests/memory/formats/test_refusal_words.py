"""What the API server's refusals are read as."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.memory.formats.refusal_words import NONE, Bound, Denied, refusal_in


def test_a_ratio_is_read_as_a_bound() -> None:
    """The value is the one the LimitRange has, not the one that was provided."""
    said = (
        'pods "a" is forbidden: [cpu max limit to request ratio per Container is 2, but provided '
        "ratio is 4.000000, minimum memory usage per Pod is 100Mi.  No request is specified]"
    )
    assert set(refusal_in(said).bounds) == {
        Bound("maxLimitRequestRatio", "cpu", "Container", "2"),
        Bound("min", "memory", "Pod", "100Mi"),
    }


def test_who_may_not_do_what_is_read() -> None:
    """With a namespace, or at the cluster scope."""
    said = (
        'nodes is forbidden: User "a@b" cannot list resource "nodes" in API group "" '
        "at the cluster scope"
    )
    assert refusal_in(said).denied == (Denied("a@b", "list", "nodes", "", ""),)


def test_a_constraint_is_read_by_name() -> None:
    """As Gatekeeper words it."""
    said = 'admission webhook "validation.gatekeeper.sh" denied the request: [must-have-owner] no'
    found = refusal_in(said)
    assert (found.named, found.webhooks) == (("must-have-owner",), ("validation.gatekeeper.sh",))


@given(st.text(max_size=300))
def test_any_words_are_read(words: str) -> None:
    """Whatever stands there, and nothing but refusals says anything."""
    found = refusal_in(words)
    assert (
        found == NONE or "per " in words or "webhook" in words or "denied" in words or '"' in words
    )
