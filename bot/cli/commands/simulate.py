"""`simulate "kubectl …" ["kubectl …"]`: on the memory, on a snapshot or on a live cluster."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.backtest_options import Backtest, backtest_options
from kubectl_smart.bot.cli.gate_options import ended, gate_option
from kubectl_smart.bot.cli.numbers import Whole
from kubectl_smart.bot.cli.options import place_options
from kubectl_smart.bot.cli.printing import Forms, print_answer
from kubectl_smart.bot.cli.starting_points import Started, start_options
from kubectl_smart.bot.cli.sweep_options import Sweep, sweep_options
from kubectl_smart.bot.settings import Settings
from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.answers.gates import GATES

if TYPE_CHECKING:
    from kubectl_smart.simulate.commands import Command

_HELP = f"""What the control plane would do after these commands. They are read, never executed.

The cluster they begin from is the newest state that the memory knows, or the one --at an instant, a
--snapshot, or the --live one.

\b
  kubectl smart simulate "kubectl drain worker-5 --ignore-daemonsets" --at 14:30
  kubectl smart simulate --backtest --since -7d
  kubectl get nodes,pods,deployments,replicasets,statefulsets,daemonsets,jobs,services,\\
      endpointslices,pdb,pv,pvc,storageclasses,priorityclasses,namespaces -A -o json > cluster.json
  kubectl smart simulate "kubectl delete node worker-5" --snapshot cluster.json
  kubectl smart simulate "kubectl delete node worker-5" --live --fail-on pending,budget
  kubectl smart simulate --sweep nodes --snapshot cluster.json

With --sweep every node, every zone or all pods of every workload are lost at once, one loss at a
time. The losses are ranked by what they do: by pods that nobody makes again, then pods that lose
data, pods that stay pending or are refused, services without endpoints, budgets broken, and the
longest time that a service has no endpoint. Every loss is simulated, on all processors: of 5,000
nodes with 150,000 pods some minutes, with a bar that says how far it is.

Several commands run one after the other, as in a shell with `;` between: one that the API server
refuses as a whole (not found, forbidden, invalid) does nothing, and the others go on. The answer
says which and why, and the exit code is {exit_codes.ERROR}, or {exit_codes.USAGE} if all of them
are refused or one is not understood.

With --fail-on the answer is printed all the same, a sentence on stderr says what it holds, and the
exit code is {exit_codes.GATE}:

\b
{chr(10).join(f"  {gate:<12} {said}" for gate, said in GATES.items())}
"""


def _read(name: str) -> bytes:
    """A file that a command line names."""
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise BadInput(
            f"cannot read {name}: {error.strerror}", "name a file that is there"
        ) from None


def _parsed(lines: Sequence[str]) -> list[Command]:
    """BadInput for one that is not understood; of several, with its number."""
    from kubectl_smart.simulate.commands import parse

    found = []
    for number, line in enumerate(lines, start=1):
        try:
            found.append(parse(line, _read))
        except BadInput as problem:
            if len(lines) == 1:
                raise
            raise BadInput(f"command {number}: {problem.message}", problem.remedy) from None
    return found


@click.command(name="simulate", help=_HELP)
@click.argument("lines", nargs=-1, metavar="[COMMAND]...")
@start_options
@click.option(
    "-o",
    "--output",
    type=click.Choice(("table", "wide", "json", "yaml", "md")),
    default="table",
    show_default=True,
    help="Form of the answer.",
)
@click.option("--seed", type=Whole(), default=0, show_default=True, help="Decides between equals.")
@gate_option
@sweep_options
@backtest_options
@place_options
def command(
    lines: tuple[str, ...],
    *,
    started: Started,
    backtest: Backtest | None,
    sweep: Sweep | None,
    gates: frozenset[str],
    output: str,
    seed: int,
    settings: Settings,
) -> int:
    """See _HELP."""
    from kubectl_smart.bot.render import (
        simulation_document,
        simulation_markdown,
        simulation_text,
        simulation_words,
    )
    from kubectl_smart.simulate.answers.gates import closed
    from kubectl_smart.simulate.answers.toll import toll

    if backtest is not None:
        if sweep is not None or gates:
            raise BadInput("--backtest goes with neither --sweep nor --fail-on", "leave them out")
        return backtest.run(settings, lines, output=output, seed=seed)
    if sweep is not None:
        return sweep.run(settings, started, lines, gates=gates, output=output, seed=seed)
    if not lines:
        raise BadInput("no command is named", 'write simulate "kubectl delete node worker-5"')
    answer = started.simulated(settings, _parsed(lines), seed=seed)
    forms = Forms(
        lambda _zone, _explain, wide: simulation_text.simulation(answer, wide=wide),
        lambda: simulation_document.simulation(answer),
        lambda _zone: simulation_markdown.simulation(answer),
        lambda: (),
    )
    print_answer(forms, output, settings.zone, explain=False)
    refused = simulation_words.refused(answer)
    if refused:
        click.echo(refused, err=True)
    code = ended("; ".join(closed(toll(answer), gates)))
    return exit_codes.ERROR if code == exit_codes.OK and refused else code
