"""The algebra of values with their instruments' errors."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.uncertainty import Uncertain, rectangular, total

FIGURES = st.builds(
    Uncertain,
    st.floats(1.0, 1e6),
    st.dictionaries(st.sampled_from(["a:flow", "a:pair", "b:class"]), st.floats(-1e4, 1e4)),
)


def test_one_instrument_errs_linearly_in_time():
    """Twelve equal months of one meter: twelve times the uncertainty, not √12 times."""
    year = total([Uncertain(100.0, {"meter:class": 1.0})] * 12)
    assert year.standard == pytest.approx(12.0)


def test_independent_instruments_add_in_quadrature():
    both = Uncertain(1.0, {"a:class": 3.0}) + Uncertain(1.0, {"b:class": 4.0})
    assert both.standard == pytest.approx(5.0)


def test_a_meter_in_numerator_and_denominator_cancels():
    """A ratio of two sums of the same meter does not depend on its class."""
    heat = Uncertain(300.0, {"meter:class": 3.0})
    assert (heat / (heat * 0.25)).standard == pytest.approx(0.0, abs=1e-12)


def test_a_ratio_of_independent_meters_adds_relative_uncertainties_in_quadrature():
    cop = Uncertain(400.0, {"h:flow": 8.0}) / Uncertain(100.0, {"e:class": 1.0})
    assert cop.value == pytest.approx(4.0)
    assert cop.standard / cop.value == pytest.approx(math.hypot(0.02, 0.01))


def test_the_dominating_source_is_named():
    figure = Uncertain(10.0, {"h:flow": 0.1, "h:pair": -0.4, "e:class": 0.2})
    assert figure.dominant == "h:pair"
    assert figure.share("h:pair") == pytest.approx(0.16 / 0.21)
    assert figure.expanded == pytest.approx(2.0 * figure.standard)


def test_an_exact_figure_has_no_dominating_source():
    assert Uncertain(1.0).dominant is None
    assert Uncertain(1.0).share("a") == 0.0


def test_a_bound_becomes_a_standard_uncertainty():
    assert rectangular(3.0) == pytest.approx(3.0 / math.sqrt(3.0))


def test_nothing_is_divided_by_zero():
    with pytest.raises(ZeroDivisionError):
        Uncertain(1.0) / Uncertain(0.0)


@given(FIGURES, FIGURES)
def test_what_is_added_can_be_taken_away(one: Uncertain, other: Uncertain):
    back = one + other - other
    assert back.value == pytest.approx(one.value, rel=1e-9, abs=1e-6)
    for source, term in one.terms.items():
        assert back.terms[source] == pytest.approx(term, rel=1e-9, abs=1e-6)


@given(FIGURES, FIGURES)
def test_a_product_divided_by_a_factor_is_the_other(one: Uncertain, other: Uncertain):
    back = one * other / other
    assert back.value == pytest.approx(one.value)
    for source in {*one.terms, *other.terms}:
        expected = one.terms.get(source, 0.0)
        assert back.terms.get(source, 0.0) == pytest.approx(expected, rel=1e-6, abs=1e-3)


@given(FIGURES, st.floats(-100.0, 100.0))
def test_scaling_scales_every_term(figure: Uncertain, factor: float):
    scaled = factor * figure
    assert scaled.standard == pytest.approx(abs(factor) * figure.standard)


def test_numbers_are_exact():
    assert (1.0 - Uncertain(0.25, {"a": 0.1})).terms == {"a": -0.1}
    assert (1.0 + Uncertain(0.25, {"a": 0.1})).value == 1.25
