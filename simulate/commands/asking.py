"""The cluster while one command asks: its objects, and the objects the command is about."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.admission.objects import Object, Objects
from kubectl_smart.simulate.commands.command import Command
from kubectl_smart.simulate.commands.documents import documents
from kubectl_smart.simulate.commands.effects import Refused
from kubectl_smart.simulate.commands.resources import (
    Resource,
    resource_of,
    resource_of_kind,
    resources_of,
)
from kubectl_smart.simulate.commands.selectors import (
    chosen,
    field_selector,
    fields_known,
    fields_match,
    label_selector,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOW = "Write it as TYPE NAME, TYPE/NAME, or TYPE with a selector (-l) or --all."


class Found(NamedTuple):
    """One object a command is about."""

    resource: Resource
    namespace: str
    name: str
    obj: Object

    @property
    def said(self) -> str:
        """As kubectl writes it: `deployments.apps "web"`."""
        return f'{self.resource.said} "{self.name}"'

    def copy(self) -> dict[str, Any]:
        """The object, to be changed."""
        return deepcopy(dict(self.obj))


@dataclass
class Asking:
    """One command at work.

    now      the cluster's clock
    refused  what kubectl says of objects that are not there, in order
    """

    objects: Objects
    now: datetime = _EPOCH
    refused: list[Refused] = field(default_factory=list)

    def found(
        self, command: Command, words: tuple[str, ...], *, whole: bool = False
    ) -> list[Found]:
        """The objects that words, selectors and files of a command name.

        whole  whether a type without names means all of it (`--all` does so anyway)

        Names that are not there go to `refused`, and the others are found, as kubectl does it.
        """
        found = list(self._in_files(command))
        named, types = self._words(command, words)
        if named:
            for resource, name in named:
                found += self.one(resource, command.namespace, name, command)
        elif types:
            if not (whole or command.is_set("all") or _selects(command)):
                raise BadInput("resource(s) were provided, but no name was specified", _HOW)
            for resource in types:
                found += self.chosen(resource, command)
        elif not command.files:
            raise BadInput("You must provide one or more resources by argument or filename", _HOW)
        return found

    def _words(
        self, command: Command, words: tuple[str, ...]
    ) -> tuple[list[tuple[Resource, str]], list[Resource]]:
        if any("/" in word for word in words):
            return [self._pair(word) for word in words], []
        if not words:
            return [], []
        types = resources_of(words[0], self.objects)
        names = words[1:]
        if names and _selects(command):
            raise BadInput("name cannot be provided when a selector is specified", _HOW)
        if names and command.is_set("all"):
            raise BadInput("setting 'all' parameter but found a non empty name", _HOW)
        if names and command.everywhere:
            raise BadInput("a resource cannot be retrieved by name across all namespaces", _HOW)
        return [(resource, name) for resource in types for name in names], types

    def _pair(self, word: str) -> tuple[Resource, str]:
        kind, slash, name = word.partition("/")
        if not slash:
            raise BadInput(
                f'there is no need to specify a resource type as a separate argument ("{word}") '
                "when passing arguments in resource/name form",
                "write each as TYPE/NAME",
            )
        if not kind or not name or "/" in name:
            raise BadInput(
                f'arguments in resource/name form may not have more than one slash: "{word}"'
                if "/" in name
                else "arguments in resource/name form must have a single resource and name: "
                f'"{word}"',
                _HOW,
            )
        return resource_of(kind, self.objects), name

    def one(self, resource: Resource, namespace: str, name: str, command: Command) -> list[Found]:
        """An object by its name; [] and a refusal if it is not there."""
        place = namespace if resource.namespaced else ""
        obj = self.objects.get(resource.kind, place, name)
        if obj is None:
            if not command.is_set("ignore-not-found"):
                self.refuse(f'Error from server (NotFound): {resource.said} "{name}" not found')
            return []
        return [Found(resource, place, name, obj)]

    def chosen(self, resource: Resource, command: Command) -> list[Found]:
        """All of a type that a command's selectors let through, by namespace and name."""
        labels = label_selector(command.text_of("selector"))
        fields = field_selector(command.text_of("field-selector"))
        fields_known(fields, resource.kind)
        everywhere = command.everywhere or not resource.namespaced
        found = [
            Found(resource, _place(obj), _name(obj), obj)
            for obj in self.objects.list(resource.kind, None if everywhere else command.namespace)
            if chosen(labels, (obj.get("metadata") or {}).get("labels") or {})
            and fields_match(fields, obj)
        ]
        return sorted(found, key=lambda one: (one.namespace, one.name))

    def _in_files(self, command: Command) -> Iterator[Found]:
        for resource, namespace, obj in self.declared(command):
            yield from self.one(resource, namespace, _name(obj), command)

    def declared(self, command: Command) -> Iterator[tuple[Resource, str, dict[str, Any]]]:
        """The objects that a command's files declare, and where they belong."""
        for file in command.files:
            for obj in documents(file):
                resource = resource_of_kind(obj, self.objects)
                own = _place(obj)
                if not resource.namespaced:
                    yield resource, "", obj
                    continue
                if own and command.given("namespace") and own != command.namespace:
                    raise BadInput(
                        f'the namespace from the provided object "{own}" does not match the '
                        f'namespace "{command.namespace}"',
                        f"you must pass '--namespace={own}' to perform this operation",
                    )
                yield resource, own or command.namespace, obj

    def refuse(self, message: str) -> None:
        """Note what kubectl says of a part that it does not do."""
        self.refused.append(Refused(message))


def _selects(command: Command) -> bool:
    return bool(command.text_of("selector") or command.text_of("field-selector"))


def _name(obj: Object) -> str:
    return str((obj.get("metadata") or {}).get("name") or "")


def _place(obj: Object) -> str:
    return str((obj.get("metadata") or {}).get("namespace") or "")
