"""Fluid properties against CoolProp 8 and the published tables."""

from __future__ import annotations

import numpy as np
import pytest
from CoolProp.CoolProp import PropsSI
from hypothesis import given
from hypothesis import strategies as st

from analytics.fluids import (
    density,
    fluid_bound,
    freezing_point,
    heat_coefficient,
    volumetric_heat_capacity,
)

COOLPROP = {"ethylene_glycol": "MEG", "propylene_glycol": "MPG", "ethanol": "MEA"}
HIGHEST = {"ethylene_glycol": 60.0, "propylene_glycol": 60.0, "ethanol": 40.0}
TABULATED = [
    ("ethylene_glycol", 0.10, -3.36, (4.0923438, -6.9699219e-05, -5.178207e-06, -2.7328547e-08)),
    ("ethylene_glycol", 0.20, -7.95, (3.9730507, 0.0010916328, -1.1696298e-05, -1.1641446e-08)),
    ("ethylene_glycol", 0.25, -10.97, (3.9021512, 0.0016245817, -1.3924167e-05, -6.9827644e-09)),
    ("ethylene_glycol", 0.30, -14.58, (3.8226009, 0.0021704626, -1.5649585e-05, -4.6555308e-09)),
    ("ethylene_glycol", 0.40, -23.81, (3.6415916, 0.0033616376, -1.8107278e-05, -8.0217673e-09)),
    ("propylene_glycol", 0.20, -7.17, (4.0149682, 0.0013302309, -1.5486484e-05, 1.9104555e-08)),
    ("propylene_glycol", 0.25, -9.79, (3.9721046, 0.0015180856, -1.657896e-05, 2.6123423e-08)),
    ("propylene_glycol", 0.30, -12.79, (3.9226532, 0.0016269121, -1.6756394e-05, 3.1595315e-08)),
    ("propylene_glycol", 0.40, -20.57, (3.795787, 0.0018187336, -1.5279881e-05, 3.7208762e-08)),
    ("ethanol", 0.20, -11.12, (4.2634779, -0.0028280646, -5.8817082e-05, 1.341613e-06)),
    ("ethanol", 0.25, -15.45, (4.1567504, -0.00088484963, -5.9097812e-05, 9.8762782e-07)),
    ("ethanol", 0.30, -20.14, (4.017329, 0.0012288716, -6.281146e-05, 6.8153338e-07)),
]


def coolprop(fluid: str, fraction: float, temp_c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Density [kg/m³] and heat capacity by volume [kJ/(m³ K)]."""
    name = f"INCOMP::{COOLPROP[fluid]}[{fraction:.8f}]"
    rho = PropsSI("D", "T", temp_c + 273.15, "P", 3e5, name)
    return rho, rho * PropsSI("C", "T", temp_c + 273.15, "P", 3e5, name) / 1e3


def test_water_agrees_with_the_steam_tables():
    temp = np.linspace(1.0, 95.0, 189)
    rho = PropsSI("D", "T", temp + 273.15, "P", 1.6e6, "IF97::Water")
    capacity = rho * PropsSI("C", "T", temp + 273.15, "P", 1.6e6, "IF97::Water") / 1e3
    ours = volumetric_heat_capacity("water", 0.0, temp)
    np.testing.assert_allclose(ours, capacity, rtol=2e-4)
    np.testing.assert_allclose(density("water", 0.0, temp), rho, atol=0.011)


def test_water_at_five_degrees():
    """The reference is at 300 kPa, the polynomials at 1.6 MPa: 0.07 % apart."""
    assert density("water", 0.0, 5.0) == pytest.approx(1000.064, rel=7e-4)
    assert volumetric_heat_capacity("water", 0.0, 5.0) == pytest.approx(4204.45, rel=7e-4)


@pytest.mark.parametrize(("fluid", "fraction", "freezing", "cubic"), TABULATED)
def test_brines_reproduce_the_table_and_coolprop(fluid, fraction, freezing, cubic):
    temp = np.linspace(max(freezing + 1.01, -10.0), 40.0, 101)
    ours = volumetric_heat_capacity(fluid, fraction, temp)
    table = 1e3 * np.polynomial.polynomial.polyval(temp, cubic)
    np.testing.assert_allclose(ours, table, rtol=2e-5)
    np.testing.assert_allclose(ours, coolprop(fluid, fraction, temp)[1], rtol=2e-5)
    assert freezing_point(fluid, fraction) == pytest.approx(freezing, abs=0.006)


@given(
    st.sampled_from(sorted(COOLPROP)), st.floats(0.05, 0.6), st.floats(0.0, 1.0)
)  # fmt: skip
def test_brines_between_the_tabulated_fractions(fluid, fraction, place):
    """Anywhere in the range, 1e-5 for heat capacity and 1e-6 for density."""
    low = max(freezing_point(fluid, fraction) + 1.01, -25.0)
    temp = np.array([low + place * (HIGHEST[fluid] - low)])
    rho, capacity = coolprop(fluid, fraction, temp)
    np.testing.assert_allclose(volumetric_heat_capacity(fluid, fraction, temp), capacity, rtol=1e-5)
    np.testing.assert_allclose(density(fluid, fraction, temp), rho, rtol=1e-6)


@pytest.mark.parametrize(
    ("supply", "back", "in_supply", "in_return"),
    [
        (45, 40, 1.149140, 1.151463),
        (40, 35, 1.151447, 1.153557),
        (55, 45, 1.144226, 1.149467),
        (70, 50, 1.136015, 1.147928),
        (7, 12, 1.164804, 1.164310),
        (10, 7, 1.164958, 1.165207),
    ],
)
def test_the_place_of_the_flow_sensor_counts(supply, back, in_supply, in_return):
    assert heat_coefficient("water", 0.0, supply, back, "supply") == pytest.approx(
        in_supply, rel=2e-4
    )
    assert heat_coefficient("water", 0.0, supply, back, "return") == pytest.approx(
        in_return, rel=2e-4
    )
    mean = heat_coefficient("water", 0.0, supply, back)
    assert min(in_supply, in_return) * (1 - 2e-4) < mean < max(in_supply, in_return) * (1 + 2e-4)


def test_water_overstates_the_heat_of_a_brine():
    """The published example: 7.53 % at 5 °C and 25 % of ethylene glycol (at 300 kPa)."""
    ratio = volumetric_heat_capacity("water", 0.0, 5.0) / volumetric_heat_capacity(
        "ethylene_glycol", 0.25, 5.0
    )
    assert ratio - 1.0 == pytest.approx(0.0753, abs=8e-4)


def test_outside_its_range_a_fluid_has_no_property():
    ours = volumetric_heat_capacity("water", 0.0, [-1.0, 20.0, 99.0, np.nan])
    np.testing.assert_array_equal(np.isnan(ours), [True, False, True, True])
    assert np.isnan(volumetric_heat_capacity("ethylene_glycol", 0.25, -10.0))
    assert np.isnan(volumetric_heat_capacity("ethanol", 0.25, 41.0))


@pytest.mark.parametrize(
    ("fluid", "fraction", "what"),
    [
        ("oil", 0.0, "fluid"),
        ("water", 0.2, "mass_fraction"),
        ("ethanol", 0.0, "mass_fraction"),
        ("ethylene_glycol", 25.0, "mass_fraction"),
    ],
)
def test_unknown_mixtures_are_refused(fluid, fraction, what):
    with pytest.raises(ValueError, match=what):
        volumetric_heat_capacity(fluid, fraction, 20.0)


def test_a_sensor_sits_in_supply_or_return():
    with pytest.raises(ValueError, match="flow_sensor"):
        heat_coefficient("water", 0.0, 45.0, 40.0, "bypass")


def test_a_doubtful_mixture_widens_the_bound():
    """1 % of mass fraction is about 0.4 % of heat around 25 % of ethylene glycol."""
    assert fluid_bound("ethylene_glycol", 0.25, 5.0) == pytest.approx(0.008, abs=0.001)
    assert fluid_bound("water", 0.0, 40.0) == pytest.approx(2e-4)
    with pytest.raises(ValueError, match="temp_c"):
        fluid_bound("ethylene_glycol", 0.25, 90.0)
