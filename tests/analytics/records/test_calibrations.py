from __future__ import annotations

from datetime import date

import pytest

from analytics.records import Records, calibrations, recomputations
from analytics.records.acts import Act, Revocation
from analytics.records.calibrations import Certificate, FoundError

CERTIFICATE = Certificate(
    "h-a", 5_000, "K-2026/17", {"flow": FoundError(-1.2, "%"), "pair": FoundError(0.03, "K")},
    date(2031, 5, 1),
)  # fmt: skip


def test_a_calibration_is_evidence_and_changes_no_figure(records: Records, act: Act) -> None:
    with records.transaction() as connection:
        added = calibrations.add(connection, CERTIFICATE, act)
    with records.reading() as connection:
        assert calibrations.listed(connection, "h-a") == [added]
        assert recomputations.due(connection) == []
    assert added.certificate == CERTIFICATE


def test_a_revoked_calibration_keeps_its_row(records: Records, act: Act) -> None:
    with records.transaction() as connection:
        added = calibrations.add(connection, CERTIFICATE, act)
        assert calibrations.revoke(connection, added.id, Revocation("Li", "other meter", 7))
        assert not calibrations.revoke(connection, added.id, Revocation("Li", "twice", 8))
        assert calibrations.listed(connection) == []
        [kept] = calibrations.listed(connection, revoked=True)
    assert kept.act.revoked == Revocation("Li", "other meter", 7)


def test_a_calibration_without_certificate_or_with_other_units_is_refused() -> None:
    with pytest.raises(ValueError, match="certificate"):
        Certificate("h-a", 0, " ")
    with pytest.raises(ValueError, match="unit"):
        FoundError(1.0, "kWh")
    with pytest.raises(ValueError, match="error"):
        FoundError(float("nan"), "K")
