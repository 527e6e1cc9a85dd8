"""What is examined: everything the checks are handed, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from kubectl_smart.bot.configuring import read
from kubectl_smart.bot.serve.settings import ServeModel
from kubectl_smart.bot.settings import Settings
from kubectl_smart.memory.records.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One set-up.

    config        the configuration file that was named; None for none
    model         what stands in it; None without one, or if it cannot be read
    trouble       why it cannot be read: (what is wrong, what to do); ("", "") if it can
    memory, index  which memory; index: URL, None for the file beside it
    kubeconfig, context  as named on the command line; "" for the usual ones
    policy        file of an audit policy to look into; None for none
    alertmanager  address of one to look into; "" for none
    environment   where secrets are, besides files
    now           microseconds since 1970-01-01 UTC
    within        seconds for one check
    """

    config: Path | None
    model: ServeModel | None
    trouble: tuple[str, str] = ("", "")
    memory: Path
    index: str | None
    kubeconfig: str = ""
    context: str = ""
    policy: Path | None = None
    alertmanager: str = ""
    environment: Mapping[str, str]
    zone: tzinfo
    now: int
    within: float = 10.0

    @property
    def named(self) -> str:
        """The configuration as it is typed: `--config FILE`."""
        return f"--config {self.config}" if self.config is not None else "--config FILE"


def case_of(
    config: Path | None,
    settings: Settings,
    environment: Mapping[str, str],
    *,
    memory_named: bool,
    kubeconfig: str,
    context: str,
    policy: Path | None,
    alertmanager: str,
    within: float,
) -> Case:
    """With the configuration read, and the memory that `serve` would take.

    memory_named  whether the memory stands on the command line, which comes first
    """
    model, trouble = None, ("", "")
    if config is not None:
        try:
            model = read(config, ServeModel)
        except BadInput as problem:
            trouble = (problem.message, problem.remedy)
    memory, index = settings.memory, settings.index
    if model is not None:
        memory = memory if memory_named else model.place(memory)
        index = index or model.index or None
    return Case(
        config=config,
        model=model,
        trouble=trouble,
        memory=memory,
        index=index,
        kubeconfig=kubeconfig,
        context=context,
        policy=policy,
        alertmanager=alertmanager,
        environment=environment,
        zone=settings.zone,
        now=settings.now,
        within=within,
    )
