"""What the surroundings say: environment variables, the kubeconfig's current context, the clock.

The only place that reads the environment; everything else is handed what it needs.
"""

from __future__ import annotations

import os
import pwd
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path

from kubectl_smart.bot.grammar.times import local_zone
from kubectl_smart.memory.records.errors import BadInput

MEMORY_VARIABLE = "KUBECTL_SMART_MEMORY"
INDEX_VARIABLE = "KUBECTL_SMART_INDEX"
_UNSAFE = re.compile(r"[^A-Za-z0-9._@-]")


@dataclass(frozen=True, slots=True)
class Settings:
    """How this run was set up.

    memory  folder of the memory
    index   URL of the index; None for the file beside the memory
    zone    what times without a zone are in, and answers are written in
    now     microseconds since 1970-01-01 UTC
    """

    memory: Path
    index: str | None
    zone: tzinfo
    now: int


def settings(
    environment: Mapping[str, str],
    *,
    memory: str | None,
    index: str | None,
    context: str | None,
    kubeconfig: str | None,
    utc: bool,
) -> Settings:
    """The settings of a run; options come before the environment."""
    named = memory or environment.get(MEMORY_VARIABLE)
    return Settings(
        memory=Path(named).expanduser()
        if named
        else data_folder(environment)
        / _folder(context or current_context(environment, kubeconfig)),
        index=index or environment.get(INDEX_VARIABLE) or None,
        zone=UTC if utc else local_zone(),
        now=time.time_ns() // 1_000,
    )


def recording_clock(environment: Mapping[str, str]) -> int:
    """When something is recorded: now, or SOURCE_DATE_EPOCH (seconds) where that is set."""
    pinned = environment.get("SOURCE_DATE_EPOCH")
    if not pinned:
        return time.time_ns() // 1_000
    try:
        return int(pinned) * 1_000_000
    except ValueError:
        raise BadInput(
            f"SOURCE_DATE_EPOCH is {pinned!r}", "set it to whole seconds since 1970, or unset it"
        ) from None


def data_folder(environment: Mapping[str, str]) -> Path:
    """Where memories live: $XDG_DATA_HOME/kubectl-smart, else ~/.local/share/kubectl-smart."""
    base = environment.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "kubectl-smart"


def current_context(environment: Mapping[str, str], kubeconfig: str | None) -> str:
    """The kubeconfig's current context; "default" if there is no kubeconfig.

    Only the line `current-context:` is read, so that no YAML parser has to be loaded.
    """
    named = kubeconfig or environment.get("KUBECONFIG") or ""
    paths = [Path(part) for part in named.split(os.pathsep) if part]
    for path in paths or [Path.home() / ".kube" / "config"]:
        try:
            text = path.read_text("utf-8", "replace")
        except OSError:
            continue
        found = re.search(r"^current-context:\s*(\S+)\s*$", text, re.MULTILINE)
        if found:
            return found[1].strip("\"'")
    return "default"


def _folder(context: str) -> str:
    return _UNSAFE.sub("_", context) or "default"


def os_user() -> str:
    """The name of the user this process runs as; `uid 1000` if it has none."""
    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def process_environment() -> Mapping[str, str]:
    """The environment of this process."""
    return os.environ
