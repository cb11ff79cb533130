"""What one meter counted: from registers, from power where there is none, over gaps."""

import asyncio
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.jobs.counted import Counted, common_edges, counted
from analytics.jobs.readings import Readout
from analytics.series import HOUR_MS, Series
from collector.errors import ConfigError
from collector.model import QUANTITIES, Device, Point, Title
from collector.topology import Accuracy

MINUTE_MS = 60_000
SPAN = (1_790_784_000_000, 1_790_784_000_000 + 6 * HOUR_MS)


class Given:
    """Readings that are told, value by value."""

    def __init__(self, interval_ms, **values):
        self._at = np.arange(SPAN[0], SPAN[1] + interval_ms, interval_ms, dtype=np.int64)
        self._values = values
        self._interval_ms = interval_ms

    async def of(self, device, fields, start, end):
        return {name: self._readout(device, name) for name in fields}

    def _readout(self, device, name):
        quantity = QUANTITIES[name]
        value = np.broadcast_to(self._values[name](self.hour), self._at.shape).astype(float)
        series = Series(self._at, value, quantity.unit, self._interval_ms)
        return Readout(device, name, quantity.kind, series)

    @property
    def hour(self):
        return (self._at - SPAN[0]) / HOUR_MS


def meter(kind, *fields, accuracy=None):
    points = {name: Point(name, QUANTITIES[name], 0, 1e9, MINUTE_MS) for name in fields}
    device = Device("m1", kind, Title("表", "meter"), "", "site", MINUTE_MS, points)
    entry = SimpleNamespace(id="m1", accuracy=accuracy)
    return SimpleNamespace(
        file="site.yaml",
        site=SimpleNamespace(devices={"m1": device}, timezone="Asia/Shanghai"),
        settings=SimpleNamespace(devices=[entry]),
    )


def count(readings, configuration, medium="electricity"):
    return asyncio.run(counted(readings, configuration, "m1", medium, SPAN))


def test_a_register_goes_before_power():
    given_ = Given(MINUTE_MS, energy_kwh=lambda hour: 50 * hour, power_kw=lambda hour: 999.0)
    result = count(given_, meter("electricity_meter", "power_kw", "energy_kwh"))
    assert (result.field, result.coverage, result.bridged) == ("energy_kwh", 1.0, 0.0)
    assert result.total().value == pytest.approx(300.0)
    assert result.energy.size == 24


def test_power_is_integrated_where_there_is_no_register():
    given_ = Given(MINUTE_MS, power_kw=lambda hour: 50.0)
    result = count(given_, meter("electricity_meter", "power_kw"))
    assert (result.field, result.register) == ("power_kw", "")
    assert result.total().value == pytest.approx(300.0)


@pytest.mark.parametrize(("medium", "energy"), [("heat", 200.0), ("cooling", 150.0)])
def test_a_heat_rate_counts_in_its_own_direction_only(medium, energy):
    """Two hours at 100 kW, an hour of rest, three hours at -50 kW."""
    rate = lambda hour: np.select([hour < 2, hour < 3], [100.0, 0.0], -50.0)  # noqa: E731
    result = count(Given(MINUTE_MS, heat_kw=rate), meter("heat_meter", "heat_kw"), medium)
    assert result.total().value == pytest.approx(energy, rel=0.01)


def test_a_meter_without_the_medium_counts_nothing_and_is_no_zero():
    configuration = meter("heat_meter", "heat_energy_kwh")
    del configuration.site.devices["m1"].points["heat_energy_kwh"]
    result = count(Given(MINUTE_MS), configuration, "cooling")
    assert (result.field, result.coverage, result.point) == ("", 0.0, "m1")
    assert np.isnan(result.energy).all()


def test_a_gap_that_the_register_bridges_is_one_bucket():
    def register(hour):
        return np.where((hour > 1.1) & (hour < 3.9), np.nan, 50 * hour)

    result = count(Given(MINUTE_MS, energy_kwh=register), meter("electricity_meter", "energy_kwh"))
    assert result.coverage == 1.0
    assert result.bridged == pytest.approx(3 / 6)
    longest = int(np.argmax(np.diff(result.edges)))
    assert result.energy[longest] == pytest.approx(50 * 3)


def test_a_register_that_is_read_hourly_is_told_by_the_hour():
    given_ = Given(HOUR_MS, energy_kwh=lambda hour: 50 * hour)
    result = count(given_, meter("electricity_meter", "energy_kwh"))
    assert np.diff(result.edges).tolist() == [HOUR_MS] * 6


def test_heat_errs_by_its_flow_and_difference_where_they_are_known():
    """Class 2, qp 20 m³/h at half of it: 2.04 %; at 10 K the pair 1.4 %, the calculator 0.8 %."""
    accuracy = Accuracy(**{"class": "2"}, permanent_flow_m3h=20, least_difference_k=3)
    fields = {
        "heat_energy_kwh": lambda hour: 100 * hour, "flow_m3h": lambda hour: 10.0,
        "supply_temp_c": lambda hour: 45.0, "return_temp_c": lambda hour: 35.0,
    }  # fmt: skip
    configuration = meter("heat_meter", *fields, accuracy=accuracy)
    total = count(Given(MINUTE_MS, **fields), configuration, "heat").total()
    bounds = {name.split(":")[1]: term * 3**0.5 / 600 for name, term in total.terms.items()}
    assert bounds == {
        "flow": pytest.approx(0.0204), "pair": pytest.approx(0.014),
        "calculator": pytest.approx(0.008),
    }  # fmt: skip
    unseen = count(
        Given(MINUTE_MS, **fields),
        meter("heat_meter", "heat_energy_kwh", accuracy=accuracy),
        "heat",
    )
    assert unseen.total().expanded > total.expanded


def test_a_class_that_the_kind_does_not_have_is_a_mistake_of_the_site_file():
    configuration = meter("electricity_meter", "energy_kwh", accuracy=Accuracy(**{"class": "2"}))
    configuration.site.devices["m1"] = Device(
        "m1", "gas_meter", Title("表", "m"), "", "s", MINUTE_MS,
        {"volume_m3": Point("volume_m3", QUANTITIES["volume_m3"], 0, 1e9, MINUTE_MS)},
    )  # fmt: skip
    with pytest.raises(ConfigError, match=r"m1: accuracy: .* no class 2 for gas_meter"):
        count(Given(MINUTE_MS, volume_m3=lambda hour: hour), configuration, "gas")


@given(
    st.lists(st.floats(0, 1e6), min_size=12, max_size=12),
    st.sets(st.integers(1, 11)),
    st.sets(st.integers(1, 11)),
)
def test_a_coarser_time_base_keeps_the_energy(energies, own, others):
    edges = SPAN[0] + HOUR_MS * np.arange(13)
    fine = Counted("a", "energy_kwh", "electricity", edges, np.array(energies), {}, percent=1.0)
    first = fine.on(edges[[0, *sorted(own), 12]])
    second = fine.on(edges[[0, *sorted(others), 12]])
    shared = common_edges([first, second])
    assert first.on(shared).energy == pytest.approx(second.on(shared).energy)
    assert first.on(shared).total().value == pytest.approx(sum(energies))
    assert first.on(shared).total().expanded == pytest.approx(fine.total().expanded)
