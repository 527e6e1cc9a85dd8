"""Medians and quantiles are those of numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.memory.graph.measured.ranks import median, quantiles


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.floats(0.0, 1.0))
def test_as_numpy_has_them(values: list[float], part: float) -> None:
    """To the last digits."""
    row = np.array(values)
    assert float(median(row)) == pytest.approx(float(np.median(row)))
    (found,) = quantiles(row[None, :], (part,))
    assert float(found[0]) == pytest.approx(float(np.quantile(row, part)), abs=1e-6)
