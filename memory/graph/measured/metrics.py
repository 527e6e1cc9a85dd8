"""What kind of thing a metric measures, by its name: which way is bad, and what it proves.

Names differ from system to system, so only common words decide. A metric nobody has heard of is
OTHER: a deviation of it counts, either way, but for less.
"""

from __future__ import annotations

import re
from functools import lru_cache

LATENCY = "latency"
OUTBOUND = "outbound latency"
ERRORS = "errors"
AVAILABILITY = "availability"
RATE = "rate"
CPU = "cpu"
MEMORY = "memory"
DISK = "disk"
NETWORK = "network"
CONNECTIONS = "connections"
LOGS = "logs"
OTHER = "other"

RESOURCES = (CPU, MEMORY, DISK, NETWORK, CONNECTIONS)
PER_REQUEST = (CPU, DISK, NETWORK, CONNECTIONS, LOGS, ERRORS)
"""What grows with the work there is to do, so that it is looked at per request, too."""
COUNTED = (LOGS, ERRORS)
"""What is counted, each one by itself, if the numbers are whole."""

_WORDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (AVAILABILITY, re.compile(r"success|availab|\bup\b|ready|healthy")),
    (ERRORS, re.compile(r"err|fail|fault|[45]xx|exception|timeout|drop|reject|restart|oom")),
    (OUTBOUND, re.compile(r"(client|outbound|upstream).*(lat|dur|time)")),
    (LATENCY, re.compile(r"lat|dur|\bp\d\d|_p\d\d|p50|p90|p95|p99|response.?time|\brt\b")),
    (CPU, re.compile(r"cpu|throttl")),
    (MEMORY, re.compile(r"mem|rss|heap|working.?set")),
    (CONNECTIONS, re.compile(r"socket|conn|thread|\bfds?\b|descriptor|\bpool")),
    (NETWORK, re.compile(r"net|bytes|receive|transmit|packet")),
    (DISK, re.compile(r"sysc|disk|\bio\b|iops|\bfs|filesystem|read|write")),
    (LOGS, re.compile(r"log")),
    (RATE, re.compile(r"req|workload|ops|[rq]ps|count|rate|load|\blod\b|throughput|calls")),
)


@lru_cache(maxsize=4096)
def kind_of(metric: str, stat: str = "") -> str:
    """One of the kinds above."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", metric)
    text = f"{spaced} {stat}".lower()
    if re.search(_WORDS[2][1], spaced.lower()):
        return OUTBOUND
    return next((kind for kind, words in _WORDS if kind != OUTBOUND and words.search(text)), OTHER)
