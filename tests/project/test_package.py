"""What is built and installed: names, files, and contracts that hold."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

SOURCE = Path(os.environ.get("KUBECTL_SMART_SOURCE", Path(__file__).parents[2]))


@pytest.fixture(scope="module")
def built() -> Path:
    """The folder with the wheel and the sdist that `make test` built."""
    folder = SOURCE / "dist"
    if not list(folder.glob("*.whl")):
        pytest.skip("build first: make test does")
    return folder


def test_the_distribution_owns_no_other_name() -> None:
    """Installing it puts `kubectl_smart` and its scripts in place, and nothing else."""
    files = distribution("kubectl-smart").files or []
    tops = {file.parts[0] for file in files if ".." not in file.parts}
    scripts = {file.name for file in files if ".." in file.parts and file.parts[-2] == "bin"}
    ours = {top for top in tops if not top.endswith(".dist-info") and top != "__editable__"}

    assert {top for top in ours if not top.startswith("_kubectl_smart")} <= {"kubectl_smart"}
    assert scripts == {"kubectl-smart", "kubectl_complete-smart"}


def test_the_wheel_holds_only_the_package(built: Path) -> None:
    """Every file is under kubectl_smart or the distribution's metadata; the recording is there."""
    (wheel,) = built.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()

    assert {name.split("/")[0].split("-")[0] for name in names} == {"kubectl_smart"}
    assert "kubectl_smart/bot/demo_data/audit.jsonl.gz" in names
    assert "kubectl_smart/bot/render/templates/incident.md.j2" in names
    assert "kubectl_smart/memory/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_sdist_builds_the_same_wheel(built: Path, tmp_path: Path) -> None:
    """From the source distribution alone, file for file."""
    (sdist,) = built.glob("*.tar.gz")
    (wheel,) = built.glob("*.whl")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = (path for path in tmp_path.iterdir() if path.is_dir())
    subprocess.run(
        [
            sys.executable, "-m", "build", "--no-isolation", "--wheel",
            "--outdir", str(tmp_path / "again"), str(unpacked),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    (again,) = (tmp_path / "again").glob("*.whl")

    def contents(path: Path) -> dict[str, bytes]:
        archive = zipfile.ZipFile(path)
        return {name: archive.read(name) for name in archive.namelist() if "RECORD" not in name}

    assert contents(again) == contents(wheel)


def test_the_suite_runs_against_the_wheel() -> None:
    """In CI the source is out of reach: what is imported is what was installed."""
    if "KUBECTL_SMART_SOURCE" not in os.environ:
        pytest.skip("only where the suite runs against the wheel")
    import kubectl_smart.memory.records.objects as module

    assert SOURCE / "memory" not in Path(module.__file__).parents
    assert "site-packages" in Path(module.__file__).parts


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("memory/records/objects.py", "import orjson", "records know nothing"),
        ("memory/questions/why.py", "import git", "git stays in the store"),
        ("memory/store/spool.py", "from kubectl_smart.memory.index import rows", "inside memory"),
        ("capture/intake.py", "from kubectl_smart.bot import settings", "faces over siblings"),
        (
            "bot/console/rates.py",
            "import kubectl_smart.bot.settings",
            "knows nothing of the product",
        ),
        ("bot/slack/app.py", "import kubectl_smart.bot.console.rates", "nothing but the demo"),
    ],
)
def test_a_planted_import_breaks_its_contract(
    module: str, line: str, contract: str, tmp_path: Path
) -> None:
    """The contracts are not only written down: each refuses what it is there to refuse."""
    package = tmp_path / "kubectl_smart"
    for name in ("bot", "memory", "capture", "simulate"):
        ignored = shutil.ignore_patterns("__pycache__", "demo_data")
        shutil.copytree(SOURCE / name, package / name, ignore=ignored)
    # with this file the copy is the whole package; without, it would be joined to the installed one
    (package / "__init__.py").touch()
    shutil.copy(SOURCE / "pyproject.toml", tmp_path)
    planted = package / module
    text = planted.read_text()
    marker = "from __future__ import annotations\n"
    assert marker in text
    planted.write_text(text.replace(marker, f"{marker}\n{line}\n", 1))
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONSAFEPATH": ""},
    )  # fmt: skip

    assert checked.returncode == 1, checked.stdout + checked.stderr
    assert contract in checked.stdout
    assert "BROKEN" in checked.stdout
