"""g for one wall temperature of all bores, against an independent tool."""

from __future__ import annotations

import numpy as np
import pygfunction
import pytest

from analytics.ground.common_wall import common_wall_response
from analytics.ground.response import response
from collector.topology import BoreField

YEAR_S = 365.25 * 86_400.0
DIFFUSIVITY = 0.9e-6
TIMES_S = np.array([0.1, 1.0, 5.0, 10.0, 25.0]) * YEAR_S


def field(bores: int, columns: int) -> BoreField:
    return BoreField(
        bores=bores,
        columns=columns,
        depth_m=120.0,
        conductivity_w_mk=2.1,
        capacity_mj_m3k=2.33,
        resistance_mk_w=0.11,
    )


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (2, 2), (6, 3), (6, 6)])
def test_it_is_what_pygfunction_says(columns, rows):
    bores = pygfunction.borefield.Borefield.rectangle_field(
        columns, rows, 5.0, 5.0, 120.0, 1.5, 0.075
    )
    theirs = pygfunction.gfunction.gFunction(
        bores, DIFFUSIVITY, time=TIMES_S, boundary_condition="UBWT", options={"nSegments": 8}
    ).gFunc
    ours = common_wall_response(field(columns * rows, columns)).at(DIFFUSIVITY * TIMES_S)
    assert ours == pytest.approx(theirs, rel=0.022)


@pytest.mark.parametrize(("bores", "columns"), [(1, 1), (7, 3), (20, 5), (484, 22)])
def test_it_never_responds_more_than_equal_flows(bores, columns):
    """A response that is free to spread the load finds the lowest temperature for it."""
    reach = DIFFUSIVITY * TIMES_S
    equal = response(field(bores, columns)).at(reach)
    common = common_wall_response(field(bores, columns)).at(reach)
    assert (common <= equal * 1.0005).all()
    assert (np.diff(common) > 0).all()


def test_the_difference_of_a_large_field_is_the_one_that_is_documented():
    """22 × 22 bores after 25 years: equal flows 96.2; pygfunction's common wall 63.1."""
    reach = DIFFUSIVITY * TIMES_S[-1:]
    assert response(field(484, 22)).at(reach)[0] == pytest.approx(96.2, abs=0.1)
    assert common_wall_response(field(484, 22)).at(reach)[0] == pytest.approx(63.1, rel=0.02)
