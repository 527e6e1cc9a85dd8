"""`demo`: the main jobs on a recording that comes with the package.

A real Kubernetes 1.36 control plane was recorded for four minutes: people, a CI job and Argo CD
change things, a new image runs out of memory and is rolled back. The recording is imported and
asked; what git itself says of the same memory is printed beside it.
"""

from __future__ import annotations

import shlex
import sys
import tempfile
from contextlib import AbstractContextManager
from importlib.resources import as_file, files
from pathlib import Path

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.numbers import Whole
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
        "What happened around then, and what caused it?",
        "replay outage --timestamp=2026-11-23T02:49:24Z --window=30s -n payments",
    ),
    (
        "Somebody felt that the gateway was slow: who is behind it?",
        "trace latency api-gateway --spike=2026-11-23T02:49:00Z",
    ),
)


@click.command(name="demo")
@click.option("--quiet", is_flag=True, help="Only import; ask nothing.")
@click.option("--headless", is_flag=True, help="Print it all and end; open no browser.")
@click.option("--slack", is_flag=True, help="Only the page with Slack's stand-in.")
@click.option("--port", type=Whole(0, 65_535), default=0, help="Of that page; else a free one.")
@place_options
@click.pass_context
def command(
    ctx: click.Context, *, quiet: bool, headless: bool, slack: bool, port: int, settings: Settings
) -> int:
    """Import a recording of a real control plane, ask it questions, and play it in Slack.

    The memory stays, in the folder `demo` beside the other memories unless --memory names one.
    Slack is a stand-in on this machine: the conversation is printed, and at a terminal a page
    opens in the browser with the incident in progress, where you can ask the real bot.
    """
    if slack:
        _in_browser(port)
        return exit_codes.OK
    given = ctx.params.get("memory") is not None
    place = settings.memory if given else data_folder(process_environment()) / "demo"
    with _recording() as recording:
        if not _run("import", "audit", str(recording), "--memory", str(place)):
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
    _conversation()
    if not headless and sys.stdout.isatty():
        _in_browser(port)
    return exit_codes.OK


def _conversation() -> None:
    """The incident in Slack, printed."""
    from kubectl_smart.bot.demo.story import play

    click.echo(f"\n{click.style('The same incident in Slack', bold=True)}\n")
    with _recording() as recording, tempfile.TemporaryDirectory() as folder:
        play(Path(folder) / "memory", recording, click.echo)
    click.echo("\nTake part in it in a browser: kubectl smart demo --slack")


def _in_browser(port: int) -> None:
    """The incident in progress, until interrupted."""
    from kubectl_smart.bot.demo.story import serve

    with _recording() as recording, tempfile.TemporaryDirectory() as folder:
        serve(Path(folder) / "memory", recording, click.echo, port=port)


def _recording() -> AbstractContextManager[Path]:
    """The recording, wherever the package keeps it."""
    return as_file(files("kubectl_smart.bot") / "demo_data" / _RECORDING)


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
