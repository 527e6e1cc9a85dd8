"""`kubectl patch`: strategic, merge or JSON."""

from __future__ import annotations

from typing import Any

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.commands.asking import Asking, Found
from kubectl_smart.simulate.commands.command import Command, Verb
from kubectl_smart.simulate.commands.common_flags import FILES, LOCAL, PRINTING
from kubectl_smart.simulate.commands.documents import patch_in
from kubectl_smart.simulate.commands.effects import Effect, Put
from kubectl_smart.simulate.commands.flags import Flag
from kubectl_smart.simulate.commands.merge_rules import Place
from kubectl_smart.simulate.commands.patches import json_patched, merge_patched
from kubectl_smart.simulate.commands.strategic import patched

_TYPES = ("json", "merge", "strategic")
_SUBRESOURCES = ("scale", "status", "resize")
_KEPT = ("apiVersion", "kind")


def _type(command: Command) -> str:
    return command.text_of("type", "strategic").lower()


def _patch(command: Command) -> Any:
    if command.given("patch-file"):
        named = command.text_of("patch-file")
        content = next(one.content for one in command.files if one.name == named)
        return patch_in(content.decode("utf-8", "replace"))
    return patch_in(command.text_of("patch"))


def _check(command: Command) -> None:
    if command.text_of("patch") and command.text_of("patch-file"):
        raise BadInput("cannot specify --patch and --patch-file together", "leave one of them out")
    if not command.text_of("patch") and not command.text_of("patch-file"):
        raise BadInput(
            "must specify --patch or --patch-file containing the contents of the patch",
            'write -p \'{"spec":{"replicas":3}}\'',
        )
    if _type(command) not in _TYPES:
        raise BadInput(
            f'--type must be one of {list(_TYPES)}, not "{command.text_of("type")}"',
            "leave it out for strategic",
        )
    if command.text_of("subresource") not in ("", *_SUBRESOURCES):
        raise BadInput(
            f"invalid subresource value: {command.text_of('subresource')!r}",
            f"it may be one of {', '.join(_SUBRESOURCES)}",
        )
    patch = _patch(command)
    if isinstance(patch, list) != (_type(command) == "json"):
        raise BadInput(
            f"the patch does not fit --type={_type(command)}: a JSON patch is a list, "
            "the others are maps",
            "mend the patch or its --type",
        )


def _ask(command: Command, asking: Asking) -> list[Effect]:
    patch = _patch(command)
    effects: list[Effect] = []
    for one in asking.found(_without_patch_file(command), command.arguments):
        after = _patched(one, patch, _type(command))
        faults = [field for field in _KEPT if after.get(field) != one.obj.get(field)]
        metadata = after.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else None
        if faults or name != one.name:
            asking.refuse(
                f"Error from server (BadRequest): the patch may not change "
                f"{faults[0] if faults else 'metadata.name'} of {one.said}"
            )
        elif after != one.obj:
            effects.append(Put(after))
    return effects


def _without_patch_file(command: Command) -> Command:
    named = command.given("patch-file")
    kept = tuple(one for one in command.files if one.name not in named)
    return Command(command.text, command.verb, command.arguments, command.values, kept)


def _patched(found: Found, patch: Any, type_: str) -> dict[str, Any]:
    obj = found.copy()
    if type_ == "json":
        after = json_patched(obj, patch)
    elif type_ == "merge":
        after = merge_patched(obj, patch)
    else:
        if found.resource.api_version:
            raise BadInput(
                "error: application/strategic-merge-patch+json is not supported by "
                f"{found.obj.get('apiVersion')}, Kind={found.resource.kind}",
                "give --type=merge for custom resources",
            )
        after = patched(obj, patch, Place(found.resource.kind))
    if not isinstance(after, dict):
        raise BadInput("the patch leaves no object", "patch a field of it")
    return after


PATCH = Verb(
    "patch",
    (
        *PRINTING, *FILES, LOCAL, Flag("patch", short="p"), Flag("patch-file"), Flag("type"),
        Flag("subresource"),
    ),
    _check,
    _ask,
)  # fmt: skip
