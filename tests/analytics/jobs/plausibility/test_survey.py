"""A day of a small plant in a real store: what is wrong with it is told, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from tests.analytics.jobs.plausibility.small_plant import (
    DAY,
    HOUR,
    HOURS,
    RUNNING,
    START,
    Values,
    look,
    register,
)

BETWEEN = (HOURS >= 10) & (HOURS < 15)


def test_a_sound_day_tells_nothing(tmp_path):
    assert look(tmp_path).codes == set()


def test_an_all_zero_summer_is_no_finding(tmp_path):
    def stopped(values: Values) -> None:
        for device in ("hp", "h-load", "h-source"):
            for name, shown in values[device].items():
                still = {"supply_temp_c", "return_temp_c"}
                values[device][name] = np.full(shown.shape, 24.0) if name in still else shown * 0
        for device in ("h-load", "h-source"):
            for name in ("heat_energy_kwh", "cooling_energy_kwh", "volume_m3"):
                values[device][name] = np.full(HOURS.shape, 5000.0)
        values["e-hp"]["power_kw"] = np.zeros(HOURS.shape)
        values["e-hp"]["energy_kwh"] = np.full(HOURS.shape, 5000.0)
        power = 1.01 * values["e-a"]["power_kw"]
        values["e-main"] |= {"power_kw": power, "energy_kwh": register(power)}

    assert look(tmp_path, stopped).codes == set()


def test_a_missing_meter_is_silent_and_its_account_cannot_be_checked(tmp_path):
    told = look(tmp_path, lambda values: values.pop("e-a"))
    assert told.codes == {
        ("e-a", "device.silent"), ("e-main/electricity", "meters.closure-unchecked")
    }  # fmt: skip
    silent = told.one("device.silent")
    assert silent.finding.severity == "alarm"
    assert "Meter e-a (e-a), 2026-01-15 00:00 to 2026-01-16 00:00" in silent.finding.sentence.en
    assert "e-a 表（e-a）" in silent.finding.sentence.zh


def test_a_meter_that_falls_silent_is_told_with_its_last_answer(tmp_path):
    def dies(values: Values) -> None:
        for shown in values["w"].values():
            shown[HOURS >= 15] = np.nan

    told = look(tmp_path, dies)
    assert told.codes == {("w", "device.silent"), ("w", "data.coverage"), ("w", "data.gap")}
    assert told.one("device.silent").finding.evidence["last_ms"] == START + 15 * HOUR - 60_000


def test_a_field_that_is_missing_while_its_device_answers(tmp_path):
    def broken(values: Values) -> None:
        values["h-load"]["heat_kw"][:] = np.nan

    told = look(tmp_path, broken)
    assert told.codes == {("h-load/heat_kw", "data.coverage")}
    assert told.one("data.coverage").finding.evidence["there"] == 0


def test_negative_flow(tmp_path):
    def backwards(values: Values) -> None:
        values["h-load"]["flow_m3h"][BETWEEN] *= -1.0

    told = look(tmp_path, backwards)
    found = told.one("circuit.negative-flow")
    assert found.point == "h-load/flow_m3h"
    assert found.finding.evidence["total_ms"] == 5 * HOUR
    assert "2026-01-15 10:00 to 15:00" in found.finding.sentence.en
    assert "value.out-of-range" not in {code for _, code in told.codes}


@pytest.mark.parametrize("device", ["h-load", "h-source"])
def test_swapped_supply_and_return(tmp_path, device):
    def swap(values: Values) -> None:
        its = values[device]
        its["supply_temp_c"], its["return_temp_c"] = its["return_temp_c"], its["supply_temp_c"]

    found = look(tmp_path, swap).one("circuit.swapped")
    assert (found.device, found.finding.severity) == (device, "alarm")
    assert found.finding.evidence["found_from_ms"] >= START + 5 * HOUR
    assert found.finding.evidence["found_to_ms"] <= START + DAY


def test_a_swap_of_six_hours_in_the_middle_of_a_day_is_found(tmp_path):
    def swap(values: Values) -> None:
        its, part = values["h-load"], (HOURS >= 10.5) & (HOURS < 16.5)
        supply, back = its["supply_temp_c"].copy(), its["return_temp_c"].copy()
        its["supply_temp_c"][part], its["return_temp_c"][part] = back[part], supply[part]

    assert look(tmp_path, swap).one("circuit.swapped").device == "h-load"


@pytest.mark.parametrize(
    ("point", "scale", "word"),
    [
        (("e-hp", "energy_kwh"), 1e-3, "MWh"),
        (("h-load", "heat_energy_kwh"), 1e-3, "MWh"),
        (("h-load", "heat_energy_kwh"), 3.6, "MJ"),
        (("w", "volume_m3"), 1e3, "litres"),
    ],
)
def test_a_mix_up_of_units(tmp_path, point, scale, word):
    def scaled(values: Values) -> None:
        device, field = point
        values[device][field] *= scale

    found = look(tmp_path, scaled).one("register.unit")
    assert (found.device, found.field) == point
    assert word in found.finding.sentence.en
    assert found.finding.evidence["ratio"] == pytest.approx(scale, rel=0.02)


def test_a_mix_up_of_units_is_found_in_quarter_hours_too(tmp_path):
    def scaled(values: Values) -> None:
        values["e-hp"]["energy_kwh"] *= 1e-3

    found = look(tmp_path, scaled, every_minutes=15).one("register.unit")
    assert found.point == "e-hp/energy_kwh"


def test_a_register_that_loses_part_of_its_energy(tmp_path):
    def slips(values: Values) -> None:
        values["e-hp"]["energy_kwh"] = register(0.9 * values["e-hp"]["power_kw"])

    told = look(tmp_path, slips)
    found = told.one("register.integral")
    assert found.point == "e-hp/energy_kwh"
    assert found.finding.evidence["share"] == pytest.approx(1 / 9, rel=0.01)


def test_a_frozen_sensor(tmp_path):
    def frozen(values: Values) -> None:
        values["h-load"]["supply_temp_c"][BETWEEN] = 45.0
        values["h-load"]["flow_m3h"][(HOURS > 12) & (HOURS < 13)] *= 1.2

    found = look(tmp_path, frozen).one("value.frozen")
    assert (found.point, found.finding.severity) == ("h-load/supply_temp_c", "alarm")
    assert "5.0 h, bit for bit" in found.finding.sentence.en


def test_overlapping_meters_exceed_the_main_meter(tmp_path):
    def twice(values: Values) -> None:
        values["e-a"] = dict(values["e-main"])

    told = look(tmp_path, twice)
    found = told.one("meters.closure")
    assert found.device == "e-main"
    assert found.finding.evidence["difference"] < 0
    assert "too much" in found.finding.sentence.en


def test_consumers_that_no_sub_meter_counts(tmp_path):
    def less(values: Values) -> None:
        power = 0.5 * values["e-a"]["power_kw"]
        values["e-a"] |= {"power_kw": power, "energy_kwh": register(power)}

    assert "missing" in look(tmp_path, less).one("meters.closure").finding.sentence.en


def test_a_register_that_begins_anew(tmp_path):
    def reset(values: Values) -> None:
        values["w"]["volume_m3"][HOURS >= 12] -= values["w"]["volume_m3"][HOURS == 12]

    found = look(tmp_path, reset).one("counter.drop")
    assert found.point == "w/volume_m3"
    assert "2026-01-15 11:59 to 12:00" in found.finding.sentence.en


def test_values_that_cannot_be_and_values_that_leap(tmp_path):
    def wild(values: Values) -> None:
        values["weather"]["outdoor_temp_c"][BETWEEN] = 58.0
        values["h-source"]["supply_temp_c"][HOURS == 12] = 49.0

    codes = look(tmp_path, wild).codes
    assert {
        ("weather/outdoor_temp_c", "value.out-of-range"),
        ("weather/outdoor_temp_c", "value.step"),
        ("h-source/supply_temp_c", "value.spike"),
    } == codes


def test_no_flow_while_the_heat_pump_works(tmp_path):
    def stuck(values: Values) -> None:
        values["hp"]["source_flow_m3h"][BETWEEN] = 0.0

    found = look(tmp_path, stuck).one("circuit.no-flow-under-load")
    assert (found.point, found.finding.severity) == ("hp/source_flow_m3h", "alarm")


def test_two_sensors_in_the_same_water_that_differ(tmp_path):
    def drifted(values: Values) -> None:
        values["hp"]["source_entering_temp_c"] += 1.6

    found = look(tmp_path, drifted).one("circuit.pair-deviation")
    assert found.point == "h-source/supply_temp_c"
    assert "hp/source_entering_temp_c" in found.finding.sentence.zh


def test_a_pair_of_sensors_that_disagrees_while_only_the_pump_runs(tmp_path):
    def circulates(values: Values) -> None:
        its = values["hp"]
        its["load_flow_m3h"] = np.where(RUNNING, its["load_flow_m3h"], 30.0)
        its["load_entering_temp_c"][~RUNNING] -= 0.9

    found = look(tmp_path, circulates).one("circuit.pair-offset")
    assert found.point == "hp/load_leaving_temp_c"
    assert found.finding.evidence["offset_k"] == pytest.approx(0.9)


def test_a_cop_that_no_plant_has(tmp_path):
    def tenfold(values: Values) -> None:
        for name in ("power_kw", "energy_kwh"):
            values["e-hp"][name] *= 0.3

    found = [one for one in look(tmp_path, tenfold).found if one.field == "cop_heating"]
    assert [one.finding.code for one in found] == ["value.implausible-cop"]
    assert found[0].finding.evidence["cop"] > 7.5


def test_history_in_quarter_hours_is_told_once_per_device(tmp_path):
    told = look(tmp_path, every_minutes=15)
    assert {code for _, code in told.codes} == {"data.coverage"}
    assert len(told.found) == 8
    assert all("every 15 min instead of every 60 s" in o.finding.sentence.en for o in told.found)
