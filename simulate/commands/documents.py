"""What files and patches on a command line say, or one sentence on why they say nothing."""

from __future__ import annotations

from typing import Any

from kubectl_smart.memory.formats.manifest_files import NoManifest
from kubectl_smart.memory.formats.manifest_files import documents as objects_in
from kubectl_smart.memory.formats.manifest_files import values as values_in
from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.admission.shapes import misshapen
from kubectl_smart.simulate.commands.command import File


def documents(file: File) -> list[dict[str, Any]]:
    """The objects a file declares; BadInput if it declares none, or one without a name."""
    try:
        found = objects_in(file.content)
    except NoManifest as problem:
        raise BadInput(
            f"{file.name} cannot be read: {problem}",
            "give a YAML or JSON file with Kubernetes objects",
        ) from None
    for obj in found:
        metadata = obj.get("metadata")
        if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
            raise BadInput(
                f"an object of kind {obj['kind']} in {file.name} has no name",
                "give it a metadata.name; generateName has no outcome that could be told",
            )
        fault = misshapen(obj)
        if fault:
            raise BadInput(f"{obj['kind']} {metadata['name']} in {file.name}: {fault}", "mend it")
    return found


def patch_in(text: str) -> Any:
    """A patch written as JSON or YAML; BadInput if it is neither."""
    try:
        found = values_in(text.encode("utf-8", "surrogatepass"))
    except NoManifest as problem:
        raise BadInput(
            f'unable to parse "{text}": {problem}', "give the patch as JSON or YAML, in quotes"
        ) from None
    if len(found) != 1:
        raise BadInput(f'unable to parse "{text}": not one value', "give one patch")
    return found[0]
