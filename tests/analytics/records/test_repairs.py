from __future__ import annotations

import math

import pytest

from analytics.records import Records, recomputations, repairs
from analytics.records.acts import Act, Revocation
from analytics.records.repairs import Correction


def test_a_repair_is_kept_and_asks_for_its_span(records: Records, act: Act) -> None:
    correction = Correction("e-1", "power_kw", 1_000, 2_000, "scale", 1.5, estimated=True)
    with records.transaction() as connection:
        added = repairs.add(connection, correction, act)
    with records.reading() as connection:
        assert repairs.listed(connection, "e-1") == [added]
        [request] = recomputations.due(connection)
    assert (request.device, request.start, request.end) == ("e-1", 1_000, 2_000)
    assert request.cause == added.cause == f"repair #{added.id}"


def test_a_revoked_repair_keeps_its_row(records: Records, act: Act) -> None:
    with records.transaction() as connection:
        added = repairs.add(connection, Correction("e-1", "*", 0, 10, "exclude"), act)
    taken_back = Revocation("Li", "was the wrong meter", act.created + 5)
    with records.transaction() as connection:
        revoked = repairs.revoke(connection, added.id, taken_back)
        assert repairs.revoke(connection, added.id, taken_back) is None
        assert repairs.revoke(connection, 99, taken_back) is None
    assert revoked is not None
    with records.reading() as connection:
        assert repairs.listed(connection) == []
        assert repairs.listed(connection, revoked=True) == [revoked]
        requests = recomputations.due(connection)
    assert revoked.act.revoked == taken_back
    assert revoked.correction == added.correction
    assert [request.cause for request in requests] == [added.cause, f"{added.cause} revoked"]


def test_only_repairs_that_touch_the_span_are_listed(records: Records, act: Act) -> None:
    with records.transaction() as connection:
        repairs.add(connection, Correction("e-1", "power_kw", 10, 20, "exclude"), act)
        assert len(repairs.listed(connection, "e-1", span=(19, 30))) == 1
        assert repairs.listed(connection, "e-1", span=(20, 30)) == []
        assert repairs.listed(connection, "e-1", span=(0, 10)) == []
        assert repairs.listed(connection, "e-2", span=(19, 30)) == []


@pytest.mark.parametrize(
    "parts",
    [
        ("f", 10, 10, "exclude", None),
        ("f", 0, 10, "replace", 1.0),
        ("f", 0, 10, "exclude", 1.0),
        ("f", 0, 10, "offset", None),
        ("f", 0, 10, "offset", 0.0),
        ("f", 0, 10, "scale", 1.0),
        ("f", 0, 10, "scale", 0.0),
        ("f", 0, 10, "scale", math.nan),
        ("*", 0, 10, "scale", 2.0),
    ],
)
def test_a_repair_that_means_nothing_is_refused(parts: tuple) -> None:
    with pytest.raises(ValueError, match=":"):
        Correction("e-1", *parts)


@pytest.mark.parametrize(("author", "reason"), [("", "why"), ("who", "  ")])
def test_nobody_acts_without_name_and_reason(author: str, reason: str) -> None:
    with pytest.raises(ValueError, match="must not be empty"):
        Act(author, reason, 0)
