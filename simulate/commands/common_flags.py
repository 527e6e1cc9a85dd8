"""Flags that several verbs have, and those that change nothing of what is asked."""

from __future__ import annotations

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.commands.command import Command
from kubectl_smart.simulate.commands.flags import Flag

_TEXTS = (
    "as as-group as-uid as-user-extra cache-dir certificate-authority client-certificate "
    "client-key cluster context kubeconfig kuberc log-flush-frequency password profile "
    "profile-output request-timeout tls-server-name token user username vmodule"
)
_SWITCHES = "disable-compression insecure-skip-tls-verify match-server-version warnings-as-errors"
GLOBAL = (
    Flag("namespace", short="n"),
    Flag("server", short="s"),
    Flag("v", "number", "v"),
    *(Flag(name) for name in _TEXTS.split()),
    *(Flag(name, "bool") for name in _SWITCHES.split()),
)
"""Every verb has them; only the namespace changes what is asked."""
PRINTING = (
    Flag("output", short="o"),
    Flag("template"),
    Flag("allow-missing-template-keys", "bool"),
    Flag("show-managed-fields", "bool"),
    Flag("dry-run", bare="unchanged"),
    Flag("field-manager"),
    Flag("record", "bool"),
)
FILES = (Flag("filename", short="f"), Flag("recursive", "bool", "R"), Flag("kustomize", short="k"))
SELECTING = (Flag("selector", short="l"), Flag("all", "bool"))
ANYWHERE = (Flag("field-selector"), Flag("all-namespaces", "bool", "A"))
VALIDATING = Flag("validate", bare="strict")
TIMEOUT = Flag("timeout", "duration")
LOCAL = Flag("local", "bool")
FILE_FLAGS = ("filename", "patch-file")
"""Flags whose values are files that are read."""

_DRY = ("none", "server", "client", "unchanged", "true", "false")


def check_common(command: Command) -> None:
    """BadInput for what no verb can be simulated with."""
    if command.is_set("local"):
        raise BadInput("--local asks nothing of the cluster", "leave --local out")
    if command.given("kustomize"):
        raise BadInput(
            "-k is not simulated: nothing is built here",
            "build it first, and give the result: kubectl kustomize DIR > built.yaml, then -f",
        )
    for value in command.given("dry-run"):
        if value not in _DRY:
            raise BadInput(
                f'Invalid dry-run value ({value}). Must be "none", "server", or "client".',
                "simulating is a dry run in any case: leave it out",
            )
    refuse_together(command, "all", "selector")
    refuse_together(command, "all", "field-selector")


def refuse_together(command: Command, one: str, other: str) -> None:
    """BadInput if both flags are given."""
    both = all(
        command.is_set(name) if name == "all" else command.text_of(name) for name in (one, other)
    )
    if both:
        raise BadInput(
            f"cannot set --{one} and --{other} at the same time", "leave one of them out"
        )
