"""A simulation that nobody waits for any more."""

from __future__ import annotations

import pytest
from made_snapshots import deployment, node, run

from kubectl_smart.memory.records.errors import Stopped
from kubectl_smart.memory.records.stopping import stoppable


def test_it_stops_soon() -> None:
    """In the middle of simulated time, not at its end."""
    objects = [node("one", "999"), *deployment("web", ["one"])]
    with stoppable(lambda: True), pytest.raises(Stopped):
        run(objects, "kubectl scale deployment web -n shop --replicas=900")
