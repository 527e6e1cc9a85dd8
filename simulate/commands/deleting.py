"""`kubectl delete`: by name, selector or file, with the grace and the cascade that it asks for."""

from __future__ import annotations

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.commands.asking import Asking
from kubectl_smart.simulate.commands.command import Command, Verb
from kubectl_smart.simulate.commands.common_flags import (
    ANYWHERE,
    FILES,
    PRINTING,
    SELECTING,
    TIMEOUT,
)
from kubectl_smart.simulate.commands.effects import Delete, Effect, Propagation
from kubectl_smart.simulate.commands.flags import Flag

_CASCADES: dict[str, Propagation] = {
    "background": "background", "foreground": "foreground", "orphan": "orphan",
    "true": "background", "false": "orphan",
}  # fmt: skip


def _check(command: Command) -> None:
    if command.text_of("output") not in ("", "name"):
        raise BadInput(
            f"unexpected -o output mode: {command.text_of('output')}. We only support '-o name'",
            "leave -o out",
        )
    if command.given("raw"):
        raise BadInput("--raw is not simulated", "name what is to be deleted by type and name")
    grace = command.number("grace-period", -1)
    if command.is_set("now") and grace != -1:
        raise BadInput(
            "--now and --grace-period cannot be specified together", "leave one of them out"
        )
    if command.is_set("force") and (grace > 0 or command.is_set("now")):
        raise BadInput(
            "--force and --grace-period greater than 0 cannot be specified together",
            "leave one of them out",
        )
    _cascade(command)


def _cascade(command: Command) -> Propagation:
    said = command.text_of("cascade", "background")
    if said not in _CASCADES:
        raise BadInput(
            f'invalid cascade value ({said}). Must be "background", "foreground", or "orphan"',
            "leave it out for background",
        )
    return _CASCADES[said]


def _grace(command: Command) -> int | None:
    """Seconds; --grace-period=0 without --force is one second, and one below 0 the object's own."""
    grace = 1 if command.is_set("now") else command.number("grace-period", -1)
    if command.is_set("force"):
        return max(grace, 0)
    return None if grace < 0 else max(grace, 1)


def _ask(command: Command, asking: Asking) -> list[Effect]:
    selects = (
        command.is_set("all") or command.text_of("selector") or command.text_of("field-selector")
    )
    found = asking.found(command, command.arguments, whole=bool(selects))
    grace, cascade = _grace(command), _cascade(command)
    return [Delete(one.resource.kind, one.namespace, one.name, grace, cascade) for one in found]


DELETE = Verb(
    "delete",
    (
        *PRINTING, *FILES, *SELECTING, *ANYWHERE, TIMEOUT,
        Flag("cascade", bare="background"), Flag("force", "bool"), Flag("grace-period", "number"),
        Flag("now", "bool"), Flag("ignore-not-found", "bool"), Flag("interactive", "bool", "i"),
        Flag("wait", "bool"), Flag("raw"),
    ),
    _check,
    _ask,
)  # fmt: skip
