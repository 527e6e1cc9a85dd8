"""Configuration files: YAML with comments, checked at the border, errors that name file and line.

A pydantic model says what may stand in a file; whoever reads one gets the model or one sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from kubectl_smart.memory.records.errors import BadInput


class Strict(BaseModel):
    """A part of a configuration file: keys that are not known are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def a_zone(given: str) -> str:
    """The name of a zone there is; ValueError for any other."""
    try:
        ZoneInfo(given)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{given} is no time zone") from None
    return given


_Model = TypeVar("_Model", bound=Strict)


def read(path: Path, model: type[_Model]) -> _Model:
    """The file as the model has it. BadInput, with file, line and key, if it is wrong."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise BadInput(f"{path} cannot be read: {problem}", "name a YAML file in UTF-8") from None
    return parsed(text, model, str(path))


def parsed(text: str, model: type[_Model], name: str) -> _Model:
    """The same from a text; `name` stands for the file in errors."""
    try:
        found = YAML(typ="rt").load(StringIO(text))
    except MarkedYAMLError as problem:
        mark = problem.problem_mark
        where = f", line {mark.line + 1}" if mark is not None else ""
        raise BadInput(f"{name}{where}: {problem.problem}", "mend the YAML there") from None
    if not isinstance(found, dict):
        raise BadInput(f"{name} holds no keys", "see deploy/slack/smart.yaml for an example")
    try:
        return model.model_validate(found)
    except ValidationError as problems:
        first = problems.errors()[0]
        raise _wrong(found, model, name, first["loc"], first["type"], first["msg"]) from None


def _wrong(
    found: Any, model: type[Strict], name: str, place: Sequence[int | str], kind: str, said: str
) -> BadInput:
    key = ".".join(str(one) for one in place)
    where = f"{name}, line {_line(found, place)}" if place else name
    if kind == "extra_forbidden":
        known = _known(model, place[:-1])
        near = get_close_matches(str(place[-1]), known, n=1)
        remedy = f"did you mean {near[0]}?" if near else f"known there: {', '.join(known)}"
        return BadInput(f"{where}: {key} is not known", remedy)
    if kind == "missing":
        return BadInput(f"{where}: {key} is missing", f"add {place[-1]}")
    ours = said.removeprefix("Value error, ")
    words = ours if ours != said else said[:1].lower() + said[1:]
    return BadInput(f"{where}: {key}: {words}", "correct it there")


def _line(found: Any, place: Sequence[int | str]) -> int:
    """The line, from 1, of the deepest part of the place that is there."""
    line = 1
    for one in place:
        marks: Any = getattr(found, "lc", None)
        try:
            line = (marks.item(one) if isinstance(one, int) else marks.key(one))[0] + 1
            found = found[one]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return int(line)


def _known(model: type[Strict], place: Sequence[int | str]) -> list[str]:
    """The keys a model knows at a place."""
    here: Any = model
    named = False
    for one in place:
        if isinstance(one, int) or named:
            named = False
            continue
        field = here.model_fields.get(one)
        here = _model_in(field.annotation) if field is not None else None
        named = field is not None and getattr(field.annotation, "__origin__", None) is dict
        if here is None:
            return []
    return sorted(here.model_fields)


def _model_in(annotation: Any) -> type[Strict] | None:
    """The model an annotation is of, also inside `tuple[…]` and `… | None`."""
    if isinstance(annotation, type) and issubclass(annotation, Strict):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        model = _model_in(inner)
        if model is not None:
            return model
    return None
