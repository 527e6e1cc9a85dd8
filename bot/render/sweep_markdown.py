"""A sweep in Markdown."""

from __future__ import annotations

from kubectl_smart.bot.render.markdown import code, escape, table
from kubectl_smart.bot.render.sweep_text import HEADS, cells, ground, title, worst
from kubectl_smart.simulate.sweeps.sweep import SweepAnswer


def sweep(answer: SweepAnswer, top: int) -> list[str]:
    """The first losses as a table, what the worst one does, and what the ranking rests on."""
    shown = answer.losses[:top]
    heads = ["#", answer.what[:-1].capitalize(), *(head.capitalize() for head in HEADS)]
    rows = [
        [str(place), code(one.case.name), *cells(one)] for place, one in enumerate(shown, start=1)
    ]
    lines = [f"# {escape(title(answer))}", "", *table(heads, rows)]
    rest = len(answer.losses) - len(shown)
    if rest:
        lines += ["", f"And {rest:,} more."]
    found = worst(answer)
    if found is not None:
        loss, said = found
        lines += ["", f"## Without {escape(loss.case.name)}", ""]
        lines += [f"- {escape(each)}" for each in said]
        lines += [f"- {code(line)} is what it is like" for line in loss.case.lines[:1]]
    return [*lines, "", "---", *(f"{escape(said)}  " for said in ground(answer))]
