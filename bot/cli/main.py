"""The command line's entry: which command there is, and how a run ends.

Each command lives in a module of its own, loaded when it is asked for, so that starting up costs
no more than what is needed. Errors become one sentence on stderr and an exit code here, and
nowhere else.
"""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.memory.records.errors import SmartError

COMMANDS = {
    "why": "how an object or one of its fields came to be what it is",
    "at": "the state of the past: get, dump, diff",
    "replay": "everything that happened in a window of time, and what caused it",
    "simulate": "what the control plane would do after a kubectl command",
    "trace": "from a symptom down to the change that caused it, and who made it",
    "patterns": "the rhythms, habits and links in the history",
    "rules": "the rules by which causes are found, and their weights",
    "dependencies": "what an object needs, and who needs it",
    "links": "what happened because of what",
    "log": "changes, newest first",
    "show": "one change, with its difference",
    "remember": "pin what you know to an object or a field",
    "because": "say why a change was made",
    "forget": "take back what was said",
    "incident": "open, note, step, link, close, reopen, list, show",
    "export": "the evidence of an incident as a file",
    "import": "take in an audit log",
    "status": "what the memory holds, and what it heard",
    "doctor": "check the set-up, and say what to do next",
    "verify": "check the memory against itself",
    "reindex": "build the index anew from git",
    "maintain": "repack, write the commit graph, link trouble",
    "serve": "hear the cluster live, and answer in Slack",
    "slack": "the bot in Slack",
    "demo": "import a recording and ask it questions",
    "completion": "completion for bash, zsh or fish",
}
"""Every command and its one-line help; the module is bot/cli/commands/<name>.py."""

_MODULES = {"export": "exporting", "import": "importing"}

_HELP = """A memory of the cluster: every change, who made it, how and why.

Ask it in the words of kubectl:

\b
  kubectl smart import audit /var/log/kubernetes/audit.log
  kubectl smart why deployment/payment-api --replicas=5
  kubectl smart at "2024-01-15 14:30" get pods -A
  kubectl smart replay --since=-2h
  kubectl smart trace latency api-gateway --spike="14:30"
"""
_EPILOG = """Exit codes: 0 answered, 1 error, 2 wrong usage, 3 nothing known, 4 the memory was not
listening then, 6 somebody else is writing, 7 the answer holds what --fail-on names,
130 interrupted."""


class Commands(click.Group):
    """A group whose commands are imported one at a time."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """The names, in the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """The command of that name; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        name = _MODULES.get(cmd_name, cmd_name)
        module = importlib.import_module(f"kubectl_smart.bot.cli.commands.{name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """The list of commands, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _version(ctx: click.Context, _option: click.Parameter, value: bool) -> None:
    if value:
        from importlib.metadata import version

        click.echo(f"kubectl-smart {version('kubectl-smart')}")
        ctx.exit()


@click.command(
    cls=Commands,
    help=_HELP,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Print the version and end.",
)
def smart() -> None:
    """A memory of the cluster: every change, who made it, how and why."""


def program_name(argv0: str) -> str:
    """What the user typed: kubectl's plugin mechanism runs `kubectl-smart` for `kubectl smart`."""
    return "kubectl smart" if Path(argv0).name.startswith("kubectl-") else "kubectl-smart"


def run(words: Sequence[str], *, program: str = "kubectl smart") -> int:
    """Run one command line; the exit code. Writes answers to stdout, errors to stderr."""
    try:
        result = smart.main(
            args=[_not_an_option(word) for word in words], prog_name=program, standalone_mode=False
        )
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except click.Abort:
        click.echo("interrupted; run the same command again to go on", err=True)
        return exit_codes.INTERRUPTED
    except click.UsageError as error:
        _say(error.format_message(), f"see `{_path(error, program)} --help`")
        return exit_codes.USAGE
    except click.ClickException as error:
        _say(error.format_message(), "")
        return exit_codes.ERROR
    except SmartError as error:
        _say(error.message, error.remedy)
        return exit_codes.code_for(error)
    except BrokenPipeError:
        # the reader (head, less) has seen enough; let the interpreter's flush not complain
        _write_no_more()
        return exit_codes.OK
    except OSError as error:
        if error.errno != errno.ENOSPC or error.filename is not None:
            raise
        _write_no_more()
        _say(
            "the answer cannot be written: the disk is full", "free some space, or write elsewhere"
        )
        return exit_codes.ERROR
    return result if isinstance(result, int) else exit_codes.OK


def _write_no_more() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _not_an_option(word: str) -> str:
    """`-2h` is a time; written `now-2h` it cannot be taken for options."""
    return f"now{word}" if word[:1] == "-" and word[1:2].isdigit() else word


def _path(error: click.UsageError, program: str) -> str:
    return error.ctx.command_path if error.ctx is not None else program


def _say(message: str, remedy: str) -> None:
    sentence = message.rstrip(".")
    click.echo(f"error: {sentence}{f'; {remedy}' if remedy else ''}", err=True)


def main() -> None:
    """The console script `kubectl-smart`."""
    sys.exit(run(sys.argv[1:], program=program_name(sys.argv[0])))


def complete() -> None:
    """The console script `kubectl_complete-smart`, which kubectl runs to complete `kubectl smart`.

    Arguments are the words typed after `kubectl smart`, the last one unfinished.
    """
    from kubectl_smart.bot.cli.completing import completions

    for line in completions(sys.argv[1:]):
        click.echo(line)
