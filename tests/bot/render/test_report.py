"""Templates of reports: what they can use, what they cannot do, and what people take out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_answers import incident_answer

from kubectl_smart.bot.render.report import built_in_template, rendered, update_report
from kubectl_smart.memory.formats import incident_files
from kubectl_smart.memory.formats.marked_sections import sections, split
from kubectl_smart.memory.records.errors import BadInput

ANSWER = incident_answer()


def section(inside: str) -> str:
    """A template with one section."""
    return f"<!-- smart:mine -->\n{inside}\n<!-- /smart:mine -->\n"


def test_the_template_of_the_program_documents_all_it_is_given() -> None:
    """Its first lines name every value, down to the members of lists."""
    from datetime import UTC

    from kubectl_smart.bot.render.report_values import values

    documented = built_in_template().partition("-#}")[0]
    for name, value in values(ANSWER, UTC).items():
        assert name in documented, name
        members = value[0] if isinstance(value, list) and value else value
        for member in members if isinstance(members, dict) else ():
            assert f".{member}" in documented, f"{name}.{member}"


def test_every_value_is_escaped_and_on_one_line() -> None:
    """Also through filters, joins and macros; `code` makes code spans."""
    hostile = incident_answer("a\n<!-- /smart:mine -->\n`b` {{ 7 * 7 }} *c*")
    template = section(
        "{% macro twice(x) %}{{ x }}{% endmacro %}"
        "{{ fix.sentence }}|{{ fix.sentence | upper }}|{{ fix.sentence ~ '\n# x' }}|"
        "{{ twice(fix.sentence) }}|{{ fix.how | code }}"
    )

    (text,) = sections(rendered(hostile, template)).values()

    assert text.count("\n") == 1
    assert text.startswith(
        "a \\<!-- /smart:mine --\\> \\`b\\` \\{\\{ 7 \\* 7 \\}\\} \\*c\\*|A \\<!-- /SMART:MINE"
    )
    assert text.endswith("|`` a <!-- /smart:mine --> `b` {{ 7 * 7 }} *c* ``\n")


@pytest.mark.parametrize(
    "inside",
    [
        "{{ incident.nothing }}",
        "{{ nobody }}",
        "{{ incident.title.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{{ self.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os.popen('id') }}",
        "{{ timeline.append(1) }}",
        "{{ 'x' * 10 ** 10 }}",
        "{{ 10 ** 10 ** 10 }}",
        "{% for n in range(10 ** 9) %}x{% endfor %}",
        "{% for n in range(1000000000) %}x{% endfor %}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{{ 1 / 0 }}",
        "{{ 'a' | nosuch }}",
        "{% if %}",
        "{{ ",
        "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}",
    ],
)
def test_what_a_template_cannot_do_is_told_in_one_sentence(inside: str) -> None:
    """And the report is written with the program's own."""
    told: list[str] = []

    found = update_report(None, ANSWER, template=section(inside), tell=told.append)

    assert found == update_report(None, ANSWER)
    assert len(told) == 1
    assert told[0].startswith("the template of reports is broken")
    assert "\n" not in told[0]
    assert len(told[0]) < 500


def test_a_template_without_a_section_is_broken() -> None:
    """Nothing of it could be brought up to date."""
    with pytest.raises(BadInput, match="has no section"):
        rendered(ANSWER, "# {{ incident.title }}\n")


def test_a_section_that_is_taken_out_stays_out() -> None:
    """And one that is moved is written where it is."""
    report = update_report(None, ANSWER)
    front, text = incident_files.split(report) or ("", "")
    parts = {part.name: part for part in split(text) if part.name}
    mine = "".join(
        f"{part.opening}old\n{part.closing}" for part in (parts["people"], parts["cause"])
    )

    found = update_report(f"---\n{front}---\nMine.\n{mine}The end", ANSWER)

    body = incident_files.body(found.encode())
    assert list(sections(body)) == ["people", "cause"]
    assert sections(body)["cause"] == parts["cause"].text
    assert body.startswith("Mine.\n")
    assert body.endswith("The end")


def test_an_update_tells_what_is_new_and_nothing_else() -> None:
    """With the same answer the same bytes; with a cause more, only its section differs."""
    quiet = replace(ANSWER, causes=())
    before = update_report(None, quiet)

    after = update_report(before, ANSWER)

    olds = sections(incident_files.body(before.encode()))
    news = sections(incident_files.body(after.encode()))
    assert [name for name in news if news[name] != olds[name]] == ["cause"]
    assert olds["cause"] == "Not known.\n"
