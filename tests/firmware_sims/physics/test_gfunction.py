import numpy as np
import pytest

from firmware_sims.physics.gfunction import (
    BoreGeometry,
    exponential_integral,
    field_response,
    infinite_line_source,
    short_form,
)

DAY_S, YEAR_S = 86_400.0, 31_556_952.0


@pytest.mark.parametrize(
    ("x", "expected"),
    # Abramowitz and Stegun, tables 5.1 and 5.2
    [(0.01, 4.0379295765), (0.1, 1.8229239584), (1.0, 0.2193839344), (5.0, 0.0011482955913)],
)
def test_the_exponential_integral_matches_the_tables(x, expected):
    assert exponential_integral(x) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("days", [0.5, 5.0, 60.0, 365.0])
def test_one_long_bore_answers_like_an_infinite_line(days):
    lone = BoreGeometry(columns=1, rows=1, depth_m=5_000.0, cover_m=0.0)
    exact = infinite_line_source(days * DAY_S, lone.radius_m, lone.diffusivity_m2_s)
    assert field_response(lone, np.array([days * DAY_S]))[0] == pytest.approx(exact, rel=2e-3)


def test_far_bores_do_not_disturb_each_other():
    after_s = np.array([30.0 * DAY_S])
    lone = BoreGeometry(columns=1, rows=1)
    apart = BoreGeometry(columns=5, rows=4, spacing_m=60.0)
    near = BoreGeometry(columns=5, rows=4, spacing_m=2.0)
    alone = field_response(lone, after_s)[0]
    assert field_response(apart, after_s)[0] == pytest.approx(alone, rel=1e-6)
    assert field_response(near, after_s)[0] > alone + 1.0


def test_the_surface_ends_the_warming_of_a_single_bore():
    lone = BoreGeometry(columns=1, rows=1, depth_m=100.0, cover_m=0.0)
    steady = field_response(lone, np.array([5_000.0 * YEAR_S]))[0]
    # By hand: the mean potential of a line, ln(2H/r) - 1, less that of its mirror image, ln 2.
    assert steady == pytest.approx(np.log(100.0 / 0.075) - 1.0, rel=2e-3)


def test_two_bores_superpose_two_line_sources():
    after_s, spacing_m = 200.0 * DAY_S, 4.0
    pair = BoreGeometry(columns=2, rows=1, spacing_m=spacing_m, depth_m=5_000.0, cover_m=0.0)
    expected = infinite_line_source(after_s, pair.radius_m, pair.diffusivity_m2_s)
    expected += infinite_line_source(after_s, spacing_m, pair.diffusivity_m2_s)
    assert field_response(pair, np.array([after_s]))[0] == pytest.approx(expected, rel=2e-3)


def test_the_short_form_follows_the_field_from_hours_to_decades():
    geometry = BoreGeometry()
    after_s = np.geomspace(2.0 * 3_600.0, 30.0 * YEAR_S, 40)
    full, short = field_response(geometry, after_s), short_form(geometry).at(after_s)
    assert np.abs(short - full).max() < 0.06
    assert np.abs(short / full - 1.0)[full > 1.0].max() < 0.03


def test_the_short_form_never_unlearns():
    response = short_form(BoreGeometry())
    assert min(response.weights) > 0.0
    assert len(response.weights) < 20
    assert np.all(np.diff(response.at(np.geomspace(60.0, 50.0 * YEAR_S, 300))) > 0.0)
