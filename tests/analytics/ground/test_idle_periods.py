"""How long the pump has run alone."""

from __future__ import annotations

import numpy as np

from analytics.ground.idle_periods import idle_since_ms

MINUTE_MS = 60_000


def test_a_gap_ends_an_idle_period():
    at = np.array([0, 1, 2, 30, 31, 32], dtype=np.int64) * MINUTE_MS
    on = np.ones(6, bool)
    off = np.array([False, False, False, False, True, False])
    since = idle_since_ms(at, on, off) // MINUTE_MS
    assert since.tolist() == [0, 1, 2, 0, -1, 0]


def test_no_samples_no_periods():
    none = np.zeros(0, bool)
    assert idle_since_ms(np.zeros(0, np.int64), none, none).size == 0
