"""g of the bore field against an independent tool, closed forms and layouts."""

from __future__ import annotations

import numpy as np
import pygfunction
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import exp1

from analytics.ground.response import distances, layout, response
from collector.topology import BoreField

YEAR_S = 365.25 * 86_400.0
DIFFUSIVITY = 0.9e-6
TIMES_S = np.array([0.1, 1.0, 5.0, 10.0, 25.0]) * YEAR_S


def field(bores: int, columns: int | None = None, spacing_m: float = 5.0) -> BoreField:
    return BoreField(
        bores=bores,
        columns=columns,
        spacing_m=spacing_m,
        depth_m=120.0,
        conductivity_w_mk=2.1,
        capacity_mj_m3k=2.33,
        resistance_mk_w=0.11,
    )


def oracle(columns: int, rows: int, condition: str, segments: int) -> np.ndarray:
    bores = pygfunction.borefield.Borefield.rectangle_field(
        columns, rows, 5.0, 5.0, 120.0, 1.5, 0.075
    )
    return pygfunction.gfunction.gFunction(
        bores,
        DIFFUSIVITY,
        time=TIMES_S,
        boundary_condition=condition,
        options={"nSegments": segments},
    ).gFunc


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (3, 2), (6, 6)])
def test_uniform_extraction_is_what_pygfunction_says(columns, rows):
    ours = response(field(columns * rows, columns)).at(DIFFUSIVITY * TIMES_S)
    assert ours == pytest.approx(oracle(columns, rows, "UHTR", 1), rel=2e-4)


def test_a_common_wall_temperature_responds_less_and_the_docstring_says_by_how_much():
    """6 × 6 bores: 3 % after a year, 12 % after five, 23 % after 25 years."""
    ours = response(field(36, 6)).at(DIFFUSIVITY * TIMES_S)
    more = ours / oracle(6, 6, "UBWT", 8) - 1.0
    assert more == pytest.approx([0.0005, 0.027, 0.117, 0.162, 0.229], abs=0.004)


def test_one_bore_far_from_its_end_is_an_endless_line():
    """Days after the start: E1(r² / 4αt) / 2 (Ingersoll 1954)."""
    reach = DIFFUSIVITY * np.array([2.0, 5.0, 10.0]) * 86_400.0
    endless = 0.5 * exp1(0.075**2 / (4.0 * reach))
    assert response(field(1)).at(reach) == pytest.approx(endless, rel=0.02)


def test_after_very_long_a_bore_reaches_its_steady_state():
    """1 / distance of the line less that of its mirror image, averaged in closed form."""
    depth, cover, radius = 120.0, 1.5, 0.075
    mirror = 0.0
    for length, sign in ((2 * (depth + cover), 1), (depth + 2 * cover, -2), (2 * cover, 1)):
        mirror += sign * length * np.log(length) / (2.0 * depth)
    steady = np.log(2.0 * depth / radius) - 1.0 - mirror
    assert response(field(1)).at(np.array([1e4]))[0] == pytest.approx(steady, rel=0.006)
    # what is still to come falls with 1 / sqrt(t)
    to_come = steady - response(field(1)).at(np.array([2.5e3, 1e4]))
    assert to_come[0] / to_come[1] > 1.9


def test_bores_far_apart_do_not_know_of_each_other():
    reach = DIFFUSIVITY * TIMES_S[:2]
    apart = response(field(9, 3, spacing_m=500.0)).at(reach)
    assert apart == pytest.approx(response(field(1)).at(reach), rel=1e-9)


def test_interpolation_is_as_exact_as_the_table():
    table = response(field(36, 6))
    between = 0.5 * (table.log_reach[20:80] + table.log_reach[21:81])
    shifted = response(field(36, 6)).at(np.exp(between))
    coarse = np.interp(between, table.log_reach, table.g)
    assert np.abs(shifted - coarse).max() < 0.2
    slope = np.gradient(table.g, table.log_reach)
    assert np.abs(slope - table.slope)[1:-1].max() < 0.2


def test_before_it_begins_nothing_responds():
    assert response(field(4)).at(np.array([-1.0, 0.0])).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("bores", "columns", "expected"),
    [
        (484, 22, (22, 22, 0)),
        (484, None, (22, 22, 0)),
        (7, 3, (3, 2, 1)),
        (20, None, (5, 4, 0)),
        (23, None, (5, 4, 3)),
        (2, 5, (2, 1, 0)),
    ],
)
def test_layouts_that_are_no_rectangle_have_a_last_row(bores, columns, expected):
    assert layout(field(bores, columns)) == expected


@settings(max_examples=40)
@given(st.integers(1, 60), st.one_of(st.none(), st.integers(1, 12)))
def test_distances_are_those_of_all_pairs(bores, columns):
    """The autocorrelation of the layout counts what a list of all pairs would."""
    place = np.arange(bores)
    width = layout(field(bores, columns))[0]
    at = np.stack([place % width, place // width], axis=1) * 5.0
    pairs = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    found, count = np.unique(np.round(pairs, 6), return_counts=True)
    distance_m, partners = distances(field(bores, columns))
    assert distance_m[1:] == pytest.approx(found[1:])
    assert partners == pytest.approx(count / bores)
    assert partners.sum() == pytest.approx(bores)


def test_a_partial_row_lies_between_its_neighbours():
    reach = DIFFUSIVITY * TIMES_S
    smaller, partial, larger = (response(field(n, 6)).at(reach) for n in (30, 33, 36))
    assert (smaller < partial).all()
    assert (partial < larger).all()
