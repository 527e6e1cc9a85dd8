"""The rules of the causal graph: for a terminal, as a document, and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from kubectl_smart.bot.render.documents import API_VERSION, Document
from kubectl_smart.bot.render.markdown import escape
from kubectl_smart.bot.render.markdown import table as markdown_table
from kubectl_smart.bot.render.text import heading

if TYPE_CHECKING:
    from kubectl_smart.memory.graph.rules import CausalRule


def text(found: Sequence[CausalRule]) -> list[str]:
    """A group below its heading: each rule with its weights, what it says, where it comes from."""
    lines = [f"rules {found[0].version}"]
    for group, of_group in groupby(found, key=lambda one: one.group):
        rules = list(of_group)
        sources = dict.fromkeys(one.source for one in rules)
        same = next(iter(sources)) if len(sources) == 1 else ""
        lines += ["", heading(group.upper()), *([f"  from {same}"] if same else [])]
        for one in rules:
            weights = _weights(one)
            lines.append(f"  {one.name}  {weights}" if weights else f"  {one.name}")
            lines.append(f"      {one.says}")
            lines += [] if same else [f"      from {one.source}"]
    return lines


def document(found: Sequence[CausalRule]) -> Document:
    """Kind RuleList."""
    return {
        "apiVersion": API_VERSION,
        "kind": "RuleList",
        "version": found[0].version,
        "items": [
            {
                "name": one.name,
                "group": one.group,
                "says": one.says,
                "weights": {name or "all": weight for name, weight in one.weights.items()},
                "source": one.source,
                "version": one.version,
            }
            for one in found
        ],
    }


def markdown(found: Sequence[CausalRule]) -> list[str]:
    """One table for each group."""
    lines = [f"# Rules {escape(found[0].version)}"]
    for group, rules in groupby(found, key=lambda one: one.group):
        rows = [[escape(one.name), escape(one.says), _weights(one), escape(one.source)]
                for one in rules]  # fmt: skip
        lines += ["", f"## {escape(group)}", ""]
        lines += markdown_table(["Rule", "Says", "Weight", "From"], rows)
    return lines


def _weights(one: CausalRule) -> str:
    """`latency 0.8, errors 0.9`; of all kinds of trouble the bare figure."""
    said = (f"{name} {weight:g}" if name else f"{weight:g}" for name, weight in one.weights.items())
    return ", ".join(said)
