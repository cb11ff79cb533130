"""How far a gauge's own resolution explains a difference to its register."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.jobs.plausibility.counters import _half_step


@pytest.mark.parametrize(
    ("values", "half"),
    [
        ([0.018, 0.019, 0.020, 0.021, 0.023], 0.0005),
        ([0.0, 5.0, 5.0, 0.0], 0.0),  # a pump that is on or off: no resolution
        ([0.0, 10.0, 20.0, 30.0, 40.0], 2.0),  # stages of a load: not all of them is believed
        ([], 0.0),
    ],
)
def test_the_resolution_of_a_gauge_shows_in_its_values(values, half):
    assert _half_step(np.array(values)) == pytest.approx(half)
