"""Zero test of a pair of sensors on days with idle nights."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.idle_periods import idle_since_ms
from analytics.pair_offset import zero_test

MINUTE_MS = 60_000
DAYS = 3
AT = np.arange(DAYS * 1_440, dtype=np.int64) * MINUTE_MS
HOUR = AT / 3_600_000 % 24
PUMP_ON = (HOUR >= 4) & (HOUR < 20)
COMPRESSOR_ON = (HOUR >= 6) & (HOUR < 18)


def pair(offset_k: float) -> tuple[np.ndarray, np.ndarray]:
    """Supply 5 K above return while heated, a fading rest after, sensors of 0.01 K noise."""
    noise = 0.01 * np.random.default_rng(1).standard_normal(AT.size)
    fading = np.where(HOUR >= 18, 5.0 * np.exp(-(HOUR - 18) * 60.0 / 5.0), 0.0)
    heated = np.where(COMPRESSOR_ON, 5.0, fading)
    return 40.0 + heated + offset_k + noise, np.full(AT.size, 40.0)


@pytest.mark.parametrize(
    ("offset_k", "severity"), [(0.05, None), (-0.08, None), (0.15, "warning"), (-0.4, "alarm")]
)
def test_an_offset_is_found_and_judged(offset_k, severity):
    result = zero_test(AT, *pair(offset_k), PUMP_ON, COMPRESSOR_ON)
    assert result.offset_k == pytest.approx(offset_k, abs=0.01)
    assert result.periods == 2 * DAYS
    assert result.scatter_k < 0.03
    assert [f.severity for f in result.findings] == ([severity] if severity else [])


def test_the_first_half_hour_does_not_count():
    """The compressor stops at 18:00; at 18:30 the rest of its heat is gone."""
    result = zero_test(AT, *pair(0.0), PUMP_ON, COMPRESSOR_ON, least_minutes=30)
    assert abs(result.offset_k) < 0.01
    assert result.points <= DAYS * 2 * 90


def test_water_that_still_changes_is_no_zero():
    """3 K/h: what leaves differs from what comes by what happened on the way."""
    supply_c = 45.0 - 3.0 * (AT / 3_600_000 % 24)
    result = zero_test(AT, supply_c, supply_c - 0.5, PUMP_ON, COMPRESSOR_ON)
    assert result.offset_k is None
    assert "steady" in result.reason.en


def test_a_plant_that_never_idles_says_so():
    result = zero_test(AT, *pair(1.0), PUMP_ON, PUMP_ON)
    assert result.offset_k is None
    assert result.findings == ()
    assert "零点" in result.reason.zh


def test_unknown_temperatures_are_left_out():
    supply_c, return_c = pair(0.2)
    supply_c[::2] = np.nan
    assert zero_test(AT, supply_c, return_c, PUMP_ON, COMPRESSOR_ON).offset_k is None
    supply_c, return_c = pair(0.2)
    supply_c[:1_440] = np.nan
    result = zero_test(AT, supply_c, return_c, PUMP_ON, COMPRESSOR_ON)
    assert result.offset_k == pytest.approx(0.2, abs=0.01)
    assert result.periods == 2 * (DAYS - 1)


def test_arrays_that_differ_are_refused():
    with pytest.raises(ValueError, match=r"^pump_on"):
        zero_test(AT, *pair(0.0), PUMP_ON[1:], COMPRESSOR_ON)


def test_a_gap_ends_an_idle_period():
    at = np.array([0, 1, 2, 30, 31, 32], dtype=np.int64) * MINUTE_MS
    on = np.ones(6, bool)
    off = np.array([False, False, False, False, True, False])
    since = idle_since_ms(at, on, off) // MINUTE_MS
    assert since.tolist() == [0, 1, 2, 0, -1, 0]


def test_no_samples_no_periods():
    none = np.zeros(0, bool)
    assert idle_since_ms(np.zeros(0, np.int64), none, none).size == 0
