"""The report of an incident: a Markdown file that people and the program write together.

What the program writes stands in marked sections (`memory/formats/marked_sections.py`), made from
an answer by a jinja2 template; words around and between them, comments and foreign keys of the
front matter belong to people, and survive every update byte for byte. The template may be
somebody's own: it runs in a sandbox, and every value it writes is escaped by us. This module is
pure; `bot/reporting.py` reads and commits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, tzinfo
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from kubectl_smart.bot.render import markdown
from kubectl_smart.bot.render.printable import fitted, one_line
from kubectl_smart.bot.render.report_values import values
from kubectl_smart.memory.answers.incident import IncidentAnswer
from kubectl_smart.memory.formats import incident_files, marked_sections
from kubectl_smart.memory.formats.chain_lines import chain_lines
from kubectl_smart.memory.records.errors import BadInput

LONGEST_VALUE = 2_000
"""Characters of one value in a report; longer ones are cut in the middle."""

_FAILURES = (
    TemplateError,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RecursionError,
    MemoryError,
)
"""What a template may raise while it is read or run."""


class _Written(str):
    """Text that is Markdown of ours already."""

    __slots__ = ()


class _Sandbox(ImmutableSandboxedEnvironment):
    """No access to anything but the values, no making of huge ones."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, _context: Any, operator: str, _left: Any, _right: Any) -> Any:
        """Refuse: a template has nothing to multiply, and `"x" * 10 ** 10` fills the memory."""
        raise SecurityError(f"{operator} is not for templates")


def _shown(value: Any) -> str:
    """A value as Markdown that shows it as it is, on one line."""
    if isinstance(value, _Written):
        return value
    return markdown.escape(fitted(one_line(str(value)), LONGEST_VALUE))


def _code(value: Any) -> _Written:
    """The filter `code`: a value as a code span."""
    return _Written(markdown.code(fitted(one_line(str(value)), LONGEST_VALUE)))


def _prose(value: Any) -> _Written:
    """The filter `prose`: a sentence; what stands between backticks in it is code."""
    return _Written(markdown.with_code(fitted(one_line(str(value)), LONGEST_VALUE)))


def _hidden(value: Any) -> _Written:
    """The filter `hidden`: a line of ours that no reader sees, as it is; nothing for all else."""
    said = str(value)
    return _Written(said if chain_lines(said) is not None and "\n" not in said else "")


@lru_cache(maxsize=4)
def _compiled(source: str) -> Template:
    sandbox = _Sandbox(
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    sandbox.filters["code"] = _code
    sandbox.filters["prose"] = _prose
    sandbox.filters["hidden"] = _hidden
    return sandbox.from_string(source)


@lru_cache(maxsize=1)
def built_in_template() -> str:
    """The template that comes with the program; its first lines document what there is."""
    place = files("kubectl_smart.bot.render") / "templates" / "incident.md.j2"
    return place.read_text("utf-8")


def rendered(answer: IncidentAnswer, template: str, zone: tzinfo = UTC) -> str:
    """A whole report below its front matter, as it is when it begins.

    BadInput, in one sentence, if the template is broken or has no section.
    """
    try:
        text = _compiled(template).render(values(answer, zone))
    except _FAILURES as problem:
        line = getattr(problem, "lineno", None)
        where = f" (line {line})" if line else ""
        said = one_line(str(problem)) or type(problem).__name__
        raise BadInput(
            f"the template of reports is broken{where}: {fitted(said, 300)}",
            "mend templates/incident.md.j2; until then the one of the program is used",
        ) from None
    if not marked_sections.sections(text):
        raise BadInput(
            "the template of reports has no section <!-- smart:NAME --> … <!-- /smart:NAME -->",
            "mark what is to be written anew; until then the one of the program is used",
        )
    return text


def update_report(
    old_text: str | None,
    answer: IncidentAnswer,
    *,
    template: str | None = None,
    tell: Callable[[str], None] | None = None,
    zone: tzinfo = UTC,
) -> str:
    """The report as a file, with its sections and our part of the front matter written anew.

    old_text  the file as it is, people's words included; None if there is none yet. If it has none
              of the template's sections, they all come behind what is there; else only those
              that are there are written, for people may take sections out
    template  in jinja2; None for the one that comes with the program
    tell      is told in one sentence that the template is broken; then the program's is used

    Doing it twice gives the same bytes.
    """
    fresh = _fresh(answer, template, tell, zone)
    old_body = answer.incident.text if old_text is None else _body(old_text)
    body = _with_fresh(old_body, fresh)
    incident = replace(answer.incident, text=body)
    previous = None if old_text is None else old_text.encode("utf-8", "replace")
    return incident_files.render(incident, previous).decode("utf-8")


def _fresh(
    answer: IncidentAnswer,
    template: str | None,
    tell: Callable[[str], None] | None,
    zone: tzinfo,
) -> str:
    if template is not None:
        try:
            return rendered(answer, template, zone)
        except BadInput as problem:
            if tell is not None:
                tell(f"{problem.message}; {problem.remedy}")
    return rendered(answer, built_in_template(), zone)


def _body(old_text: str) -> str:
    return incident_files.body(old_text.encode("utf-8", "replace"))


def _with_fresh(old_body: str, fresh: str) -> str:
    contents: Mapping[str, str] = marked_sections.sections(fresh)
    if marked_sections.sections(old_body).keys() & contents.keys():
        return marked_sections.with_sections(old_body, contents)
    whole = marked_sections.with_sections(fresh, contents)
    if not old_body:
        return whole
    return f"{old_body}{_gap(old_body)}{whole}"


def _gap(words: str) -> str:
    return "\n" if words.endswith("\n") else "\n\n"
