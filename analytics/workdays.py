"""Reads the packaged working calendars; what they mean is `calendar_days`.

The only place here that opens a file. A calendar is data with its sources: adding a year is adding
its notice to `calendars/<country>.yaml`.
"""

from __future__ import annotations

import functools
from datetime import date, timedelta
from importlib import resources
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from analytics.buckets import day_number
from analytics.calendar_days import Standing, WorkingCalendar, day_numbers
from collector.documents import Mistakes, Strict, parse
from collector.model import Title

_SATURDAY = 5


class DaysOff(Strict):
    """One holiday: its name, first and last day off."""

    zh: str
    en: str
    first: date
    last: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise Mistakes([(("last",), f"{self.last} is before the first day {self.first}")])
        return self

    def days(self) -> list[date]:
        """Every day off."""
        return [self.first + timedelta(n) for n in range((self.last - self.first).days + 1)]


class Year(Strict):
    """One year's arrangement and where it was read."""

    status: Literal["published", "statutory_days_only"]
    source: str
    read_in: str
    note: str = ""
    off: tuple[DaysOff, ...]
    worked: tuple[date, ...]

    @model_validator(mode="after")
    def _weekends(self) -> Self:
        wrong = [day for day in self.worked if day.weekday() < _SATURDAY]
        both = set(self.worked) & {day for span in self.off for day in span.days()}
        if wrong or both:
            wording = "a make-up workday is a Saturday or Sunday that is not off"
            days = ", ".join(str(day) for day in sorted({*wrong, *both}))
            raise Mistakes([(("worked",), f"{wording}: {days}")])
        return self


class CalendarFile(Strict):
    """A country's working calendar."""

    country: str = Field(pattern="^[A-Z]{2}$")
    years: dict[int, Year]


def read_calendar(text: str, file: Path) -> WorkingCalendar:
    """Working calendar out of the text of a calendar file.

    Raises
    ------
    ConfigError
        Names every problem with file, line and key.
    """
    years = parse(text, file, CalendarFile).years
    spans = [span for year in years.values() for span in year.off]
    standing: dict[int, Standing] = {number: year.status for number, year in years.items()}
    return WorkingCalendar(
        off=day_numbers(day for span in spans for day in span.days()),
        worked=day_numbers(day for year in years.values() for day in year.worked),
        standing=standing,
        names={day_number(day): Title(span.zh, span.en) for span in spans for day in span.days()},
    )


@functools.cache
def calendar(country: str = "cn") -> WorkingCalendar:
    """Packaged working calendar of a country.

    Raises
    ------
    KeyError
        None is packaged.
    """
    packaged = resources.files("analytics").joinpath("calendars", f"{country}.yaml")
    if not packaged.is_file():
        raise KeyError(f"no working calendar is packaged for {country!r}")
    return read_calendar(packaged.read_text("utf-8"), Path(f"calendars/{country}.yaml"))
