"""How fast a manifest repository is taken in, and whether every author and date is right.

python benchmarks/gitops.py [--commits 5000]
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from manifest_history import make

_FIELDS = "%H%x00%ae%x00%at%x00%B%x00%x01"


def main() -> None:
    """Make it, take it in, compare."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--commits", type=int, default=5_000)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        repository, memory = Path(name, "manifests.git"), Path(name, "memory")
        make(repository, asked.commits)
        began = time.monotonic()
        smart = [sys.executable, "-m", "kubectl_smart.bot"]
        place = ["--memory", str(memory)]
        subprocess.run(
            [*smart, "import", "gitops", str(repository), "--branch", "main", *place],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        seconds = time.monotonic() - began
        wrong, changes = compared(repository, memory)
        verified = subprocess.run([*smart, "verify", *place], check=False, capture_output=True)
        print(
            json.dumps(
                {
                    "commits": asked.commits,
                    "seconds": round(seconds, 1),
                    "commits_per_second": round(asked.commits / seconds),
                    "changes": changes,
                    "wrong_authors_dates_or_words": wrong,
                    "verify": verified.returncode,
                }
            )
        )


def compared(repository: Path, memory: Path) -> tuple[int, int]:
    """(changes that are not as git has them, all changes); a commit without its change is one."""
    log = _log(repository, "main")
    theirs = {}
    for one in log:
        commit, email, at, said = one[:4]
        theirs[commit[:12]] = (email, int(at), said.strip())
    touched = _log(repository, "main", "--no-merges", "--", "apps")
    missing = {one[0][:12] for one in touched}
    wrong = changes = 0
    for _, email, at, said in (one[:4] for one in _log(memory, "main")):
        via = re.search(r"^Via: git commit ([0-9a-f]{12}) in ", said, re.MULTILINE)
        if via is None:
            continue
        changes += 1
        missing.discard(via[1])
        actor = re.search(r"^Actor: (.+)$", said, re.MULTILINE)
        whose, when, words = theirs[via[1]]
        right = (actor is not None and actor[1].strip() == whose) or email == whose
        if not right or int(at) != when or words.splitlines()[-1] not in said:
            wrong += 1
    return wrong + len(missing), changes


def _log(repository: Path, *arguments: str) -> list[list[str]]:
    told = subprocess.run(
        ["git", f"--git-dir={repository}", "log", f"--format={_FIELDS}", *arguments],
        check=True, capture_output=True,
    ).stdout.decode()  # fmt: skip
    return [one.strip("\n").split("\0") for one in told.split("\x01") if one.strip()]


if __name__ == "__main__":
    main()
