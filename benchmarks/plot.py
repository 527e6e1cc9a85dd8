"""Draws the results and writes the table into README.md.

    python benchmarks/plot.py benchmarks/results.json

Needs matplotlib, which comes with the program.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
BEGIN, END = "<!-- results -->", "<!-- end of results -->"

ROWS = (
    ("commits", "commits", "{:,.0f}"),
    ("ingest, changes per second", "rate", "{:,.0f}"),
    ("cost of one change, µs", "micro", "{:,.0f}"),
    ("ingest against plain `git fast-import`", "ingest_ratio", "{:.2f}"),
    ("ingest against GitPython's `index.commit`", "ingest_over_gitpython", "{:,.0f} ×"),
    ("peak memory of ingest, MB", "ingest_mb", "{:,.0f}"),
    ("reindex, s", "reindex_s", "{:,.1f}"),
    ("full repack, s", "repack_s", "{:,.1f}"),
    ("disk per change after it, bytes", "disk_per_change", "{:,.0f}"),
    ("`why` in process, p50 / p95, ms", "why", "{}"),
    ("the same when asked the first time, p95, ms", "why_first", "{}"),
    ("cold `why` / `kubectl version --client`, ms", "cold", "{}"),
    ("state of everything alive, s (objects)", "dump", "{}"),
)


def main(paths: list[str]) -> None:
    """Table and picture from one or more result files."""
    found = [json.loads(Path(path).read_text()) for path in paths]
    results = [derived(one) for each in found for one in each["results"]]
    write_table(results, found[0]["machine"])
    draw(results)


def derived(one: dict[str, Any]) -> dict[str, Any]:
    """A result with the figures that follow from it."""
    changes = one["changes"]
    plain = {"plain": one["fast_import_s"] / changes * 1e6} if "fast_import_s" in one else {}
    return {
        **one,
        **plain,
        "rate": changes / one["ingest_s"],
        "micro": one["ingest_s"] / changes * 1e6,
        "why": f"{one['why_p50_ms']:.1f} / {one['why_p95_ms']:.1f}",
        "why_first": f"{one['why_first_p95_ms']:.1f}",
        "cold": f"{one['cold_why_ms']:.0f} / {one['kubectl_ms']:.0f} ({one['cold_ratio']:.1f} ×)",
        "dump": f"{one['dump_s']:.2f} ({one['dump_objects']:,})",
    }


def write_table(results: list[dict[str, Any]], machine: str) -> None:
    """The table between the two marks of README.md."""
    heads = " | ".join(f"N = {one['changes']:,}" for one in results)
    lines = [f"Measured on {machine}, shared with others.", "", f"| | {heads} |"]
    lines.append("|---" * (len(results) + 1) + "|")
    for label, name, form in ROWS:
        cells = [form.format(one[name]) if name in one else "–" for one in results]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    readme = HERE / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    table = "\n".join(lines)
    readme.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


def draw(results: list[dict[str, Any]]) -> None:
    """Cost of a change, latency of why, and disk, over N."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    def points(name: str) -> tuple[list[int], list[float]]:
        """Sizes and figures, where that was measured."""
        found = [(one["changes"], one[name]) for one in results if name in one]
        return [size for size, _ in found], [figure for _, figure in found]

    first = results[0]["changes"]
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.6))
    axes[0].plot(*points("micro"), "o-", label="ingest")
    axes[0].plot(*points("plain"), "s--", label="plain git fast-import")
    axes[0].set_title("cost of one change, µs")
    axes[0].legend(frameon=False)
    axes[1].plot(*points("why_p95_ms"), "o-", label="p95")
    axes[1].plot(*points("why_p50_ms"), "s--", label="p50")
    axes[1].axhline(20, color="grey", linewidth=0.8)
    axes[1].text(first, 20.4, "bar: 20 ms", color="grey", fontsize=8)
    axes[1].set_title("why, in process, ms")
    axes[1].legend(frameon=False)
    axes[2].plot(*points("disk_per_change"), "o-")
    axes[2].axhline(1_024, color="grey", linewidth=0.8)
    axes[2].text(first, 1_034, "bar: 1 KB", color="grey", fontsize=8)
    axes[2].set_title("disk per change after a full repack, bytes")
    for axis in axes:
        axis.set_xscale("log")
        axis.set_xlabel("changes in the memory")
        axis.set_ylim(bottom=0)
        axis.spines[["top", "right"]].set_visible(False)
    axes[2].set_ylim(top=1_200)
    figure.tight_layout()
    figure.savefig(HERE / "results.png", dpi=110)


if __name__ == "__main__":
    main(sys.argv[1:] or [str(HERE / "results.json")])
