"""`simulate "kubectl …" ["kubectl …"]`, and `simulate --sweep nodes|zones|workloads`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import place_options
from kubectl_smart.bot.cli.printing import Forms, print_answer
from kubectl_smart.bot.cli.progress import progress
from kubectl_smart.bot.settings import Settings
from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.answers.gates import GATES
from kubectl_smart.simulate.sweeps import WHAT

if TYPE_CHECKING:
    from kubectl_smart.simulate.cluster.store import Cluster

_HELP = f"""What the control plane would do after these commands. They are read, never executed.

\b
  kubectl get nodes,pods,deployments,replicasets,statefulsets,daemonsets,jobs,services,\\
      pdb,pv,pvc,storageclasses,priorityclasses,namespaces -A -o json > cluster.json
  kubectl smart simulate "kubectl delete node worker-5" --snapshot cluster.json
  kubectl smart simulate "kubectl drain worker-5 --ignore-daemonsets" --snapshot cluster.json \\
      --fail-on pending,budget
  kubectl smart simulate --sweep nodes --snapshot cluster.json

With --sweep no commands are given: every node, every zone or all pods of every workload are lost at
once, one loss at a time, and the losses are ranked by what they do: by pods that nobody makes
again, then pods that lose data, pods that stay pending, services without endpoints, budgets broken,
and the longest time that a service has no endpoint.

With --fail-on the answer is printed all the same, a sentence on stderr says what it holds, and the
exit code is {exit_codes.GATE}:

\b
{"".join(f"  {gate:<12} {said}{chr(10)}" for gate, said in GATES.items())}"""
_OUTPUTS = ("table", "wide", "json", "yaml", "md")


def _gates(_ctx: click.Context, _option: click.Parameter, given: Sequence[str]) -> frozenset[str]:
    """The gates named, each time it is given one or several with commas between."""
    found = frozenset(name.strip() for one in given for name in one.split(","))
    unknown = sorted(found - GATES.keys())
    if unknown:
        raise click.BadParameter(f"{unknown[0]!r} is none of {', '.join(GATES)}")
    return found


@click.command(name="simulate", help=_HELP)
@click.argument("lines", nargs=-1, metavar="[COMMAND]...")
@click.option(
    "--snapshot",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The cluster: what `kubectl get … -A -o json` wrote.",
)
@click.option("--sweep", "what", type=click.Choice(WHAT), help="Which single loss hurts most.")
@click.option(
    "--top",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="Losses of a sweep that are listed; -o wide, json and yaml have all.",
)
@click.option(
    "--processes",
    type=click.IntRange(min=1, max=256),
    metavar="N",
    help="For a sweep; else as many as there are processors. The answer is the same.",
)
@click.option(
    "--fail-on",
    "gates",
    multiple=True,
    callback=_gates,
    metavar="GATE",
    help=f"{', '.join(GATES)}; repeat, or put commas between.",
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(_OUTPUTS),
    default="table",
    show_default=True,
    help="Form of the answer.",
)
@click.option("--seed", default=0, show_default=True, help="Decides between equals.")
@place_options
def command(
    lines: tuple[str, ...],
    *,
    snapshot: Path,
    what: str | None,
    top: int,
    processes: int | None,
    gates: frozenset[str],
    output: str,
    seed: int,
    settings: Settings,
) -> int:
    """See _HELP."""
    if what is None and not lines:
        raise BadInput("there is no command", "write one, or --sweep nodes")
    if what is not None and lines:
        raise BadInput("a sweep takes no commands", "leave out the commands, or --sweep")
    if what is None:
        forms, held = _impact(lines, snapshot, seed, gates)
    else:
        forms, held = _sweep(what, snapshot, seed, processes, top, gates)
    print_answer(forms, output, settings.zone, explain=False)
    if not held:
        return exit_codes.OK
    click.echo(f"--fail-on: {held}", err=True)
    return exit_codes.GATE


def _impact(
    lines: Sequence[str], snapshot: Path, seed: int, gates: frozenset[str]
) -> tuple[Forms, str]:
    """What the commands would do, and what of it closes a gate."""
    from kubectl_smart.bot.render import simulation_document, simulation_markdown, simulation_text
    from kubectl_smart.simulate.answers.gates import closed
    from kubectl_smart.simulate.answers.toll import toll
    from kubectl_smart.simulate.commands import parse
    from kubectl_smart.simulate.simulation import simulate

    commands = [parse(line, _read) for line in lines]
    answer = simulate(_cluster(snapshot), commands, seed=seed)
    forms = Forms(
        lambda _zone, _explain, wide: simulation_text.simulation(answer, wide=wide),
        lambda: simulation_document.simulation(answer),
        lambda _zone: simulation_markdown.simulation(answer),
        lambda: (),
    )
    return forms, "; ".join(closed(toll(answer), gates))


def _sweep(
    what: str,
    snapshot: Path,
    seed: int,
    processes: int | None,
    top: int,
    gates: frozenset[str],
) -> tuple[Forms, str]:
    """Every single loss, the worst first, and what closes a gate of the worst that does."""
    from kubectl_smart.bot.render import sweep_document, sweep_markdown, sweep_text
    from kubectl_smart.simulate.answers.gates import closed
    from kubectl_smart.simulate.sweeps.sweep import sweep

    cluster = _cluster(snapshot)
    with progress(100, f"losing {what}") as on_progress:
        tell = on_progress or (lambda _: None)
        answer = sweep(
            cluster,
            what,
            seed=seed,
            processes=processes,
            told=lambda done, every: tell(100 * done // every),
        )
    forms = Forms(
        lambda _zone, _explain, wide: sweep_text.sweep(answer, None if wide else top, wide=wide),
        lambda: sweep_document.sweep(answer),
        lambda _zone: sweep_markdown.sweep(answer, top),
        lambda: (),
    )
    held = [(one.case.name, said) for one in answer.losses if (said := closed(one.toll, gates))]
    if not held:
        return forms, ""
    name, said = held[0]
    more = f"; {len(held) - 1:,} more of {len(answer.losses):,} {what} too" if held[1:] else ""
    return forms, f"without {name}: {'; '.join(said)}{more}"


def _cluster(snapshot: Path) -> Cluster:
    """The cluster as it is before."""
    from kubectl_smart.simulate.cluster.snapshot import read_file
    from kubectl_smart.simulate.cluster.store import load

    return load(read_file(snapshot))


def _read(name: str) -> bytes:
    """A file that a command line names."""
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise BadInput(
            f"cannot read {name}: {error.strerror}", "name a file that is there"
        ) from None
