"""Sharing electricity out loses and invents nothing."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analytics.allocation import allocate, heating_share, shares

EXCERPT = Path(__file__).parents[1] / "data" / "studenthuset" / "hourly_excerpt_20160401.csv"
ENERGY = arrays(np.float64, 24, elements=st.floats(0.0, 1e4))


def test_the_published_share_of_an_hour():
    """N4: first row of the Studenthuset excerpt."""
    with EXCERPT.open() as file:
        first = next(csv.DictReader(file))
    share = heating_share(
        np.array([float(first["heat_bldg_kw"])]), np.array([float(first["cool_kw"])])
    )
    assert share[0] == pytest.approx(0.936548223, abs=1e-9)


@given(ENERGY, ENERGY, ENERGY, st.integers(-1, 1))
def test_the_parts_are_the_whole(electricity, heat, cold, season):
    found = allocate(electricity, heat, cold, np.full(24, season))
    parts = (found.heating, found.cooling, found.idle_heating, found.idle_cooling,
             found.unallocated)  # fmt: skip
    np.testing.assert_allclose(sum(parts), electricity, rtol=1e-12)
    assert all((part >= -1e-9).all() for part in parts)


def test_standby_goes_to_its_season_in_a_column_of_its_own():
    one, none = np.ones(3), np.zeros(3)
    found = allocate(one, none, none, np.array([1, -1, 0]))
    np.testing.assert_array_equal(found.idle_heating, [1, 0, 0])
    np.testing.assert_array_equal(found.idle_cooling, [0, 1, 0])
    np.testing.assert_array_equal(found.unallocated, [0, 0, 1])
    np.testing.assert_array_equal(allocate(one, none, none).unallocated, one)


def test_what_is_unknown_stays_unknown():
    found = allocate(np.array([1.0, np.nan]), np.array([np.nan, 1.0]), np.zeros(2))
    assert np.isnan(found.heating).all()
    assert np.isnan(found.unallocated).all()


@given(ENERGY, ENERGY, ENERGY)
def test_shares_among_heat_pumps_or_towers_sum_to_the_total(total, one, other):
    parts, rest = shares(total, {"a": one, "b": other})
    np.testing.assert_allclose(parts["a"] + parts["b"] + rest, total, rtol=1e-9, atol=1e-9)


def test_nobody_used_it_nobody_gets_it():
    parts, rest = shares(np.array([5.0, np.nan, 5.0]), {"a": np.array([0.0, 1.0, np.nan])})
    assert parts["a"][0] == 0.0
    assert rest[0] == 5.0
    assert np.isnan(rest[1:]).all()
    assert np.isnan(parts["a"][1:]).all()


def test_negative_energy_is_refused():
    good, bad = np.ones(2), np.array([1.0, -1.0])
    with pytest.raises(ValueError, match="cooling_kwh"):
        allocate(good, good, bad)
    with pytest.raises(ValueError, match="'b'"):
        shares(good, {"a": good, "b": bad})
    with pytest.raises(ValueError, match="weights"):
        shares(good, {})
