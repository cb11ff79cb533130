from __future__ import annotations

import numpy as np
import pytest

from analytics.baseline.sufficiency import (
    ANY_LENGTH,
    InsufficientData,
    check_baseline,
    longest_run,
    refuse,
    refused,
)
from tests.analytics.baseline.samples import year

ENERGY = 100.0 + np.arange(365) % 7


def codes(temperature, energy, **options) -> dict[str, str]:
    return {each.code: each.severity for each in check_baseline(temperature, energy, **options)}


def test_a_full_year_has_nothing_to_say():
    assert codes(year(), ENERGY) == {}


def test_eleven_months_are_refused_and_told_in_both_languages():
    (finding,) = check_baseline(year()[:334], ENERGY[:334])
    assert (finding.code, finding.severity) == ("baseline.too-short", "alarm")
    assert "334" in finding.sentence.en
    assert "334" in finding.sentence.zh
    assert codes(year()[:334], ENERGY[:334], limits=ANY_LENGTH) == {}


@pytest.mark.parametrize(("missing", "is_refused"), [(37, False), (38, True)])
def test_ten_percent_of_the_days_may_be_missing(missing, is_refused):
    energy, temperature = ENERGY.copy(), year()
    energy[: missing - 10] = np.nan
    temperature[missing - 10 : missing] = np.nan
    assert ("baseline.missing-days" in codes(temperature, energy)) is is_refused


def test_a_frozen_sensor_is_refused_in_either_unit():
    almost = 12.0 + 0.9 * np.sin(np.arange(365)) / 2
    assert codes(almost, ENERGY) == {"baseline.constant-temperature": "alarm"}
    assert "baseline.constant-temperature" in codes(almost * 1.8 + 32, ENERGY, unit="degF")


def test_a_meter_that_counts_nothing_is_refused():
    assert codes(year(), np.zeros(365)) == {"baseline.no-consumption": "alarm"}


def test_a_season_of_zeros_is_told_and_kept():
    energy = ENERGY.copy()
    energy[120:270] = 0.0
    assert codes(year(), energy) == {"baseline.zero-run": "warning"}


def test_odd_values_are_told():
    energy = ENERGY.copy()
    energy[3], energy[9] = -5.0, 500.0
    assert codes(year(), energy) == {
        "baseline.negative-values": "warning",
        "baseline.extreme-values": "info",
    }


def test_nothing_known_at_all():
    assert codes(year(), np.full(365, np.nan)) == {"baseline.missing-days": "alarm"}


def test_refusal_raises_with_the_refusing_findings_only():
    energy = ENERGY.copy()
    energy[3], energy[100:140] = -5.0, np.nan
    findings = check_baseline(year(), energy)
    assert refused(findings)
    with pytest.raises(InsufficientData, match=r"baseline\.missing-days") as caught:
        refuse(findings)
    assert [each.code for each in caught.value.findings] == ["baseline.missing-days"]
    assert refuse(findings[1:]) == findings[1:]


def test_longest_run():
    assert longest_run(np.array([True, True, False, True, True, True])) == 3
    assert longest_run(np.zeros(4, dtype=bool)) == 0
    assert longest_run(np.zeros(0, dtype=bool)) == 0
