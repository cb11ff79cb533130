from __future__ import annotations

import pytest

from analytics.records import Records, exchanges, recomputations
from analytics.records.acts import Act, Revocation
from analytics.records.exchanges import Change, Handover

CHANGE = Change(
    "h-a", 5_000, {"heat_energy_kwh": Handover(812.5, 0.2), "volume_m3": Handover(None, 0.0)},
    "S-1", "S-2",
)  # fmt: skip


def test_an_exchange_is_kept_with_what_both_registers_stood_at(records: Records, act: Act) -> None:
    with records.transaction() as connection:
        added = exchanges.add(connection, CHANGE, act)
    with records.reading() as connection:
        assert exchanges.listed(connection, "h-a") == [added]
        assert exchanges.listed(connection, "h-b") == []
        [request] = recomputations.due(connection)
    assert added.change == CHANGE
    assert (request.start, request.end, request.cause) == (5_000, 5_001, f"exchange #{added.id}")


def test_two_exchanges_at_one_instant_are_refused_until_the_first_is_revoked(
    records: Records, act: Act
) -> None:
    with records.transaction() as connection:
        added = exchanges.add(connection, CHANGE, act)
        with pytest.raises(ValueError, match=f"exchange #{added.id} of h-a"):
            exchanges.add(connection, CHANGE, act)
        assert exchanges.revoke(connection, added.id, Revocation("Li", "typing error", 9))
        again = exchanges.add(connection, CHANGE, act)
        assert exchanges.listed(connection) == [again]
        assert [one.id for one in exchanges.listed(connection, revoked=True)] == [
            added.id,
            again.id,
        ]
        assert exchanges.revoke(connection, added.id, Revocation("Li", "twice", 9)) is None


@pytest.mark.parametrize("reading", [-1.0, float("nan"), float("inf")])
def test_a_reading_that_no_register_shows_is_refused(reading: float) -> None:
    with pytest.raises(ValueError, match="no reading of a register"):
        Handover(reading, 0.0)
