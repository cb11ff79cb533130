from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analytics.jobs.towers import shares

HEAT = arrays(
    np.float64, st.shared(st.integers(1, 30), key="n"),
    elements=st.one_of(st.just(0.0), st.just(np.nan), st.floats(0.01, 1e4)),
)  # fmt: skip


@given(HEAT, HEAT, HEAT)
def test_shares_sum_to_one_wherever_every_heat_is_known(one, two, three) -> None:
    found = shares({"a": one, "b": two, "c": three})
    together = np.add.reduce(list(found.values()))
    known = ~np.isnan(one + two + three)
    np.testing.assert_allclose(together[known], 1.0)
    assert np.isnan(together[~known]).all()


def test_who_takes_more_bears_more_and_rest_is_shared_by_the_whole_span() -> None:
    found = shares({"a": np.array([3.0, 0.0, 0.0]), "b": np.array([1.0, 4.0, 0.0])})
    np.testing.assert_allclose(found["a"], [0.75, 0.0, 3 / 8])
    np.testing.assert_allclose(found["b"], [0.25, 1.0, 5 / 8])


def test_where_nobody_takes_anything_all_share_alike() -> None:
    found = shares({"a": np.zeros(2), "b": np.zeros(2)})
    assert found["a"].tolist() == found["b"].tolist() == [0.5, 0.5]


def test_an_unknown_interval_does_not_move_the_rest() -> None:
    """The first building's heat of an interval in which the other is unknown does not count."""
    found = shares({"a": np.array([1.0, 9.0, 0.0]), "b": np.array([1.0, np.nan, 0.0])})
    assert found["a"][2] == pytest.approx(0.5)
