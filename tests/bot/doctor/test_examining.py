"""How checks are run, and how clocks are compared."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.bot.cli.completing import completions
from kubectl_smart.bot.doctor.clocks import APART, FAR_APART, by_header, compared
from kubectl_smart.bot.doctor.examining import Area, Check, aside, examined
from kubectl_smart.bot.doctor.findings import (
    Finding,
    Outcome,
    Report,
    State,
    failed,
    not_configured,
    ok,
)
from kubectl_smart.bot.render import doctor
from kubectl_smart.memory.records.errors import BadInput


async def _well() -> Sequence[Outcome]:
    return [ok("well")]


async def _absent() -> Sequence[Outcome]:
    return [not_configured("not there")]


async def _wrong() -> Sequence[Outcome]:
    raise BadInput("it is wrong", "mend it")


async def _unreadable() -> Sequence[Outcome]:
    raise PermissionError(13, "Permission denied")


def run(*areas: Area, within: float = 30) -> list[tuple[str, str, str]]:
    """(area, check, what was said) of all findings."""
    found = asyncio.run(examined(areas, within))
    return [(one.area, one.check, one.outcome.said) for one in found]


def test_what_hangs_costs_its_time_out_and_no_more() -> None:
    """Neither its own area nor the others lose a finding, and the end does not wait for it."""
    for_ever = threading.Event()

    async def hang() -> Sequence[Outcome]:
        return await aside(lambda: [ok(str(for_ever.wait()))])

    checks = [Check("hangs", hang, "kick it"), Check("well", _well, "")]
    found = asyncio.run(examined([Area("a", checks), Area("b", checks)], 0.2))
    for_ever.set()
    assert [(one.area, one.check, one.outcome.state) for one in found] == [
        ("a", "hangs", State.FAILED), ("a", "well", State.OK),
        ("b", "hangs", State.FAILED), ("b", "well", State.OK),
    ]  # fmt: skip
    assert found[0].outcome == failed("no answer within 0.2 s", "kick it")


def test_what_is_needed_and_missing_ends_its_area_only() -> None:
    """Nobody asks a cluster for rights that was not reached."""
    first = Area("a", [Check("x", _absent, "", needed=True), Check("y", _well, "")])
    second = Area("b", [Check("x", _absent, ""), Check("y", _well, "")])
    assert run(first, second) == [("a", "x", "not there"), ("b", "x", "not there"),
                                  ("b", "y", "well")]  # fmt: skip


def test_errors_are_findings_with_a_remedy() -> None:
    """Ours have their own; what the system says has the check's."""
    checks = [Check("x", _wrong, "late"), Check("y", _unreadable, "late")]
    found = asyncio.run(examined([Area("a", checks)], 30))
    assert [one.outcome for one in found] == [
        failed("it is wrong", "mend it"),
        failed("[Errno 13] Permission denied", "late"),
    ]


def test_a_fault_of_ours_is_not_hidden() -> None:
    """It is no finding: it is to be reported."""

    async def broken() -> Sequence[Outcome]:
        raise KeyError("ours")

    with pytest.raises(KeyError):
        run(Area("a", [Check("x", broken, "")]))


@given(theirs=st.integers(0, 10**10), took=st.integers(0, 10**7), off=st.integers(-(10**8), 10**8))
def test_clocks_are_compared_whatever_the_way_took(theirs: int, took: int, off: int) -> None:
    """Ours and theirs, `off` apart: how long the answer took makes it no worse."""
    sent = theirs + off
    outcome = compared("theirs", theirs, sent, sent + took)
    apart = max(off, -off - took, 0)
    wanted = State.OK if apart <= APART else State.FAILED if apart > FAR_APART else State.WARNING
    assert outcome.state is wanted
    assert bool(outcome.remedy) == (wanted is not State.OK)


def test_a_header_tells_whole_seconds() -> None:
    """Half a second off is not off; what is no date is said to be none."""
    at = 784_111_777_000_000
    assert by_header("its", "Sun, 06 Nov 1994 08:49:37 GMT", at, at).state is State.OK
    late = by_header("its", "Sun, 06 Nov 1994 08:50:37 GMT", at, at)
    assert late.state is State.FAILED
    assert "behind" in late.said
    for date in ("", "yesterday"):
        assert by_header("its", date, at, at).state is State.NOT_CONFIGURED


def test_what_others_say_is_shown_as_it_is() -> None:
    """Control characters and Markdown of an error text do nothing."""
    evil = failed("\x1b[31mred\nline **bold**", "x", "step\x07")
    report = Report(0, (Finding("a", "b", evil),))
    assert "\x1b" not in "".join(doctor.lines(report))
    assert "\\u0007" in "".join(doctor.lines(report))
    text = "\n".join(doctor.markdown(report))
    assert "**bold**" not in text
    assert "\x1b" not in text


def test_options_of_files_are_completed_as_files() -> None:
    """And its forms by name."""
    assert list(completions(["doctor", "--config", ""])) == [":0"]
    assert list(completions(["doctor", "--audit-policy", ""])) == [":0"]
    assert list(completions(["doctor", "-o", "j"])) == ["json", ":4"]
    assert "--alertmanager" in list(completions(["doctor", "--a"]))
