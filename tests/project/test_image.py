"""The image: what its Dockerfile says, and its steps run as far as they can be without Docker."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

SOURCE = Path(os.environ.get("KUBECTL_SMART_SOURCE", Path(__file__).parents[2]))
DOCKERFILE = SOURCE / "deploy" / "Dockerfile"
USER = 10001


def _instructions() -> list[tuple[str, str]]:
    """(instruction, its words) of the Dockerfile, in order; comments gone, lines joined."""
    lines = [
        line for line in DOCKERFILE.read_text("utf-8").splitlines() if not line.startswith("#")
    ]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [
        (name.upper(), words.strip())
        for name, _, words in (line.partition(" ") for line in joined.splitlines() if line)
    ]


def _stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for one in _instructions():
        if one[0] == "FROM":
            found.append([])
        found[-1].append(one)
    return found


def _words(stage: list[tuple[str, str]], name: str) -> list[str]:
    return [words for instruction, words in stage if instruction == name]


def test_both_stages_start_from_one_pinned_python() -> None:
    """The same tag, so that the environment built in one runs in the other; never `latest`."""
    build, run = (_words(stage, "FROM")[0] for stage in _stages())

    assert build == f"{run} AS build"
    assert re.fullmatch(r"python:3\.11\.\d+-slim-\w+", run)


def test_it_runs_without_root_and_without_a_shell() -> None:
    """USER is a number that Kubernetes can check; what runs is written as lists."""
    run = _stages()[-1]
    (user,) = _words(run, "USER")
    (entry,), (command,), (health,) = (
        _words(run, name) for name in ("ENTRYPOINT", "CMD", "HEALTHCHECK")
    )

    assert user == f"{USER}:{USER}"
    assert json.loads(entry) == ["kubectl-smart", "serve"]
    assert json.loads(command) == ["--config", "/etc/kubectl-smart/smart.yaml"]
    assert "SHELL" not in {name for name, _ in run}
    # nothing is run as root after it
    assert "RUN" not in {name for name, _ in run[run.index(("USER", user)) :]}
    assert json.loads(health.partition("CMD ")[2])[:2] == ["python", "-c"]


def test_it_installs_git_and_the_extras() -> None:
    """What a cluster needs: git, the Kubernetes client, PostgreSQL."""
    build, run = _stages()

    assert any("kubectl-smart[kubernetes,postgresql]" in words for words in _words(build, "RUN"))
    assert any(" git " in f"{words} " for words in _words(run, "RUN"))
    assert set(_words(run, "EXPOSE")[0].split()) == {"8080", "8443"}


def test_the_health_check_is_python() -> None:
    """It compiles, and ends in an error where nobody listens."""
    (health,) = _words(_stages()[-1], "HEALTHCHECK")
    program = json.loads(health.partition("CMD ")[2])[2].replace("8080", "1")

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 1
    assert b"URLError" in done.stderr


def _sent() -> list[str]:
    """The paths of the repository's top that are sent to the builder."""
    lines = (SOURCE / "deploy" / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    wanted = [line[1:] for line in lines if line.startswith("!")]
    return [path.name for path in SOURCE.iterdir() if any(fnmatch(path.name, w) for w in wanted)]


def _python() -> Path:
    """A Python of this version that every user may run; skips if there is none."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for path in (Path(sys.executable).resolve(), Path("/usr/bin") / name):
        if path.exists() and all(folder.stat().st_mode & 0o001 for folder in path.parents):
            return path
    pytest.skip("no Python here that another user may run")


@pytest.fixture(scope="module")
def installed() -> Iterator[Path]:
    """An environment with the wheel, built of nothing but what the builder is sent.

    pytest's own folders are closed to other users, so it is a folder beside them.
    """
    with tempfile.TemporaryDirectory() as name:
        at = Path(name)
        at.chmod(0o755)
        _install(at)
        yield at


def _install(at: Path) -> None:
    context = at / "source"
    context.mkdir()
    for name in _sent():
        subprocess.run(["cp", "-r", str(SOURCE / name), str(context)], check=True)
    subprocess.run(
        [
            sys.executable, "-m", "build", "--no-isolation", "--wheel",
            "--outdir", str(at / "wheels"), str(context),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = (at / "wheels").glob("kubectl_smart-*.whl")
    python = at / "venv" / "bin" / "python"
    subprocess.run([_python(), "-m", "venv", "--without-pip", at / "venv"], check=True)
    subprocess.run(
        [
            sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps",
            "--disable-pip-version-check", str(wheel),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    # its dependencies are those of this environment: nothing is downloaded in a test
    (site,) = (at / "venv" / "lib").glob("python3*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_what_is_installed_runs_as_its_user(installed: Path) -> None:
    """With a home that cannot be written, from a folder that is not its own."""
    home = installed / "home"
    home.mkdir(mode=0o555)
    done = subprocess.run(
        [str(installed / "venv/bin/kubectl-smart"), "--help"],
        user=USER, group=USER, extra_groups=[], cwd="/",
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage: kubectl")
    assert list(home.iterdir()) == []
