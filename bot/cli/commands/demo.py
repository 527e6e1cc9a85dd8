"""`demo`: the main job on a recording that comes with the package.

A real Kubernetes 1.36 control plane was recorded for four minutes: people, a CI job and Argo CD
change things, a new image runs out of memory and is rolled back. The recording is imported and
asked; what git itself says of the same memory is printed beside it.
"""

from __future__ import annotations

import shlex
from importlib.resources import as_file, files
from pathlib import Path

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import place_options
from kubectl_smart.bot.settings import Settings, data_folder, process_environment
from kubectl_smart.memory.store.git_commands import output

_RECORDING = "audit.jsonl.gz"
_FILE = "state/payments/Deployment.apps/payment-api.yaml"
_QUESTIONS = (
    ("Why is it five replicas?", "why deployment/payment-api --replicas=5"),
    ("Who touched the image, and what came of it?", "why deployment/payment-api --image"),
    ("What did it look like when it broke?", "at 2026-11-23T02:49:24Z get pods -n payments"),
    (
        "What happened around then?",
        "replay outage --timestamp=2026-11-23T02:49:24Z --window=30s -n payments",
    ),
)


@click.command(name="demo")
@click.option("--quiet", is_flag=True, help="Only import; ask nothing.")
@place_options
@click.pass_context
def command(ctx: click.Context, *, quiet: bool, settings: Settings) -> int:
    """Import a recording of a real control plane and ask it questions.

    The memory stays, in the folder `demo` beside the other memories unless --memory names one.
    """
    given = ctx.params.get("memory") is not None
    place = settings.memory if given else data_folder(process_environment()) / "demo"
    if not _run("import", "audit", *_recording(place)):
        return exit_codes.ERROR
    if quiet:
        return exit_codes.OK
    for title, words in _QUESTIONS:
        _headline(title, f"kubectl smart {words}")
        _run(*shlex.split(words), "--utc", "--memory", str(place))
    _git(place)
    click.echo(f"\nThe memory is {place}; ask it yourself:")
    click.echo(f"  export KUBECTL_SMART_MEMORY={shlex.quote(str(place))}")
    click.echo("  kubectl smart log            # or: kubectl-smart log")
    click.echo("  kubectl smart why configmap/api-config -n prod --CACHE_SIZE")
    return exit_codes.OK


def _recording(place: Path) -> tuple[str, ...]:
    """The arguments that import the recording, wherever the package keeps it."""
    with as_file(files("kubectl_smart.bot") / "demo_data" / _RECORDING) as path:
        return (str(path), "--memory", str(place))


def _run(*words: str) -> bool:
    """Run one of our own commands, as a user would."""
    from kubectl_smart.bot.cli.main import run

    return run(words) == exit_codes.OK


def _headline(title: str, command_line: str) -> None:
    click.echo(f"\n{click.style(title, bold=True)}")
    click.echo(f"$ {command_line}\n")


def _git(place: Path) -> None:
    """The same, from plain git."""
    words = ("log", "--date=iso", "--format=%h %ad %an: %s", "main", "--", _FILE)
    _headline("Plain git says the same", f"git -C {place} {shlex.join(words)}")
    click.echo(output(place, *words).decode(), nl=False)
    _headline("And who set the line that says so", f"git -C {place} blame main -- {_FILE}")
    blamed = output(place, "blame", "--date=iso", "main", "--", _FILE).decode()
    wanted = (" replicas:", " image:")
    lines = [line for line in blamed.splitlines() if any(word in line for word in wanted)]
    click.echo("\n".join(lines))
