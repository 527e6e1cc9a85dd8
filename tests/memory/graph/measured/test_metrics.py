"""Metrics are told apart by common words in their names."""

from __future__ import annotations

import pytest

from kubectl_smart.memory.graph.measured.metrics import kind_of


@pytest.mark.parametrize(
    ("metric", "stat", "kind"),
    [
        ("http_request_duration_seconds", "p99", "latency"),
        ("istio_requests_total", "rate", "rate"),
        ("http_requests_5xx_total", "rate", "errors"),
        ("request_errors", "sum", "errors"),
        ("availability", "Average", "availability"),
        ("SuccessRate(%)", "", "availability"),
        ("container_cpu_usage_seconds_total", "rate", "cpu"),
        ("container_cpu_cfs_throttled_seconds_total", "", "cpu"),
        ("container_memory_working_set_bytes", "", "memory"),
        ("container_network_receive_bytes_total", "", "network"),
        ("node_disk_io_time", "", "disk"),
        ("LogLines", "log", "logs"),
        ("PodClientLatencyP90(s)", "raw", "outbound latency"),
        ("EdgeP50From_frontend", "client", "latency"),
        ("kube_pod_container_status_restarts_total", "", "errors"),
        ("node_sockstat_TCP_inuse_sockets", "", "connections"),
        ("hikaricp_connections_active", "", "connections"),
        ("diskio", "raw", "disk"),
        ("workload", "raw", "rate"),
        ("latency-90", "raw", "latency"),
        ("queue_depth", "", "other"),
    ],
)
def test_kinds(metric: str, stat: str, kind: str) -> None:
    """Names as exporters, meshes and data sets write them."""
    assert kind_of(metric, stat) == kind
