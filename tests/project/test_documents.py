"""The documents say what is true: commands run, links lead somewhere, every option is named."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.main import COMMANDS, smart

SOURCE = Path(os.environ.get("KUBECTL_SMART_SOURCE", Path(__file__).parents[2]))
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "bot/*.md", "memory/*.md", "memory/*/*.md", "capture/*.md",
                    "simulate/*.md", "benchmarks/*.md")
    for path in SOURCE.glob(pattern)
)  # fmt: skip


@pytest.fixture(scope="module")
def demo_memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `kubectl smart demo` leaves."""
    memory = tmp_path_factory.mktemp("demo") / "memory"
    subprocess.run(
        [sys.executable, "-m", "kubectl_smart.bot", "demo", "--quiet", "--memory", str(memory)],
        check=True, capture_output=True,
    )  # fmt: skip
    return memory


def _transcripts() -> list[tuple[str, list[str]]]:
    """(command, the lines shown under it) of every console block of the README."""
    found: list[tuple[str, list[str]]] = []
    text = (SOURCE / "README.md").read_text(encoding="utf-8")
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ kubectl smart "):
                found.append((line.removeprefix("$ kubectl smart "), []))
            else:
                found[-1][1].append(line)
    return found


def test_the_readme_shows_what_is_printed(demo_memory: Path) -> None:
    """Its commands run on the demo's memory, one after the other, and print the lines shown."""
    assert len(_transcripts()) > 5
    for command, shown in _transcripts():
        done = subprocess.run(
            [
                sys.executable, "-m", "kubectl_smart.bot", *shlex.split(command),
                "--utc", "--memory", str(demo_memory),
            ],
            capture_output=True, text=True, check=False,
        )  # fmt: skip

        assert done.returncode == 0, (command, done.stderr)
        assert done.stdout.startswith("\n".join(shown)), command


def test_the_demo_prints_answers_and_what_git_says(tmp_path: Path) -> None:
    """The whole of `make demo`, answers and plain git side by side."""
    done = subprocess.run(
        [sys.executable, "-m", "kubectl_smart.bot", "demo", "--memory", str(tmp_path / "m")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert "replicas is 5" in done.stdout
    assert "OOMKilling" in done.stdout
    assert re.search(r"sarah@example.com .* replicas: 5", done.stdout)
    assert re.search(
        r"tom@example.com: payments/deployment payment-api: replicas 5 → 3", done.stdout
    )


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(SOURCE)))
def test_links_lead_somewhere(path: Path) -> None:
    """Relative links of a document name files and folders that exist."""
    for target in re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf-8")):
        if "://" not in target and "…" not in target:
            assert (path.parent / target).exists(), target


def _options(command: click.Command) -> set[str]:
    found = {
        option
        for param in command.params
        if isinstance(param, click.Option)
        for option in param.opts
        if option.startswith("--")
    }
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            child = command.get_command(click.Context(command), name)
            assert child is not None
            found |= _options(child)
    return found


def test_every_command_and_shared_option_is_documented() -> None:
    """The README names every command; bot/README.md every option that all commands share."""
    readme = (SOURCE / "README.md").read_text(encoding="utf-8")
    bot = (SOURCE / "bot" / "README.md").read_text(encoding="utf-8")

    assert [name for name in COMMANDS if name not in readme] == []
    shared = {"--memory", "--index", "--context", "--kubeconfig", "--utc", "--explain"}
    assert shared <= _options(smart)
    assert [option for option in sorted(shared) if option not in bot] == []


def test_every_exit_code_is_documented() -> None:
    """With the number that is used."""
    bot = (SOURCE / "bot" / "README.md").read_text(encoding="utf-8")
    codes = {value for name, value in vars(exit_codes).items() if name.isupper() and name[0] != "_"}

    assert {int(code) for code in re.findall(r"^\| (\d+) \|", bot, re.MULTILINE)} == codes


def test_nothing_tells_how_it_was_built() -> None:
    """No machine's path and no registry's host in any tracked file."""
    listed = subprocess.run(
        ["git", "-C", str(SOURCE), "ls-files"], capture_output=True, text=True, check=True
    ).stdout.split("\n")
    words = ("/" + "work/", "farm" + "-", "opt/" + "pypi", "help" + "er-")
    for name in filter(None, listed):
        path = SOURCE / name
        if path.suffix in (".gz", ".png") or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        assert [word for word in words if word in text] == [], name
