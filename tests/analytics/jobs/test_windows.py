"""Windows: what is computed of them, what differs, and that stores give back what was written."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.jobs.readings import Readout
from analytics.jobs.windows import Windows, computed, differences
from analytics.series import Series
from collector.model import Kind
from tests.analytics.jobs.polled_site import HOUR, MIDNIGHT, QUARTER, Plant

STARTS = np.arange(MIDNIGHT, MIDNIGHT + 4 * QUARTER, QUARTER)
MEAN, ENERGY, COUNT = ("power_kw", "mean"), ("energy_kwh", "energy"), ("power_kw", "count")


def windows(*mean: float, estimated: tuple[bool, ...] = ()) -> Windows:
    values = np.array(mean, np.float64)
    starts = STARTS[: values.size]
    marks = {"power_kw": np.array(estimated)} if estimated else {}
    return Windows(starts, starts + QUARTER, {MEAN: values}, marks)


def test_a_state_has_no_mean_and_a_temperature_no_energy() -> None:
    at = np.arange(0, HOUR, 60_000)
    found = {}
    for kind, unit in ((Kind.STATE, ""), (Kind.GAUGE, "°C"), (Kind.GAUGE, "kW")):
        readout = Readout("d", "f", kind, Series(at, np.ones(at.size), unit, 60_000))
        [table] = computed([readout], [np.array([0, QUARTER, 2 * QUARTER])])
        found[kind, unit] = {figure for _, figure in table.figures}
    common = {"last", "count", "coverage"}
    assert found[Kind.STATE, ""] == common
    assert found[Kind.GAUGE, "°C"] == common | {"mean", "low", "high"}
    assert found[Kind.GAUGE, "kW"] == common | {"mean", "low", "high", "energy"}


def test_a_temperature_beside_its_flow_is_weighted_by_it() -> None:
    """Half of the time nothing flows, and the pipe cools down."""
    at = np.arange(0, QUARTER, 60_000)
    runs = np.arange(at.size) % 2 == 0
    values = {"flow_m3h": np.where(runs, 8.0, 0.0), "supply_temp_c": np.where(runs, 45.0, 20.0)}
    readouts = [
        Readout("h", field, Kind.GAUGE, Series(at, value, "", 60_000))
        for field, value in values.items()
    ]
    [table] = computed(readouts, [np.array([0, QUARTER])])
    assert table.figures["supply_temp_c", "flowing"] == pytest.approx([45.0])
    assert table.figures["supply_temp_c", "mean"][0] < 34.0
    assert ("flow_m3h", "flowing") not in table.figures


def test_new_windows_are_written_without_a_word() -> None:
    changed, told = differences(windows(), windows(1.0, np.nan))
    assert changed.tolist() == [True, True]
    assert told == []


def test_only_what_differs_is_told_with_before_and_after() -> None:
    changed, told = differences(windows(1.0, 2.0, np.nan), windows(1.0, np.nan, 3.0, 4.0))
    assert changed.tolist() == [False, True, True, True]
    assert [(one.window, one.before, one.after) for one in told] == [(1, 2.0, None), (2, None, 3.0)]


@given(st.lists(st.floats(1e-3, 1e9), min_size=1, max_size=4))
def test_the_order_of_additions_is_no_difference(values: list[float]) -> None:
    changed, told = differences(windows(*values), windows(*(v * (1 + 1e-15) for v in values)))
    assert not changed.any()
    assert told == []


def test_a_mark_of_estimation_alone_is_written_again() -> None:
    changed, told = differences(windows(1.0, 2.0), windows(1.0, 2.0, estimated=(False, True)))
    assert changed.tolist() == [False, True]
    assert told == []


async def test_a_store_gives_back_what_was_written(plant: Plant) -> None:
    figures = {
        MEAN: np.array([1.5, np.nan, 3.0]),
        COUNT: np.array([15.0, 0.0, 14.0]),
        ENERGY: np.array([0.25, 0.5, np.nan]),
    }
    starts = STARTS[[0, 1, 3]]
    marks = {"power_kw": np.array([False, False, True])}
    await plant.windows.write("m1", "15min", Windows(starts, starts + QUARTER, figures, marks))
    read = await plant.windows.read("m1", "15min", MIDNIGHT, MIDNIGHT + HOUR)
    assert read.start.tolist() == starts.tolist()
    assert read.end.tolist() == (starts + QUARTER).tolist()
    for name, values in figures.items():
        assert read.figures[name] == pytest.approx(values, nan_ok=True)
    assert read.estimated["power_kw"].tolist() == [False, False, True]
    only = await plant.windows.read("m1", "15min", MIDNIGHT, MIDNIGHT + HOUR, ["energy_kwh"])
    assert {field for field, _ in only.figures} == {"energy_kwh"}
    assert len(await plant.windows.read("m2", "1d", 0, 2**44)) == 0
