"""Device models over short traces of winter and summer."""

from __future__ import annotations

import functools
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from collector.model import QUANTITIES, OperatingState
from firmware_sims.devices.instruments import Instruments, column
from firmware_sims.devices.models import DeviceModel
from firmware_sims.physics.design import ComplexDesign
from firmware_sims.physics.office import OfficeComplex
from firmware_sims.physics.truth import Trace

MODEL: TypeAdapter[DeviceModel] = TypeAdapter(DeviceModel)
EXACT = {"seed": 7, "exact": True}


@functools.cache
def two_days(month: int) -> Trace:
    """A Monday and a Tuesday after two weeks from rest."""
    begin = int(datetime(2025, month, 1, tzinfo=UTC).timestamp() * 1000)
    office = OfficeComplex(ComplexDesign())
    state = office.rest_state(begin)
    office.run(state, 14 * 96, 900)
    return office.run(state, 2 * 96, 900)


def model(kind: str, **keys: object) -> DeviceModel:
    return MODEL.validate_python({"device": "dut", "model": kind, **keys})


EVERY_KIND = [
    model("electricity_meter", power="main_kw"),
    model("heat_meter", flow="load_flow_m3h", supply="load_supply_temp_c",
          **{"return": "load_return_temp_c"}, heat="load_thermal_kw", permanent_flow=600),
    model("heat_pump", number=1),
    model("annex_heat_pump"),
    model("pump", pump="source_pump1"),
    model("water_meter", flow="water_m3h"),
    model("gas_meter", flow="gas_m3h"),
    model("weather"),
]  # fmt: skip


@pytest.mark.parametrize("one", EVERY_KIND, ids=lambda one: one.model)
def test_fields_are_known_quantities_finite_and_as_long_as_the_trace(one):
    trace = two_days(1)
    fields = one.observe(trace, Instruments(7))
    assert set(fields) <= set(QUANTITIES)
    for name, values in fields.items():
        assert values.shape == trace.at_ms.shape, name
        assert np.isfinite(values).all(), name


@pytest.mark.parametrize("one", EVERY_KIND, ids=lambda one: one.model)
def test_a_trace_in_pieces_gives_the_same_as_in_one(one):
    trace = two_days(1)
    whole = one.observe(trace, Instruments(7))
    instruments = Instruments(7)
    pieces = [
        one.observe(
            Trace(trace.at_ms[part], trace.dt_s, {n: v[part] for n, v in trace.values.items()}),
            instruments,
        )
        for part in np.array_split(np.arange(len(trace.at_ms)), 5)
    ]
    for name, values in whole.items():
        joined = np.concatenate([piece[name] for piece in pieces])
        np.testing.assert_allclose(joined, values, rtol=1e-12, atol=1e-9, err_msg=name)


@given(cut=st.integers(1, 9), rates=st.lists(st.floats(0, 1000), min_size=10, max_size=10))
def test_a_counter_counts_the_same_wherever_its_time_is_cut(cut, rates):
    rates = np.array(rates)
    whole = Instruments(1).count("d", "x", rates, 60.0, 500.0)
    cutting = Instruments(1)
    parts = [cutting.count("d", "x", piece, 60.0, 500.0) for piece in (rates[:cut], rates[cut:])]
    np.testing.assert_allclose(np.concatenate(parts), whole, rtol=1e-12)


def test_errors_are_drawn_once_and_differ_between_devices_and_parts():
    instruments = Instruments(1)
    shares = {instruments.error_share(d, p) for d in ("a", "b") for p in ("flow", "sensors")}
    assert len(shares) == 4
    assert all(-1.0 < share < 1.0 for share in shares)
    assert shares == {Instruments(1).error_share(d, p) for d in "ab" for p in ("flow", "sensors")}
    assert Instruments(1, exact=True).gain("a", "class", 1.0) == 1.0


def test_two_feeders_share_a_load():
    trace = two_days(1)
    parts = [
        model("electricity_meter", power="main_kw", share=share).observe(
            trace, Instruments(**EXACT)
        )
        for share in (0.55, 0.45)
    ]
    np.testing.assert_allclose(sum(p["power_kw"] for p in parts), trace.values["main_kw"])


def test_an_exact_heat_meter_counts_the_heat_that_went_through():
    trace = two_days(1)
    meter = EVERY_KIND[1]
    fields = meter.observe(trace, Instruments(**EXACT))
    counted = fields["heat_energy_kwh"][-1] - fields["heat_energy_kwh"][0]
    true = trace.values["load_heat_kwh"][-1] - trace.values["load_heat_kwh"][0]
    assert true > 1_000.0
    assert counted == pytest.approx(true, rel=0.01)


def test_a_reversed_heat_meter_counts_extraction_as_heat():
    keys = {"flow": "source_flow_m3h", "supply": "source_supply_temp_c",
            "return": "source_return_temp_c", "heat": "source_thermal_kw",
            "permanent_flow": 600}  # fmt: skip
    fields = model("heat_meter", reversed=True, **keys).observe(two_days(1), Instruments(**EXACT))
    drawn = fields["heat_energy_kwh"][-1] - fields["heat_energy_kwh"][0]
    given_back = fields["cooling_energy_kwh"][-1] - fields["cooling_energy_kwh"][0]
    assert drawn > 1_000.0 > given_back


@pytest.mark.parametrize(("month", "state"), [(1, OperatingState.HEAT), (7, OperatingState.COOL)])
def test_a_heat_pump_says_what_it_does(month, state):
    trace = two_days(month)
    fields = model("heat_pump", number=1).observe(trace, Instruments(7))
    runs = trace.values["hp1_part_load"] > 0
    assert runs.any()
    assert set(fields["state"][runs]) == {float(state)}
    assert set(fields["state"][~runs]) <= {0.0, 1.0}
    assert (fields["compressor_hz"] > 0).tolist() == runs.tolist()
    warm, cold = ("load", "source") if month == 1 else ("source", "load")
    assert (fields[f"{warm}_leaving_temp_c"] > fields[f"{cold}_leaving_temp_c"])[runs].all()
    assert (fields["condenser_temp_c"] >= fields["suction_temp_c"] - 5.0)[runs].all()


def test_the_annex_heats_in_winter_with_a_plausible_cop_and_rests_in_summer():
    winter = model("annex_heat_pump").observe(two_days(1), Instruments(7))
    summer = model("annex_heat_pump").observe(two_days(7), Instruments(7))
    cop = winter["heat_kw"] / winter["power_kw"]
    assert 3.5 < cop.min() <= cop.max() < 7.0
    assert not summer["heat_kw"].any()
    assert set(summer["state"]) == {float(OperatingState.STANDBY)}
    heat = winter["heat_kw"]
    water = 1.16 * winter["load_flow_m3h"]
    spread = winter["load_leaving_temp_c"] - winter["load_entering_temp_c"]
    np.testing.assert_allclose(water * spread, heat, rtol=0.01)


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="no column 'warmth_kw'"):
        column(two_days(1), "warmth_kw")
