"""The part `schedule` of the configuration: when what is done by the clock is done."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field, field_validator

from kubectl_smart.bot.configuring import Strict, a_zone

if TYPE_CHECKING:
    from datetime import tzinfo

    from apscheduler.triggers.cron import CronTrigger  # type: ignore[import-untyped]

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FIELDS = ("second", "minute", "hour", "day", "month", "day_of_week")


def cron(expression: str, zone: tzinfo | str | None = None) -> CronTrigger:
    """When a cron expression says: five fields, or six with seconds in front.

    Days of the week as cron counts them, 0 and 7 being Sunday, or by name. ValueError if it is
    none, or means something else in another cron.
    """
    from apscheduler.triggers.cron import CronTrigger  # only who has a schedule needs it

    parts = expression.split()
    if len(parts) == len(_FIELDS) - 1:
        parts = ["0", *parts]
    if len(parts) != len(_FIELDS):
        raise ValueError(f"{expression!r} is no cron expression: it has five fields, or six")
    if "*" not in parts[3][:1] + parts[5][:1]:
        raise ValueError(
            f"{expression!r} names days of the month and of the week: name one of them"
        )
    days = re.sub(r"(?<![\w/])[0-7]\b", lambda found: _DAYS[int(found[0])], parts[5].lower())
    try:
        return CronTrigger(**dict(zip(_FIELDS, [*parts[:5], days], strict=True)), timezone=zone)
    except ValueError as problem:
        raise ValueError(f"{expression!r} is no cron expression: {problem}") from None


def _checked(expression: str | None) -> str | None:
    if expression is not None:
        cron(expression)
    return expression


Cron = Annotated[str | None, AfterValidator(_checked)]


class ScheduleModel(Strict):
    """The role `schedule`: cron expressions; null: not."""

    zone: str = Field(default="", description="of the cron expressions; else that of the file")
    maintain: Cron = Field(
        default="17 * * * *",
        description="when small packs are gathered and the commit graph written",
    )
    pack: Cron = Field(
        default="41 3 * * sun", description="when everything is packed anew; commits wait meanwhile"
    )
    links: Cron = Field(
        default="29 * * * *",
        description="when trouble that began seven hours ago or longer is linked to what led to it",
    )
    disk: Cron = Field(default="*/5 * * * *", description="when the free space is looked at")
    free: int = Field(
        default=1_024, ge=0, description="MiB that are to be free; with less `disk` fails"
    )
    check: Cron = Field(
        default="7 * * * *", description="when it is looked whether the index is where git is"
    )

    digest: Cron = Field(
        default="0 9 * * mon", description="when feeds with `digest` are told the patterns"
    )

    @field_validator("zone")
    @classmethod
    def _a_zone(cls, given: str) -> str:
        return a_zone(given) if given else given
