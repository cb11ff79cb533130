"""Bad input never yields a silent number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analytics.plant import Circuit, Performance, performance
from collector.model import OperatingState as State

HOUR = 3_600_000
HOURS = 48


def winter(spread: float, source_spread: float | None = None, **more: Any) -> Performance:
    """Two days of heating with 50 m³/h in the load circuit."""
    one = np.ones(HOURS)
    source = None
    if source_spread is not None:
        source = Circuit(60.0 * one, 12.0 * one, (12.0 - source_spread) * one)
    settings: dict[str, Any] = {
        "at_ms": np.arange(HOURS, dtype=np.int64) * HOUR,
        "interval_ms": HOUR,
        "circuits": {"h-load": Circuit(50.0 * one, 42.0 * one, (42.0 - spread) * one)},
        "electricity": {"units": 70.0 * one},
        "source": source,
    } | more
    return performance(**settings)


def test_right_way_round_all_is_well():
    found = winter(5.0, 4.0, status=np.full(HOURS, State.HEAT))
    assert found.findings == ()
    assert found.ratios["H1"].value is not None


@pytest.mark.parametrize("known", [{"status": np.full(HOURS, State.HEAT)}, {"source_spread": 4.0}])
def test_swapped_supply_and_return_are_refused(known):
    found = winter(-5.0, **known)
    assert found.findings[0].code == "heat.swapped"
    assert found.findings[0].severity == "alarm"
    for ratio in found.ratios.values():
        assert ratio.value is None
        assert ratio.reason == found.findings[0].sentence


def test_an_hour_against_the_mode_is_not_yet_swapped():
    status = np.full(HOURS, State.HEAT)
    status[0] = State.COOL
    found = winter(5.0, status=status)
    assert [finding.code for finding in found.findings] == ["heat.clipped"]
    assert found.ratios["H1"].value is not None
    assert found.ratios["C1"].value is None
    assert found.findings[0].evidence["clipped_kwh"] == pytest.approx(287.5, rel=0.01)


def test_negative_flow_and_negative_energy_are_unknown_and_told():
    one = np.ones(HOURS)
    flow, power = 50.0 * one, 70.0 * one
    flow[3], power[4:6] = -50.0, -70.0
    found = winter(5.0, circuits={"h-load": Circuit(flow, 42.0 * one, 37.0 * one)},
                   electricity={"units": power})  # fmt: skip
    evidence = {finding.code: finding.evidence for finding in found.findings}
    assert evidence["flow.negative"] == {"device": "h-load", "intervals": 1.0}
    assert evidence["electricity.negative"] == {"device": "units", "intervals": 2.0}
    assert found.ratios["H1"].coverage == pytest.approx(45 / 48)
    assert found.states[3] == -1


def test_a_register_that_runs_backwards_is_unknown_and_told():
    heat = np.full(HOURS, 280.0)
    heat[0] = -280.0
    found = winter(5.0, circuits={"h": Circuit(heating_kwh=heat, cooling_kwh=np.zeros(HOURS))})
    assert [finding.code for finding in found.findings] == ["heat.negative"]
    assert found.ratios["H1"].coverage == pytest.approx(47 / 48)


def test_registers_count_without_temperatures_but_at_the_worst_of_the_range():
    one = np.ones(HOURS)
    counted = {"heating_kwh": 280.0 * one, "cooling_kwh": 0.0 * one}
    blind = 42.0 * one
    blind[:24] = np.nan
    seen = winter(5.0, circuits={"h": Circuit(50.0 * one, 42.0 * one, 37.0 * one, **counted)})
    half = winter(5.0, circuits={"h": Circuit(50.0 * one, blind, 37.0 * one, **counted)})
    assert half.ratios["H1"].heat.value == seen.ratios["H1"].heat.value
    assert half.ratios["H1"].not_claimable == pytest.approx(0.5)
    assert half.ratios["H1"].heat.terms["h:pair"] > seen.ratios["H1"].heat.terms["h:pair"]
    assert set(half.states) == {State.HEAT}


def test_a_pump_that_only_circulates_follows_the_season():
    """A difference within the sensors' error would give the electricity to heating or cooling by
    the sign of their offset."""
    one = np.ones(HOURS)
    for offset in (-0.05, 0.05):
        found = winter(offset, season=np.array([-1, -1]), electricity={"units": one})
        assert found.ratios["H1"].electricity.value == 0.0
        assert found.ratios["C1"].electricity.value == pytest.approx(48.0)
        assert set(found.states) == {State.STANDBY}


@pytest.mark.parametrize("factor", [1e-3, 1e3])
def test_a_register_of_mwh_read_as_kwh_is_refused(factor):
    found = winter(5.0, electricity={"units": factor * 70.0 * np.ones(HOURS)})
    assert [finding.code for finding in found.findings] == ["energy.unit"]
    assert found.ratios["H1"].value is None
    assert found.ratios["H1"].reason == found.findings[0].sentence


def test_free_cooling_is_no_misread_unit():
    one = np.ones(HOURS)
    found = winter(-5.0, electricity={"units": 0.5 * one}, running_kw=5.0)
    assert set(found.states) == {State.FREE_COOLING}
    assert found.ratios["C1"].value is not None
    assert found.ratios["C1"].value.value > 500.0
