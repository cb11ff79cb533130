"""The forecast against years that an independent simulation goes on to live through."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.ground.calibrate import Calibration, calibrate
from analytics.ground.common_wall import common_wall_response
from analytics.ground.field_model import FieldModel, Parameters
from analytics.ground.forecast import ForecastYear, forecast
from analytics.ground.operating_range import leaving_the_range
from tests.analytics.ground.simulated import (
    YEAR,
    as_drilled,
    design,
    observed,
    office_loads,
    simulate,
)

FIELD = design(6)
MODEL_LENGTH_M = 36 * 120.0


def inside(year: ForecastYear, fluid_c, year_kw) -> list[bool]:
    used = np.abs(year_kw) > 0.01 * np.abs(year_kw).max()
    truth = {
        "lowest": fluid_c[used].min(),
        "highest": fluid_c[used].max(),
        "mean": np.average(fluid_c, weights=np.abs(year_kw)),
        "heating_mean": np.average(fluid_c, weights=np.maximum(-year_kw, 0.0)),
        "cooling_mean": np.average(fluid_c, weights=np.maximum(year_kw, 0.0)),
    }
    bands = {name: getattr(year, name) for name in truth}
    return [bands[name].low <= value <= bands[name].high for name, value in truth.items()]


@pytest.mark.parametrize(("side", "recorded"), [(4, 1), (10, 2)])
def test_the_truth_lies_inside_the_band(side, recorded):
    """Ground, bores, meters and sensors are drawn as they vary; ten years are lived through."""
    told = []
    for seed in range(2):
        rng = np.random.default_rng(1_000 * side + 10 * recorded + seed)
        peak_kw = side * side * 120.0 * 0.03
        record = office_loads(recorded, rng, *(peak_kw * rng.uniform(0.3, 1.0, 2)))
        year_kw = record[-YEAR:]
        truth_c = simulate(as_drilled(side, rng), np.concatenate([record, np.tile(year_kw, 10)]))
        meters = observed(truth_c[: record.size], record, rng)
        result = forecast(calibrate(design(side), *meters), years=(1, 5, 10))
        for year in result.years:
            begin = record.size + (year.year - 1) * YEAR
            told += inside(year, truth_c[begin : begin + YEAR], year_kw)
    assert np.mean(told) >= 0.93


def daily(loads_kw, parameters=None) -> Calibration:
    """A year of days of a field that is exactly as designed, or as given."""
    true = parameters or Parameters(2.1, 2.33, 0.11, 16.0)
    model = FieldModel(common_wall_response(FIELD), MODEL_LENGTH_M, 24.0)
    return calibrate(FIELD, loads_kw, model.temperature_c(true, loads_kw), interval_hours=24.0)


def test_years_that_nobody_recorded_widen_the_band():
    """Six years were not declared: the fit bends, the hindcast tells, the truth stays inside."""
    rng = np.random.default_rng(21)
    loads_kw = np.tile(office_loads(1, rng, 60.0, 120.0), 14)
    field = as_drilled(6, rng)
    fluid_c = simulate(field, loads_kw)
    begin, end = 6 * YEAR, 9 * YEAR
    meters = observed(fluid_c[begin:end], loads_kw[begin:end], rng)
    calibration = calibrate(FIELD, *meters)
    knowing = calibrate(FIELD, *meters, years_before=6.0)
    assert knowing.hindcast_k < 0.1
    assert "ground.hindcast" in {f.code for f in calibration.findings}
    assert "ground.hindcast" not in {f.code for f in knowing.findings}
    told = []
    for year in forecast(calibration, years=(1, 2, 5)).years:
        lived = slice(end + (year.year - 1) * YEAR, end + year.year * YEAR)
        told += inside(year, fluid_c[lived], loads_kw[lived])
    assert all(told)


DAYS = np.arange(365)
SEASON = np.cos(2.0 * np.pi * DAYS / 365.0)


def test_a_field_of_one_wall_temperature_lies_inside_the_band_too():
    """Its bores share one wall temperature, which the calibrated model does not know."""
    loads_kw = 60.0 * SEASON + 25.0
    calibration = daily(loads_kw)
    model = FieldModel(common_wall_response(FIELD), MODEL_LENGTH_M, 24.0)
    truth_c = model.temperature_c(Parameters(2.1, 2.33, 0.11, 16.0), np.tile(loads_kw, 26))
    for year in forecast(calibration).years:
        lived = truth_c[365 * year.year : 365 * (year.year + 1)]
        mean_c = np.average(lived, weights=np.abs(loads_kw))
        assert year.mean.low <= mean_c <= year.mean.high
        assert year.mean.value >= mean_c - 0.05  # equal flows err to the safe side


def test_months_of_loads_serve_too():
    """Twelve bills and twelve mean temperatures: the band is wider, and still right."""
    rng = np.random.default_rng(31)
    loads_kw = np.tile(office_loads(1, rng, 90.0, 120.0), 6)
    fluid_c = simulate(as_drilled(6, rng), loads_kw)
    hours = YEAR // 12
    cut = loads_kw[: 12 * hours], fluid_c[: 12 * hours]
    monthly = [each.reshape(12, hours).mean(axis=1) for each in cut]
    calibration = calibrate(FIELD, *monthly, interval_hours=YEAR / 12)
    year = forecast(calibration, years=(5,)).years[0]
    lived = fluid_c[5 * YEAR :][: 12 * hours].reshape(12, hours).mean(axis=1)
    mean_c = np.average(lived, weights=np.abs(monthly[0]))
    assert year.mean.low <= mean_c <= year.mean.high
    assert year.mean.high - year.mean.low < 2.0


def test_balanced_loads_do_not_drift():
    years = forecast(daily(60.0 * SEASON), years=(2, 25)).years
    assert years[1].mean.value == pytest.approx(years[0].mean.value, abs=0.1)
    assert years[1].highest.value == pytest.approx(years[0].highest.value, abs=0.1)


def test_more_heat_in_than_out_warms_the_ground_more_every_year():
    means = [y.mean.value for y in forecast(daily(60.0 * SEASON + 20.0)).years]
    assert means == sorted(means)
    assert means[-1] - means[0] > 1.0
    widths = [y.mean.high - y.mean.low for y in forecast(daily(60.0 * SEASON + 20.0)).years]
    assert widths == sorted(widths)


def test_the_net_heat_decides_the_drift_as_the_line_source_says():
    """After years: Δ(mean wall) = q_net Δg / (2 π k), whatever the season's swing."""
    calibration = daily(60.0 * SEASON + 20.0)
    one, ten = forecast(calibration, years=(1, 10)).years
    g = calibration.model.response
    k = calibration.parameters.conductivity_w_mk
    alpha = k / (calibration.parameters.capacity_mj_m3k * 1e6)
    rise = np.diff(g.at(alpha * 365.25 * 86_400.0 * np.array([1.5, 10.5])))[0]
    expected = 20_000.0 / MODEL_LENGTH_M * rise / (2.0 * np.pi * k)
    assert ten.mean.value - one.mean.value == pytest.approx(expected, rel=0.05)


def test_less_than_a_year_of_data_gives_a_wider_band():
    rng = np.random.default_rng(5)
    loads_kw = office_loads(1, rng, 90.0, 120.0)
    meters = observed(simulate(as_drilled(6, rng), loads_kw), loads_kw, rng)
    whole = forecast(calibrate(FIELD, *meters), years=(10,))
    half = calibrate(FIELD, meters[0][: YEAR // 2], meters[1][: YEAR // 2])
    with pytest.raises(ValueError, match=r"^loads_kw"):
        forecast(half)
    short = forecast(half, years=(10,), loads_kw=meters[0])
    widths = [f.years[0].highest.high - f.years[0].highest.low for f in (whole, short)]
    assert widths[1] > 1.5 * widths[0]
    assert "ground.not-identified" in {f.code for f in short.findings}


def test_a_loop_that_freezes_is_told_with_its_first_year():
    calibration = daily(60.0 * SEASON - 60.0)
    result = forecast(calibration, freezing_c=0.0)
    cold = next(f for f in result.findings if f.code == "ground.forecast-cold")
    assert cold.evidence["limit_c"] == 3.0
    assert cold.severity == "warning"
    assert "低于" in cold.sentence.zh
    first = next(y for y in result.years if y.coldest.value < 3.0)
    assert cold.evidence["year"] == first.year
    with_glycol = forecast(calibration, years=(1,), freezing_c=-40.0)
    assert "ground.forecast-cold" not in {f.code for f in with_glycol.findings}


def test_the_difference_across_the_machines_decides_the_coldest_point():
    calibration = daily(60.0 * SEASON)
    offset = np.where(calibration.rejected_kw < 0, 2.0, -2.0)  # extracting: enters warmer
    plain = forecast(calibration, years=(1,)).years[0]
    shifted = forecast(calibration, years=(1,), entering_offset_k=offset).years[0]
    assert shifted.lowest.value == pytest.approx(plain.lowest.value + 2.0, abs=0.3)
    assert shifted.coldest.value == pytest.approx(plain.coldest.value - 2.0, abs=0.3)


def test_a_band_beyond_the_limit_is_a_hint_a_value_a_warning():
    hint = leaving_the_range([(1, 3.5, 2.5)], [(1, 20.0, 21.0)], 0.0, 35.0)
    assert [(f.code, f.severity) for f in hint] == [("ground.forecast-cold", "info")]
    both = leaving_the_range([(1, 5.0, 4.0)], [(1, 34.0, 36.0), (5, 36.0, 38.0)], 0.0, 35.0)
    assert [(f.code, f.severity, f.evidence["year"]) for f in both] == [
        ("ground.forecast-warm", "warning", 5)
    ]


def test_only_heating_has_no_mean_of_cooling():
    year = forecast(daily(-30.0 + 20.0 * SEASON), years=(1,)).years[0]
    assert year.cooling_mean is None
    assert year.heating_mean.value == pytest.approx(year.mean.value)


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"years": ()}, "years"),
        ({"years": (0, 1)}, "years"),
        ({"loads_kw": np.ones(12)}, "loads_kw"),
        ({"loads_kw": np.zeros(365)}, "loads_kw"),
        ({"entering_offset_k": np.full(365, np.nan)}, "entering_offset_k"),
    ],
)
def test_what_cannot_be_repeated_is_refused_by_name(more, named):
    with pytest.raises(ValueError, match=f"^{named}"):
        forecast(daily(60.0 * SEASON), **more)
