"""Energies with the errors of their meters; the published worked example of the GUM."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analytics.instruments import heat_limits
from analytics.metered_energy import HeatSums, counted_energy, heat_energy, unseen_sums
from analytics.uncertainty import Uncertain
from collector.topology import Accuracy


def test_the_worked_example_of_heat_and_cop():
    """N9: 2 % volume, two sensors of 0.1 K at 5 K, 1 % ρ·cp, 1 % electricity.

    The printed figures go on with u(ΔT) rounded to 0.141 K.
    """
    volume = Uncertain(1.0, {"h:flow": 0.02})
    difference = Uncertain(25.0, {"h:t1": 0.1}) - Uncertain(20.0, {"h:t2": 0.1})
    heat = volume * difference * Uncertain(1.16, {"load:fluid": 0.0116})
    assert heat.standard / heat.value == pytest.approx(0.03599, abs=1e-4)
    cop = heat / Uncertain(1.5, {"e:class": 0.015})
    assert cop.standard / cop.value == pytest.approx(0.03735, abs=1e-4)


def test_terms_carry_device_and_part():
    heat = heat_energy(
        "h-load", HeatSums(1000.0, 20.0, 14.0, 8.0), register_kwh=10.0, fluid=("load", 0.01)
    )
    root3 = math.sqrt(3.0)
    assert heat.value == 1000.0
    assert heat.terms == pytest.approx(
        {
            "h-load:flow": 20.0 / root3,
            "h-load:pair": 14.0 / root3,
            "h-load:calculator": 8.0 / root3,
            "h-load:register": 10.0 / math.sqrt(6.0),
            "load:fluid": 10.0 / root3,
        }
    )


def test_an_offset_that_adds_to_heat_takes_away_from_cold():
    """Over a balanced year the offset of the pair cancels in heat + cold, that of the flow adds."""
    sums = HeatSums(1000.0, 20.0, 14.0, 8.0)
    both = heat_energy("h", sums) + heat_energy("h", sums, cooling=True)
    assert both.terms["h:pair"] == pytest.approx(0.0)
    assert both.terms["h:flow"] == pytest.approx(40.0 / math.sqrt(3.0))


def test_heat_without_flow_and_temperatures_is_judged_at_the_worst_of_the_range():
    limits = heat_limits(Accuracy.model_validate({"class": "2", "permanent_flow_m3h": 100.0}))
    sums = unseen_sums(limits, 1000.0)
    assert (sums.flow, sums.pair, sums.calculator) == pytest.approx((40.0, 35.0, 15.0))
    with pytest.raises(ValueError, match="energy_kwh"):
        unseen_sums(limits, -1.0)


def test_electricity_has_its_class_and_its_register():
    energy = counted_energy("e-plant", 2000.0, 0.5, register_kwh=1.0)
    assert energy.terms["e-plant:class"] == pytest.approx(10.0 / math.sqrt(3.0))
    assert energy.terms["e-plant:register"] == pytest.approx(1.0 / math.sqrt(6.0))


def test_the_steps_of_a_register_do_not_grow_with_time():
    """Simulated: a difference of two readings of step r scatters by r/√6, for a day or a year."""
    rng = np.random.default_rng(5)
    begins = rng.uniform(0.0, 10.0, 40_000)
    for true in (3.7, 730.0):
        ends = begins + true + rng.uniform(0.0, 10.0, begins.size)
        error = np.floor(ends / 10) * 10 - np.floor(begins / 10) * 10 - (ends - begins)
        assert np.std(error) == pytest.approx(10.0 / math.sqrt(6.0), rel=0.02)
