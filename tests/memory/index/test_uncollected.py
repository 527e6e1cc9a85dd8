"""While much is read nobody looks for cyclic garbage; afterwards somebody does again."""

from __future__ import annotations

import gc

from kubectl_smart.memory.index.decoding import uncollected


def test_collecting_goes_on_afterwards() -> None:
    """Also where one bunch is read within another."""
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            pass
        assert not gc.isenabled()

    assert gc.isenabled()


def test_what_was_made_meanwhile_counts_as_old() -> None:
    """It is not all looked at right afterwards, and nothing is kept from being looked at later."""
    frozen = gc.get_freeze_count()
    with uncollected():
        made = [[number] for number in range(50_000)]

    assert gc.get_count()[0] < len(made)
    assert gc.get_freeze_count() == frozen
