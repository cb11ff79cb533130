from datetime import UTC, datetime

import numpy as np

from firmware_sims.physics.calendar import chinese_calendar
from firmware_sims.physics.occupancy import Occupancy, OfficeHours, occupancy_at


def day_of(year: int, month: int, day: int) -> Occupancy:
    """One local day, every minute."""
    first = datetime(year, month, day, tzinfo=UTC).timestamp() - 8 * 3_600
    at_s = first + np.arange(1_440) * 60.0
    return occupancy_at(at_s, OfficeHours(), chinese_calendar(), 8.0, 1, "tower")


def test_people_come_in_the_morning_and_go_in_the_evening():
    presence = day_of(2026, 3, 11).presence
    assert presence[3 * 60] < 0.05
    assert presence[10 * 60] > 0.7
    assert presence[12 * 60 + 45] < 0.7 * presence[10 * 60]
    assert presence[22 * 60] < 0.1


def test_a_make_up_sunday_looks_like_a_workday_and_a_holiday_like_a_weekend():
    sunday, holiday, weekend = day_of(2026, 1, 4), day_of(2026, 10, 5), day_of(2026, 3, 14)
    assert sunday.presence.max() > 0.7
    assert holiday.presence.max() < 0.15
    assert abs(holiday.presence.mean() - weekend.presence.mean()) < 0.01


def test_the_plant_conditions_the_whole_tower_in_its_hours_only():
    conditioned = day_of(2026, 3, 11).conditioned
    assert conditioned[6 * 60 + 29] == OfficeHours().duty_share
    assert conditioned[6 * 60 + 30] == 1.0
    assert conditioned[18 * 60] == OfficeHours().duty_share
    assert day_of(2026, 3, 14).conditioned.max() == OfficeHours().duty_share
