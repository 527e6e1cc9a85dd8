"""`simulate "kubectl …" ["kubectl …"]`: on the memory, on a snapshot or on a live cluster."""

from __future__ import annotations

from pathlib import Path

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.backtest_options import Backtest, backtest_options
from kubectl_smart.bot.cli.options import place_options
from kubectl_smart.bot.cli.printing import print_json, print_lines
from kubectl_smart.bot.cli.starting_points import Started, start_options
from kubectl_smart.bot.settings import Settings
from kubectl_smart.memory.formats.manifests import to_yaml
from kubectl_smart.memory.records.errors import BadInput

_HELP = """What the control plane would do after these commands. They are read, never executed.

The cluster they begin from is the newest state that the memory knows, or the one --at an instant, a
--snapshot, or the --live one.

\b
  kubectl smart simulate "kubectl drain worker-5 --ignore-daemonsets" --at 14:30
  kubectl smart simulate --backtest --since -7d
  kubectl get nodes,pods,deployments,replicasets,statefulsets,daemonsets,jobs,services,\\
      pdb,pv,pvc,storageclasses,priorityclasses,namespaces -A -o json > cluster.json
  kubectl smart simulate "kubectl delete node worker-5" --snapshot cluster.json
"""


def _read(name: str) -> bytes:
    """A file that a command line names."""
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise BadInput(
            f"cannot read {name}: {error.strerror}", "name a file that is there"
        ) from None


@click.command(name="simulate", help=_HELP)
@click.argument("lines", nargs=-1, metavar="[COMMAND]...")
@start_options
@click.option(
    "-o",
    "--output",
    type=click.Choice(("table", "wide", "json", "yaml")),
    default="table",
    show_default=True,
    help="Form of the answer.",
)
@click.option("--seed", default=0, show_default=True, help="Decides between equals.")
@backtest_options
@place_options
def command(
    lines: tuple[str, ...],
    *,
    started: Started,
    backtest: Backtest | None,
    output: str,
    seed: int,
    settings: Settings,
) -> int:
    """See _HELP."""
    from kubectl_smart.bot.render import simulation_document, simulation_text
    from kubectl_smart.simulate.commands import parse

    if backtest is not None:
        return backtest.run(settings, lines, output=output, seed=seed)
    if not lines:
        raise BadInput("no command is named", 'write simulate "kubectl delete node worker-5"')
    commands = [parse(line, _read) for line in lines]
    answer = started.simulated(settings, commands, seed=seed)
    if output == "json":
        print_json(simulation_document.simulation(answer))
    elif output == "yaml":
        click.echo(to_yaml(simulation_document.simulation(answer)), nl=False)
    else:
        print_lines(simulation_text.simulation(answer, wide=output == "wide"))
    return exit_codes.OK
