"""A ground loop of brine behind a calculator that was set to something else."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.heat import Circuit
from analytics.jobs.source_loop import counting_what_flows
from collector.topology import Fluid

RAW = np.full(3, 100.0)


def loop(calculator: Fluid, *, seen: bool = True) -> Circuit:
    """Ethylene glycol of 25 % at 5 °C."""
    one = np.ones(3)
    return Circuit(
        flow_m3h=20.0 * one if seen else None, supply_temp_c=7.0 * one if seen else None,
        return_temp_c=3.0 * one if seen else None, heating_kwh=RAW, cooling_kwh=0.0 * RAW,
        fluid="ethylene_glycol", mass_fraction=0.25, calculator_fluid=calculator,
    )  # fmt: skip


def test_it_is_corrected_once_and_told() -> None:
    right, findings = counting_what_flows("h", loop("water"))
    assert right.heating_kwh == pytest.approx(RAW / 1.0753, rel=1e-3)
    assert [one.code for one in findings] == ["heat.fluid-corrected"]
    again, nothing = counting_what_flows("h", right)
    assert again.heating_kwh == pytest.approx(right.heating_kwh)
    assert nothing == ()


def test_what_is_right_stays() -> None:
    right, findings = counting_what_flows("h", loop("ethylene_glycol"))
    assert right.heating_kwh is RAW
    assert findings == ()


@pytest.mark.parametrize(("calculator", "seen"), [("ethanol", True), ("water", False)])
def test_what_nobody_can_correct_has_no_values(calculator: Fluid, seen: bool) -> None:
    right, findings = counting_what_flows("h", loop(calculator, seen=seen))
    assert right.heating_kwh is not None
    assert np.isnan(right.heating_kwh).all()
    assert [one.code for one in findings] == ["heat.fluid-unknown"]
