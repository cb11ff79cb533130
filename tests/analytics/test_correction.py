"""A calculator that counts for the wrong fluid."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.correction import corrected, corrected_circuits, corrected_finding
from analytics.heat import Circuit
from analytics.plant import performance

HOUR = 3_600_000
RAW = np.full(3, 100.0)


def test_a_calculator_set_to_water_overstates_a_brine():
    raw = np.array([100.0, 100.0, np.nan])
    right = corrected(raw, np.array([5.0, np.nan, 5.0]), calculator_fluid="water",
                      fluid="ethylene_glycol", mass_fraction=0.25)  # fmt: skip
    assert right[0] == pytest.approx(100.0 / 1.0753, rel=1e-3)
    assert np.isnan(right[1:]).all()
    assert corrected_finding("h-source", 100.0, float(right[0])).code == "heat.fluid-corrected"


def test_what_needs_no_correction_and_what_cannot_have_one():
    raw, temp = np.array([100.0]), np.array([5.0])
    same = corrected(raw, temp, calculator_fluid="ethanol", fluid="ethanol", mass_fraction=0.25)
    assert same[0] == 100.0
    assert same is not raw
    with pytest.raises(ValueError, match="calculator_fluid"):
        corrected(raw, temp, calculator_fluid="ethanol", fluid="water", mass_fraction=0.0)


def circuit(calculator: str, *, seen: bool = True) -> Circuit:
    """Ethylene glycol of 25 % at 5 °C, counted for something else."""
    one = np.ones(3)
    more = {"flow_m3h": 20.0 * one, "supply_temp_c": 7.0 * one, "return_temp_c": 3.0 * one}
    return Circuit(
        **(more if seen else {}), heating_kwh=RAW, cooling_kwh=0.0 * RAW, mass_fraction=0.25,
        fluid="ethylene_glycol", calculator_fluid=calculator,
    )  # fmt: skip


def told(one: Circuit):
    return performance(at_ms=np.arange(3) * HOUR, interval_ms=HOUR, circuits={"h": one},
                       electricity={"units": np.full(3, 25.0)})  # fmt: skip


def test_performance_uses_the_corrected_channel_and_says_so():
    found = told(circuit("water"))
    assert [finding.code for finding in found.findings] == ["heat.fluid-corrected"]
    assert found.ratios["H1"].heat.value == pytest.approx(300.0 / 1.0753, rel=1e-3)
    assert found.findings[0].evidence["raw_kwh"] == 300.0
    assert RAW[0] == 100.0


@pytest.mark.parametrize(("calculator", "seen"), [("ethanol", True), ("water", False)])
def test_what_cannot_be_corrected_is_refused(calculator, seen):
    found = told(circuit(calculator, seen=seen))
    assert [finding.code for finding in found.findings] == ["heat.fluid-unknown"]
    assert found.ratios["H1"].value is None
    assert found.ratios["H1"].reason == found.findings[0].sentence


def test_the_right_setting_needs_nothing():
    given = {"h": circuit("ethylene_glycol")}
    assert corrected_circuits(given) == (given, ())
