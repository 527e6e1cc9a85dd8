"""Single losses, simulated one by one and ranked. The faces name them by WHAT."""

WHAT = ("nodes", "zones", "workloads")
"""What can be lost one at a time."""
