from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from analytics.baseline.period_gates import check_bills, check_periods, check_reach

D = np.datetime64


def test_overlapping_periods_are_refused():
    baseline = (date(2024, 1, 1), date(2024, 12, 31))
    assert check_periods(baseline, (date(2025, 1, 1), date(2025, 12, 31))) == ()
    (finding,) = check_periods(baseline, (D("2024-12-31"), D("2025-06-30")))
    assert (finding.code, finding.severity) == ("periods.overlap", "alarm")
    assert finding.evidence == {"baseline_last": "2024-12-31", "reporting_first": "2024-12-31"}


@pytest.mark.parametrize(
    ("works", "is_refused"),
    [
        ((date(2024, 12, 31), date(2025, 2, 1)), True),
        ((date(2025, 1, 1), date(2025, 3, 1)), True),
        ((date(2025, 1, 1), date(2025, 2, 28)), False),
    ],
)
def test_works_belong_to_neither_period(works, is_refused):
    findings = check_periods(
        (date(2024, 1, 1), date(2024, 12, 31)), (date(2025, 3, 1), date(2026, 2, 28)), works
    )
    assert [each.code for each in findings] == (["periods.blackout"] if is_refused else [])


def test_bills_of_a_usual_length_and_number():
    energy = np.full(12, 100.0)
    assert check_bills(np.full(12, 30.0), energy) == ()
    assert check_bills(np.full(6, 61.0), energy[:6]) == ()
    codes = {each.code for each in check_bills(np.append(np.full(11, 30.0), 40.0), energy)}
    assert codes == {"billing.period-length"}
    energy[:2] = np.nan
    assert {each.code for each in check_bills(np.full(12, 30.0), energy)} == {"baseline.too-short"}


def test_temperatures_never_seen_are_extrapolation():
    seen = (0.0, 30.0)
    assert check_reach(seen, np.array([-3.0, 33.0, np.nan])) == ()
    (finding,) = check_reach(seen, np.array([-3.1, 10.0, 34.0]))
    assert finding.code == "savings.outside-temperature-range"
    assert finding.evidence["periods"] == 2.0
