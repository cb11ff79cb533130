from __future__ import annotations

import json

import numpy as np
import pytest

from analytics.baseline import (
    fit_caltrack_daily,
    fit_change_point,
    fit_cop,
    fit_towt_daily,
)
from analytics.baseline.frozen import document, fingerprint, restored
from tests.analytics.baseline.samples import eemeter_daily, year

T, Y = eemeter_daily("baseline")
DAYS = np.arange("2025-01-01", "2026-01-01", dtype="datetime64[D]")


@pytest.mark.parametrize(
    "model",
    [
        fit_caltrack_daily(T, Y, unit="degF"),
        fit_change_point(T, Y, kind="5P", unit="degF"),
        fit_cop(25 + year(), None, 7 - 0.05 * year()),
        fit_cop(25 + year(), np.linspace(0, 1, 365), 7 - 0.05 * year()),
    ],
    ids=["caltrack", "5P", "cop", "cop with part load"],
)
def test_a_frozen_baseline_is_read_back_exactly(model):
    assert restored(json.loads(json.dumps(document(model), allow_nan=False))) == model


def test_a_weekday_never_seen_survives():
    energy = np.where((DAYS.astype(int) + 3) % 7 == 6, np.nan, Y)
    model = fit_towt_daily(DAYS, T, energy, unit="degF")
    back = restored(json.loads(json.dumps(document(model), allow_nan=False)))
    assert document(back) == document(model)
    np.testing.assert_array_equal(back.predict(T, DAYS), model.predict(T, DAYS))


def test_what_is_no_baseline_is_refused():
    with pytest.raises(ValueError, match="written"):
        restored({"form": "spline"})
    written = document(fit_caltrack_daily(T, Y, unit="degF"))
    del written["coefficients"]
    with pytest.raises(ValueError, match="coefficients"):
        restored(written)


def test_a_fingerprint_tells_data_apart():
    one = fingerprint(T, Y)
    assert one == fingerprint(list(T), Y.copy())
    assert one != fingerprint(Y, T)
    assert one != fingerprint(T, np.nextafter(Y, 1e9))
    gaps = np.array([1.0, np.nan])
    assert fingerprint(gaps) == fingerprint(np.array([1.0, -np.nan]))
    assert fingerprint([1.0, 2.0], [3.0]) != fingerprint([1.0], [2.0, 3.0])
