"""What the devices of the office scenario show, in history and on into the live run."""

from __future__ import annotations

import numpy as np
import pytest

from collector.errors import ConfigError
from collector.model import Kind
from firmware_sims.faults import Reset
from firmware_sims.scenario import OfficeScenario
from firmware_sims.simulation import OfficeSimulation, timeline
from tests.firmware_sims.office import UNTIL_MS, office, short_past


def test_a_timeline_lies_on_whole_steps_and_spans_a_year():
    line = timeline(UNTIL_MS, days=7)
    assert UNTIL_MS - 60_000 < line.until_ms <= UNTIL_MS
    assert line.until_ms % 60_000 == line.recent_ms % 900_000 == line.start_ms % 900_000 == 0
    assert 7 * 86_400_000 <= line.until_ms - line.recent_ms < 7 * 86_400_000 + 900_000
    assert line.recent_ms - line.start_ms == 358 * 86_400_000


@pytest.mark.parametrize(("days", "step_s"), [(0, 60), (365, 60), (7, 7), (7, 0)])
def test_a_timeline_that_cannot_be_laid_out_is_refused(days, step_s):
    with pytest.raises(ValueError, match="days must be"):
        timeline(UNTIL_MS, days, step_s)


def test_every_polled_field_of_every_device_has_a_plausible_value_at_every_instant():
    configuration, _ = office()
    _, _, parts = short_past()
    for observed in parts:
        for device in configuration.settings.devices:
            points = configuration.site.devices[device.id].points
            fields = observed[device.id].fields
            for name, point in points.items():
                values = fields[name]
                assert np.isfinite(values).all(), (device.id, name)
                assert values.min() >= point.low, (device.id, name)
                assert values.max() <= point.high, (device.id, name)


def test_counters_never_fall_through_the_year_and_the_last_day():
    configuration, _ = office()
    _, _, (year, recent) = short_past()
    counted = 0
    for device in configuration.settings.devices:
        for name, point in configuration.site.devices[device.id].points.items():
            if point.quantity.kind is Kind.COUNTER:
                whole = np.concatenate([p[device.id].fields[name] for p in (year, recent)])
                assert np.diff(whole).min() >= 0, (device.id, name)
                counted += 1
    assert counted > 80


def test_the_main_meter_is_the_sum_of_the_sub_meters_and_the_losses():
    configuration, scenario = office()
    _, traces, _ = short_past()
    exact = OfficeSimulation(configuration, scenario).exactly(traces)
    for trace, devices in zip(traces, exact, strict=True):
        power = {device: fields["power_kw"] for device, fields in devices.items()
                 if device.startswith("e-")}  # fmt: skip
        mains = power.pop("e-main-1") + power.pop("e-main-2")
        plant = power.pop("e-plant")
        towers = [values for device, values in power.items() if device[:4] in ("e-a-", "e-b-")]
        assert len(towers) == 8
        np.testing.assert_allclose(mains, sum(towers) + plant + trace.values["loss_kw"])
        parts = [v for device, v in power.items() if device[:4] not in ("e-a-", "e-b-")]
        assert len(parts) == 6
        np.testing.assert_allclose(plant, sum(parts))


def test_real_meters_stay_within_their_class_of_the_truth():
    configuration, scenario = office()
    _, traces, parts = short_past()
    exact = OfficeSimulation(configuration, scenario).exactly(traces)
    for shown, true in zip(parts, exact, strict=True):
        for model in scenario.devices:
            if model.model != "electricity_meter":
                continue
            measured = shown[model.device].fields["power_kw"]
            power_kw = true[model.device]["power_kw"]
            limit_kw = model.accuracy / 100.0 * power_kw + 0.0015  # the class and a step
            assert (np.abs(measured - power_kw) <= limit_kw).all(), model.device


def test_phases_add_up_to_the_power_of_the_meter():
    _, _, (_, recent) = short_past()
    fields = recent["e-a-special"].fields
    total = sum(fields[f"power_l{n}_kw"] for n in (1, 2, 3))
    np.testing.assert_allclose(total, fields["power_kw"], atol=2e-4)
    volt_amperes = sum(fields[f"voltage_l{n}_v"] * fields[f"current_l{n}_a"] for n in (1, 2, 3))
    np.testing.assert_allclose(
        volt_amperes * fields["power_factor"] / 1000.0, fields["power_kw"], rtol=5e-3
    )


def test_heat_meters_show_the_heat_of_their_own_flow_and_temperatures():
    _, _, (year, _) = short_past()
    fields = year["h-load"].fields
    busy = fields["flow_m3h"] > 100.0
    from_water = 1.155 * fields["flow_m3h"] * fields["temp_difference_k"]
    np.testing.assert_allclose(fields["heat_kw"][busy], from_water[busy], rtol=0.03, atol=25.0)
    assert fields["heat_kw"].min() < -500.0 < 500.0 < fields["heat_kw"].max()


def test_live_goes_on_where_history_ends():
    configuration, scenario = office()
    line, _, (_, recent) = short_past()
    simulation = OfficeSimulation(configuration, scenario, live_ms=UNTIL_MS)
    simulation.start(line)
    simulation.advance(line.until_ms + 1_000)
    for device in configuration.settings.devices:
        now = simulation.values(device.id)
        for name, point in configuration.site.devices[device.id].points.items():
            if point.quantity.kind is Kind.COUNTER:
                last = float(recent[device.id].fields[name][-1])
                # a second at the full power of the place, and a step of the register
                assert last <= now[name] <= last + 2.0, (device.id, name)


def test_the_live_run_catches_up_with_the_clock_however_far_behind():
    configuration, scenario = office()
    line, _, _ = short_past()
    simulation = OfficeSimulation(configuration, scenario, live_ms=UNTIL_MS)
    simulation.start(line)
    before = simulation.values("e-main-1")
    simulation.advance(line.until_ms + 3_600_000 + 500)
    after = simulation.values("e-main-1")
    assert 50.0 < after["energy_kwh"] - before["energy_kwh"] < 1_200.0
    simulation.advance(line.until_ms + 3_600_000 + 900)
    assert simulation.values("e-main-1") is after  # not a second has gone by


@pytest.mark.parametrize(("seed", "same"), [(None, True), (1, False)])
def test_the_same_seed_gives_the_same_complex_and_another_seed_another(seed, same):
    configuration, scenario = office()
    line, _, (_, recent) = short_past()
    simulation = OfficeSimulation(configuration, scenario, seed=seed)
    simulation.start(line)
    fields = recent["e-a-power"].fields
    last = {name: float(values[-1]) for name, values in fields.items()}
    assert (simulation.values("e-a-power") == last) is same


def test_faults_of_values_reach_history_and_live():
    configuration, scenario = office()
    line, _, (_, sound) = short_past()
    fault = Reset(kind="reset", device="w-b", fields=("volume_m3",), starts="-6h")
    simulation = OfficeSimulation(configuration, scenario, faults=[fault], live_ms=UNTIL_MS)
    _, trace = traces = simulation.past(line)
    spoilt = [simulation.observe(one) for one in traces][1]["w-b"].fields["volume_m3"]
    begun = trace.at_ms >= UNTIL_MS - 6 * 3_600_000
    np.testing.assert_array_equal(spoilt[~begun], sound["w-b"].fields["volume_m3"][~begun])
    assert spoilt[begun][0] < 1.0
    simulation.advance(line.until_ms + 60_000)
    assert spoilt[-1] <= simulation.values("w-b")["volume_m3"] < spoilt[-1] + 5.0


def test_a_binding_to_a_column_that_is_not_there_is_told_with_the_device():
    configuration, scenario = office()
    wrong = scenario.devices[0].model_copy(update={"power": "mane_kw"})
    changed = scenario.model_copy(update={"devices": (wrong, *scenario.devices[1:])})
    with pytest.raises(ConfigError, match="e-main-1: the truth has no column 'mane_kw'"):
        OfficeSimulation(configuration, changed)


def test_a_binding_that_leaves_a_polled_field_empty_is_told():
    configuration, scenario = office()
    bindings = {model.device: model for model in scenario.devices}
    bindings["weather"] = bindings["w-a"].model_copy(update={"device": "weather"})
    changed = scenario.model_copy(update={"devices": tuple(bindings.values())})
    with pytest.raises(ConfigError, match=r"weather: a water_meter does not know .*irradiance"):
        OfficeSimulation(configuration, changed)


def test_the_shipped_faults_are_off_unless_asked_for():
    configuration, scenario = office()
    assert isinstance(scenario, OfficeScenario)
    assert len(scenario.faults) > 10
    assert OfficeSimulation(configuration, scenario).faults == ()
