"""Option C: what a building's meters and the weather say about a baseline and its savings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from analytics import baseline
from analytics.baseline import DegreeDayFit, InsufficientData, NonRoutine, Savings, TowtFit, frozen
from analytics.baseline.candidates import Loads
from analytics.calendar_days import PLAIN_WEEK, WorkingCalendar
from analytics.jobs.metering import Bills, Days, bills_of, days_of
from analytics.jobs.opened import Opened
from analytics.series import IntArray
from analytics.workdays import calendar
from collector.accounts import Retrofit, Span
from collector.model import Finding, Title

BuildingFit = DegreeDayFit | TowtFit
ONE_LOAD: Mapping[str, Loads] = {"heat": "heating", "gas": "heating", "cooling": "cooling"}
"""Media that only one kind of degree days explains."""


@dataclass(frozen=True, slots=True)
class BuildingData:
    """Days and months of one period of a retrofit.

    Parameters
    ----------
    days : Days
    bills : Bills
    calendar : WorkingCalendar
        Which days are worked; only models of the week ask for it.
    """

    days: Days
    bills: Bills
    calendar: WorkingCalendar = PLAIN_WEEK

    @property
    def estimated(self) -> int:
        """Days that were completed from at least half of their readings."""
        return self.days.estimated

    @property
    def points(self) -> tuple[str, ...]:
        """Everything that was read."""
        return self.days.points

    @property
    def weekday(self) -> IntArray:
        """Weekday that each day is worked like, Monday is 0."""
        return self.calendar.worked_like(self.days.day.astype(np.int64))

    def fingerprint(self, _: BuildingFit | None = None) -> str:
        """Of all that a baseline can be fitted on: days, weather, energy by day and by month."""
        days, bills = self.days, self.bills
        return frozen.fingerprint(
            days.day.astype(np.int64), days.temperature, days.energy, bills.energy
        )

    def fitted(self, retrofit: Retrofit) -> BuildingFit:
        """Fit the form that the site file names; heat and gas have no cooling load.

        Raises
        ------
        InsufficientData
            The data cannot carry it.
        """
        days, bills = self.days, self.bills
        load = ONE_LOAD.get(retrofit.medium, "both")
        match retrofit.model:
            case "caltrack_daily":
                return baseline.fit_caltrack_daily(days.temperature, days.energy, loads=load)
            case "caltrack_billing":
                return baseline.fit_caltrack_billing(
                    bills.temperature, bills.energy, bills.days, loads=load
                )
            case "towt_daily":
                return baseline.fit_towt_daily(self.weekday, days.temperature, days.energy)
            case "2P" | "3PC" | "3PH" | "4P" | "5P":
                return baseline.fit_change_point(days.temperature, days.energy, kind=retrofit.model)
            case "plant":
                raise ValueError("model: the site file takes `plant` for option B only")

    def told(self, model: BuildingFit, retrofit: Retrofit) -> Savings:
        """Tell the savings of this period, with the adjustments that the retrofit states.

        Raises
        ------
        InsufficientData
            No day has both sides, or adjustments meet a model of bills.
        """
        days, bills = self.days, self.bills
        if model.interval == "billing":
            if retrofit.adjustments:
                raise InsufficientData([_not_by_bill()])
            return baseline.savings(
                model, bills.temperature, bills.energy, days=bills.days,
                confidence=retrofit.confidence, form="guideline14",
            )  # fmt: skip
        stated = [
            NonRoutine(
                (days.day >= np.datetime64(each.span.first))
                & (days.day <= np.datetime64(each.span.last)),
                each.per_day,
                each.reason,
                each.author,
            )
            for each in retrofit.adjustments
        ]
        told = baseline.savings(
            model, days.temperature, days.energy, day=self.weekday,
            confidence=retrofit.confidence, form="guideline14", non_routine=stated,
        )  # fmt: skip
        if not isinstance(model, TowtFit):
            return told
        unsure = self.calendar.findings(days.day.astype(np.int64))
        return replace(told, findings=(*told.findings, *unsure))


async def building_data(its: Opened, retrofit: Retrofit, span: Span) -> BuildingData:
    """Read one period of a building.

    Raises
    ------
    ConfigError
        A meter has no counter of the medium, or there is no weather station.
    Unavailable, RecordsError
        Store or records are out of reach.
    """
    days = await days_of(its.configuration, its.readings, retrofit, span)
    bills = await bills_of(its.configuration, its.readings, retrofit, days)
    followed = its.configuration.settings.site.working_calendar
    return BuildingData(days, bills, PLAIN_WEEK if followed == "plain" else calendar(followed))


def _not_by_bill() -> Finding:
    sentence = Title(
        "非常规调整按天给出，账单模型无法分摊到账期：请用日模型。",
        "Non-routine adjustments are given by day, which bills cannot tell: use a daily model.",
    )
    return Finding("savings.adjustment-by-bill", "alarm", sentence)
