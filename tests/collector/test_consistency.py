"""Physical relations between the values of one device."""

from __future__ import annotations

import pytest

from collector.consistency import check_values

METER = {
    "voltage_l1_v": 230.0, "voltage_l2_v": 231.0, "voltage_l3_v": 229.0, "current_l1_a": 10.0,
    "current_l2_a": 10.0, "current_l3_a": 10.0, "power_l1_kw": 2.1, "power_l2_kw": 2.2,
    "power_l3_kw": 2.0, "power_kw": 6.3, "apparent_power_kva": 6.9, "reactive_power_kvar": 2.8,
    "frequency_hz": 50.02,
}  # fmt: skip
HEAT = {"supply_temp_c": 45.0, "return_temp_c": 40.0, "temp_difference_k": 5.0, "flow_m3h": 20.0,
        "heat_kw": 115.0}  # fmt: skip
PUMP = {"source_entering_temp_c": 12.0, "source_leaving_temp_c": 8.0,
        "load_entering_temp_c": 40.0, "load_leaving_temp_c": 45.0}  # fmt: skip


def failed(values) -> set[str]:
    return {check.name for check in check_values(values) if not check.holds}


@pytest.mark.parametrize("values", [METER, HEAT, PUMP, {}, {"power_kw": 1.0}])
def test_values_of_a_sound_device_hold_together(values):
    assert failed(values) == set()


def test_every_relation_is_checked_where_its_values_are_there():
    names = {check.name for check in check_values(METER | HEAT | PUMP)}
    assert names == {
        "phase voltages", "frequency", "power sum", "power triangle", "power l1", "power l2",
        "power l3", "temperature difference", "heat balance", "source side", "load side",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"voltage_l2_v": 131.0}, {"phase voltages", "power l2"}),
        ({"frequency_hz": 54.0}, {"frequency"}),
        ({"power_kw": 7.0}, {"power sum"}),
        ({"apparent_power_kva": 3.0}, {"power triangle"}),
        ({"current_l3_a": 0.1}, {"power l3"}),
        ({"temp_difference_k": 8.0}, {"temperature difference"}),
        ({"heat_kw": 11.5}, {"heat balance"}),
        ({"source_leaving_temp_c": -20.0}, {"source side"}),
    ],
)
def test_contradiction_is_found(change, names):
    assert failed(METER | HEAT | PUMP | change) == names


def test_cooling_and_idle_plant_are_no_contradiction():
    assert failed(HEAT | {"supply_temp_c": 7.0, "return_temp_c": 12.0, "heat_kw": -115.0}) == set()
    assert failed(HEAT | {"supply_temp_c": 7.0, "return_temp_c": 12.0}) == set()
    idle = dict.fromkeys((*METER, *HEAT), 0.0) | {"frequency_hz": 50.0}
    assert failed(idle) == set()
