"""What a building's data are taken for by a model of the week."""

from __future__ import annotations

import numpy as np

from analytics.jobs.building_savings import BuildingData
from analytics.jobs.metering import Bills, Days
from analytics.workdays import calendar
from collector.accounts import Retrofit

YEAR = np.arange("2025-01-01", "2026-01-01", dtype="datetime64[D]")
LED = Retrofit.model_validate({
    "id": "led", "name": {"zh": "照明", "en": "Lighting"}, "option": "C", "meters": ["e"],
    "baseline": {"first": "2025-01-01", "last": "2025-12-31"},
    "reporting": {"first": "2026-01-01", "last": "2026-12-31"}, "model": "towt_daily",
})  # fmt: skip


def office() -> BuildingData:
    """An office that uses 900 kWh on days that are worked in China, and 300 on others."""
    worked = calendar().workdays(YEAR.astype(np.int64))
    season = 12.0 - 14.0 * np.cos(2.0 * np.pi * np.arange(YEAR.size) / YEAR.size)
    energy = np.where(worked, 900.0, 300.0) + 4.0 * np.maximum(season - 18.0, 0.0)
    days = Days(YEAR, season, energy, 0, ("e/energy_kwh",))
    return BuildingData(days, Bills(np.zeros(0), np.zeros(0), ()), calendar())


def test_holidays_and_make_up_days_are_no_scatter():
    """By the plain week the same office scatters by more than a tenth."""
    data = office()
    assert data.fitted(LED).cv_rmse < 0.03
    plain = BuildingData(data.days, data.bills)
    assert plain.fitted(LED).cv_rmse > 0.1


def test_years_without_a_notice_are_told():
    data = office()
    model = data.fitted(LED)
    later = YEAR + np.timedelta64(2 * 365, "D")
    days = Days(later, data.days.temperature, data.days.energy, 0, data.days.points)
    told = BuildingData(days, data.bills, calendar()).told(model, LED)
    assert "calendar.statutory-days-only" in {finding.code for finding in told.findings}
