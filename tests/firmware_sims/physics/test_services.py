from datetime import UTC, datetime

import numpy as np

from firmware_sims.physics.calendar import chinese_calendar
from firmware_sims.physics.occupancy import OfficeHours, occupancy_at
from firmware_sims.physics.services import (
    TowerServices,
    cooking,
    gas_flow_m3h,
    water_flow_m3h,
)

SERVICES = TowerServices(canteen_water_m3h=3.0, gas_m3h=25.0)


def local_day(year, month, day):
    at_s = datetime(year, month, day, tzinfo=UTC).timestamp() - 8 * 3_600 + np.arange(1_440) * 60.0
    return at_s, occupancy_at(at_s, OfficeHours(), chinese_calendar(), 8.0, 1, "tower")


def test_water_runs_while_people_are_in_and_leaks_at_night():
    at_s, occupancy = local_day(2026, 3, 11)
    flow = water_flow_m3h(at_s, 1_000.0, SERVICES, occupancy, 1, "tower")
    assert flow.min() >= SERVICES.water_leak_m3h
    assert flow[2 * 60 : 4 * 60].mean() < 0.15
    assert flow[9 * 60 : 11 * 60].mean() > 2.0


def test_the_canteen_burns_gas_around_noon_on_workdays_only():
    at_s, workday = local_day(2026, 3, 11)
    gas = gas_flow_m3h(at_s, SERVICES, workday, 1, "tower")
    assert gas[: 4 * 60].max() == 0.0
    assert gas[10 * 60 + 30 : 11 * 60 + 30].mean() > 15.0
    at_s, weekend = local_day(2026, 3, 14)
    assert gas_flow_m3h(at_s, SERVICES, weekend, 1, "tower").max() == 0.0
    assert cooking(weekend).max() == 0.0


def test_a_tower_without_a_canteen_burns_no_gas():
    at_s, occupancy = local_day(2026, 3, 11)
    assert gas_flow_m3h(at_s, TowerServices(), occupancy, 1, "tower").max() == 0.0
