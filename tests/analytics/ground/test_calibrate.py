"""The bore field's model learns from a simulated site what the site can tell, and no more."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.ground.calibrate import calibrate
from analytics.ground.field_model import FieldModel, Parameters
from analytics.ground.residuals import correlation_length
from analytics.ground.response import response
from tests.analytics.ground.simulated import (
    YEAR,
    as_drilled,
    design,
    observed,
    office_loads,
    simulate,
)

SIDE = 6
RNG = np.random.default_rng(8)
DRILLED = as_drilled(SIDE, RNG)
LOADS_KW = office_loads(2, RNG, 90.0, 120.0)
FLUID_C = simulate(DRILLED, LOADS_KW)
SEEN_KW, SEEN_C = observed(FLUID_C, LOADS_KW, RNG)
FITTED = calibrate(design(SIDE), SEEN_KW, SEEN_C)


def test_the_ground_is_found_in_spite_of_the_design():
    """Within 5 %: meters err, and what the model leaves out keeps it from being exact."""
    found, true = FITTED.parameters, DRILLED.geometry
    assert abs(true.conductivity_w_mk / 2.1 - 1.0) > 0.05
    assert found.conductivity_w_mk == pytest.approx(true.conductivity_w_mk, rel=0.05)
    assert found.undisturbed_c == pytest.approx(DRILLED.undisturbed_c, abs=0.3)
    assert FITTED.error_k < 0.2
    assert all(share > 0.9 for share in FITTED.identified.values())
    assert FITTED.findings == ()


def test_own_model_without_noise_is_found_exactly():
    model = FieldModel(response(design(SIDE)), SIDE * SIDE * 120.0, 24.0)
    true = Parameters(1.7, 2.0, 0.09, 15.2)
    loads_kw = LOADS_KW[: 730 * 24].reshape(-1, 24).mean(axis=1)
    fitted = calibrate(
        design(SIDE), loads_kw, model.temperature_c(true, loads_kw), interval_hours=24.0
    )
    # the design still pulls, against residuals of 0.05 K at least
    assert fitted.parameters.conductivity_w_mk == pytest.approx(1.7, rel=0.01)
    assert fitted.parameters.resistance_mk_w == pytest.approx(0.09, rel=0.02)
    assert fitted.parameters.undisturbed_c == pytest.approx(15.2, abs=0.01)


def test_half_a_year_tells_no_conductivity_and_says_so():
    half = calibrate(design(SIDE), SEEN_KW[: YEAR // 2], SEEN_C[: YEAR // 2])
    assert half.parameters.conductivity_w_mk == pytest.approx(2.1)
    assert half.covariance[0, 0] == pytest.approx(0.2**2)
    assert half.identified["conductivity"] == pytest.approx(0.0, abs=1e-12)
    assert np.all(np.diag(half.covariance) >= np.diag(FITTED.covariance))
    (finding,) = half.findings
    assert finding.code == "ground.not-identified"
    assert "conductivity" in finding.sentence.en
    assert "导热系数" in finding.sentence.zh


def test_an_undisturbed_temperature_that_nobody_measured_is_found():
    fitted = calibrate(design(SIDE, undisturbed_c=None), SEEN_KW, SEEN_C)
    assert fitted.parameters.undisturbed_c == pytest.approx(DRILLED.undisturbed_c, abs=0.3)


def test_entering_temperatures_lead_to_the_same_ground():
    """The entering temperature lies q / (2 ρ cp V) off the mean; the resistance takes it up."""
    flow_kw_k = 40.0
    entering = SEEN_C - LOADS_KW / (2.0 * flow_kw_k)
    fitted = calibrate(design(SIDE), SEEN_KW, entering, flow_capacity_kw_k=flow_kw_k)
    assert fitted.parameters.conductivity_w_mk == pytest.approx(
        FITTED.parameters.conductivity_w_mk, rel=0.02
    )
    shorter = SIDE * SIDE * 120.0 / (2_000.0 * flow_kw_k)
    expected = FITTED.parameters.resistance_mk_w - shorter
    assert fitted.parameters.resistance_mk_w == pytest.approx(expected, abs=0.005)


def test_years_before_the_record_are_taken_as_its_first():
    """A record that begins in the third year: without its past the ground would seem warmer."""
    loads_kw = np.tile(LOADS_KW[:YEAR], 4)
    fluid_c = simulate(DRILLED, loads_kw)[2 * YEAR :]
    record = loads_kw[2 * YEAR :]
    knowing = calibrate(design(SIDE), record, fluid_c, years_before=2.0)
    assert knowing.rejected_kw.size == 4 * YEAR
    assert knowing.parameters.undisturbed_c == pytest.approx(DRILLED.undisturbed_c, abs=0.1)
    ignorant = calibrate(design(SIDE), record, fluid_c)
    assert abs(ignorant.parameters.undisturbed_c - DRILLED.undisturbed_c) > 0.1


def test_gaps_in_the_loads_are_bridged_and_counted():
    loads_kw = SEEN_KW.copy()
    loads_kw[3_000:3_600] = np.nan
    fitted = calibrate(design(SIDE), loads_kw, SEEN_C)
    assert fitted.coverage == pytest.approx(1.0 - 600 / loads_kw.size)
    assert not np.isnan(fitted.rejected_kw).any()
    assert fitted.parameters.conductivity_w_mk == pytest.approx(
        FITTED.parameters.conductivity_w_mk, rel=0.05
    )
    assert "ground.calibration-coverage" not in {f.code for f in fitted.findings}
    loads_kw[8_000:8_400] = np.nan
    worse = calibrate(design(SIDE), loads_kw, SEEN_C)
    assert "ground.calibration-coverage" in {f.code for f in worse.findings}


@pytest.mark.parametrize(
    ("loads", "temperatures", "more", "named"),
    [
        (SEEN_KW[:100], SEEN_C[:99], {}, "temperature_c"),
        (SEEN_KW[:100], SEEN_C[:100], {}, "temperature_c"),
        (np.where(np.arange(YEAR) % 2, np.nan, 1.0), SEEN_C[:YEAR], {}, "rejected_kw"),
        (np.zeros(YEAR), SEEN_C[:YEAR], {}, "rejected_kw"),
        (SEEN_KW[:YEAR], SEEN_C[:YEAR], {"interval_hours": 0.0}, "interval_hours"),
        (SEEN_KW[:YEAR], SEEN_C[:YEAR], {"flow_capacity_kw_k": 0.0}, "flow_capacity_kw_k"),
    ],
)
def test_what_cannot_be_fitted_is_refused_by_name(loads, temperatures, more, named):
    with pytest.raises(ValueError, match=f"^{named}"):
        calibrate(design(SIDE), loads, temperatures, **more)


def test_residuals_that_keep_their_sign_count_less():
    """An autoregression of 0.8: (1 + 0.8) / (1 - 0.8) = 9 consecutive values make one."""
    rng = np.random.default_rng(3)
    noise, values = rng.standard_normal(20_000), np.zeros(20_000)
    for i in range(1, noise.size):
        values[i] = 0.8 * values[i - 1] + noise[i]
    assert correlation_length(values) == pytest.approx(9.0, rel=0.2)
    assert correlation_length(noise) == pytest.approx(1.0, abs=0.2)
    values[::3] = np.nan
    assert correlation_length(values) == pytest.approx(9.0, rel=0.25)
    assert correlation_length(np.array([np.nan, 1.0])) == 1.0
    assert correlation_length(np.ones(5)) == 1.0
