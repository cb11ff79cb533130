from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.baseline import InsufficientData, fit_change_point, select_change_point
from analytics.baseline.bends import KINDS, bend_design, best_bends
from tests.analytics.baseline.samples import changepointmodel, nmecr, year


def shape(kind: str, t: np.ndarray, first: float = 12.0, second: float = 21.0) -> np.ndarray:
    below, above = np.maximum(first - t, 0.0), np.maximum(t - second, 0.0)
    return {
        "2P": 10 + 2 * t,
        "3PC": 10 + 3 * above,
        "3PH": 10 + 2 * below,
        "4P": 10 + 2 * below + 3 * np.maximum(t - first, 0.0),
        "5P": 10 + 2 * below + 3 * above,
    }[kind]


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("bend", [(12.0, 21.0), (11.987654, 20.1234567)])
def test_an_exact_model_is_recovered_wherever_it_bends(kind, bend):
    t = year()
    fit = fit_change_point(t, shape(kind, t, *bend), kind=kind)
    assert fit.r_squared == pytest.approx(1.0, abs=1e-12)
    assert (fit.model, fit.p, fit.interval) == (kind, KINDS[kind], "daily")
    expected = {
        "2P": {},
        "3PC": {"cooling": bend[1]},
        "3PH": {"heating": bend[0]},
        "4P": {"heating": bend[0], "cooling": bend[0]},
        "5P": {"heating": bend[0], "cooling": bend[1]},
    }[kind]
    assert fit.balance_points == pytest.approx(expected, abs=1e-6)
    assert fit.coefficients["intercept"] == pytest.approx(10.0, abs=1e-6)
    np.testing.assert_allclose(fit.predict(t), shape(kind, t, *bend), atol=1e-6)


@given(seed=st.integers(0, 10_000), digits=st.integers(0, 2), noise=st.floats(0.1, 15.0))
@settings(max_examples=25, deadline=None)
def test_no_grid_finds_a_better_bend(seed, digits, noise):
    rng = np.random.default_rng(seed)
    t = np.round(rng.uniform(-10.0, 35.0, int(rng.integers(15, 60))), digits)
    y = shape("5P", t) + rng.normal(0.0, noise, t.size)
    low, high = np.percentile(t, (2.0, 98.0))
    grid = np.linspace(low, high, 60)
    for kind in ("3PC", "3PH", "4P", "5P"):
        pairs = [(a, b) for a in grid[::2] for b in grid[::2] if a < b]
        tried = pairs if kind == "5P" else [(each,) for each in grid]
        bends = best_bends(t, y, kind)
        ours = np.inf if bends is None else unexplained(t, y, bends, kind)
        least = min(unexplained(t, y, each, kind) for each in tried)
        assert ours <= least * (1 + 1e-9)


def unexplained(t, y, bends, kind):
    _, design = bend_design(t, bends, kind)
    solution = np.linalg.lstsq(design, y)[0]
    if kind != "4P" and (solution[1:] <= 0).any():
        return np.inf
    return float(((y - design @ solution) ** 2).sum())


@pytest.mark.parametrize("kind", list(KINDS))
def test_changepointmodels_published_coefficients(kind):
    """At the published change points; where those are not optimal, ours leave less unexplained."""
    data = changepointmodel()["generated"][kind]
    t, y = np.array(data["temperature"], dtype=float), np.array(data["energy"])
    published = dict(changepointmodel()["published"][kind])
    bends = tuple(published.pop("bends", ()))
    names, design = bend_design(t, bends, kind)
    solution = np.linalg.lstsq(design, y)[0]
    assert dict(zip(names, solution, strict=True)) == pytest.approx(published, abs=2e-4)
    fit = fit_change_point(t, y, kind=kind)
    ours, theirs = y - fit.predict(t), y - design @ solution
    assert ours @ ours <= theirs @ theirs * (1 + 1e-9)
    if kind in ("2P", "3PH"):
        assert fit.coefficients == pytest.approx(published, abs=1e-4)


def test_changepointmodels_bounds_give_its_change_points():
    """Within the quartiles, as it searches, three of its change points are least squares."""
    for kind in ("3PC", "3PH", "4P"):
        data = changepointmodel()["generated"][kind]
        published = dict(changepointmodel()["published"][kind])
        bends = published.pop("bends")
        fit = fit_change_point(data["temperature"], data["energy"], kind=kind, within=(57.0, 96.0))
        assert next(iter(fit.balance_points.values())) == pytest.approx(bends[0])
        assert fit.coefficients == pytest.approx(published, abs=1e-4)


def test_changepointmodels_building():
    data = changepointmodel()["building"]
    fit = fit_change_point(data["temperature"], data["energy"], kind="2P", unit="degF")
    published = data["published_2P"]
    assert fit.interval == "billing"
    assert fit.coefficients["intercept"] == pytest.approx(published["intercept"], abs=1e-5)
    assert fit.coefficients["slope"] == pytest.approx(published["slope"], abs=1e-6)
    assert fit.r_squared == pytest.approx(published["r_squared"], abs=1e-9)
    by_n = fit.cv_rmse * np.sqrt((fit.n - fit.p) / fit.n)
    assert by_n == pytest.approx(published["cv_rmse_n"], abs=1e-9)


def test_nmecrs_straight_line_and_four_parameters():
    _, t, y, published = nmecr()
    rows = slice(*published["baseline_rows"])
    line = fit_change_point(t[rows], y[rows], kind="2P", unit="degF")
    assert line.r_squared == pytest.approx(published["slr"]["r_squared"], abs=1e-10)
    four = fit_change_point(t[rows], y[rows], kind="4P", unit="degF")
    # R's segmented stops a little short of the optimum.
    assert four.r_squared >= published["four_parameter"]["r_squared"]
    assert four.r_squared == pytest.approx(published["four_parameter"]["r_squared"], abs=1e-6)


def test_forms_that_the_data_do_not_support():
    t = year()
    noise = np.random.default_rng(2).normal(0.0, 0.5, 365)
    with pytest.raises(InsufficientData, match=r"change-point\.no-such-shape"):
        fit_change_point(t, 500 - 3 * t, kind="3PC")
    weak = fit_change_point(t, shape("3PH", t) + noise, kind="5P")
    codes = {each.code for each in weak.findings}
    assert codes & {"change-point.weak-slope", "change-point.few-points"}
    with pytest.raises(InsufficientData, match=r"change-point\.too-few-values"):
        fit_change_point([1.0, 5.0, 9.0], [1.0, 2.0, 3.0], kind="3PC")
    with pytest.raises(ValueError, match="kind"):
        fit_change_point(t, t, kind="6P")
    with pytest.raises(ValueError, match="energy"):
        fit_change_point(t, t[:-1], kind="2P")
    with pytest.raises(ValueError, match="constant-temperature"):
        fit_change_point(np.full(365, 8.0), t, kind="2P")


@pytest.mark.parametrize("kind", ["2P", "3PC", "3PH", "5P"])
def test_the_form_that_made_the_data_is_selected(kind):
    t = year()
    y = shape(kind, t) + np.random.default_rng(5).normal(0.0, 1.0, 365)
    chosen = select_change_point(t, y, kinds=(kind, "2P"))
    assert chosen.model == kind


def test_selection_refuses_when_no_form_is_left():
    rng = np.random.default_rng(7)
    t = year()
    with pytest.raises(InsufficientData, match=r"weak-slope|no-such-shape"):
        select_change_point(t, 100 + rng.normal(0, 1, 365), kinds=("2P", "3PC"))


def test_eleven_months_of_days_are_told():
    t = year()[:334]
    fit = fit_change_point(t, shape("3PH", t), kind="3PH")
    assert "baseline.short" in {each.code for each in fit.findings}


def test_gaps_do_not_move_the_fit():
    t, rng = year(), np.random.default_rng(1)
    y = shape("5P", t) + rng.normal(0.0, 1.0, 365)
    kept = rng.random(365) > 0.1
    gaps = np.where(kept, y, np.nan)
    assert fit_change_point(t, gaps, kind="5P").coefficients == pytest.approx(
        fit_change_point(t[kept], y[kept], kind="5P").coefficients
    )
