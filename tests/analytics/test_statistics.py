import pytest

from analytics.statistics import (
    Conventional,
    grade,
    per_area,
    per_person,
    substituted_coal,
    use_correction,
)
from analytics.uncertainty import Uncertain


def test_the_published_correction_of_gbt_51161():
    """N11: T 3000 h/a and 8 m² a person give g1 0.883333, g2 0.94."""
    assert use_correction(3000, 8) == pytest.approx(0.830333, abs=1e-6)
    assert use_correction(3000, 10) == pytest.approx(0.883333, abs=1e-6)
    assert use_correction(2500, 8) == pytest.approx(0.94)
    assert use_correction(2500, 10) == pytest.approx(1.0)


@pytest.mark.parametrize(("hours", "area"), [(0, 10), (2500, -1), (float("nan"), 10)])
def test_a_use_that_is_none_is_refused(hours, area):
    with pytest.raises(ValueError, match="is not positive"):
        use_correction(hours, area)


def test_indicators_keep_the_uncertainty():
    energy = Uncertain(120_000.0, {"meter": 600.0})
    assert per_area(energy, 30_000).value == pytest.approx(4.0)
    assert per_area(energy, 30_000).terms == {"meter": pytest.approx(0.02)}
    assert per_person(energy, 1000).value == pytest.approx(120.0)


@pytest.mark.parametrize("indicator", [per_area, per_person])
def test_nothing_is_divided_by_nobody(indicator):
    with pytest.raises(ValueError, match="is not positive"):
        indicator(Uncertain(1.0), 0.0)


def test_substituted_coal_against_a_calculation_by_hand():
    """A GWh of heat at 70 % is 175.483 tce; a GWh of cooling at EER 2.6, 119.231 tce."""
    instead = Conventional(0.7, 2.6, 0.31)
    gwh, none = Uncertain(1e6, {"heat": 1e4}), Uncertain(0.0)
    heat = substituted_coal(gwh, none, none, instead)
    assert heat.value == pytest.approx(1e6 * 3.6 / (0.7 * 29.307))
    assert heat.terms["heat"] == pytest.approx(heat.value / 100)
    assert substituted_coal(none, gwh, none, instead).value == pytest.approx(119_230.77, abs=0.01)
    assert substituted_coal(none, none, gwh, instead).value == pytest.approx(-310_000.0)


@pytest.mark.parametrize(
    ("value", "expected"), [(3.6, 1), (3.5, 1), (3.49, 2), (2.6, 3), (2.5, None)]
)
def test_a_grade_begins_at_its_limit(value, expected):
    assert grade(value, (3.5, 3.0, 2.6)) == expected


def test_limits_that_do_not_fall_are_refused():
    with pytest.raises(ValueError, match="limits"):
        grade(3.0, (2.6, 3.0))
