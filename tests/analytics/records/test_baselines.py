from __future__ import annotations

import pytest

from analytics.records import Records, RecordsError, acts, baselines
from analytics.records.acts import Act, Revocation
from analytics.records.baselines import Frozen

FROZEN = Frozen(
    "led", {"meters": ["e-1"]}, {"form": "degree_days", "mean": 0.1 + 0.2}, "ab12", "0.2.0"
)


def test_a_baseline_comes_back_exactly_as_it_was_declared(records: Records, act: Act) -> None:
    with records.transaction() as connection:
        declared = baselines.declare(connection, FROZEN, act)
    with records.reading() as connection:
        assert baselines.current(connection, "led") == declared
        assert baselines.current(connection, "pumps") is None
    assert declared.frozen == FROZEN


def test_a_second_baseline_needs_the_first_to_be_revoked(records: Records, act: Act) -> None:
    with records.transaction() as connection:
        first = baselines.declare(connection, FROZEN, act)
        with pytest.raises(ValueError, match=f"baseline #{first.id}, declared by Wang"):
            baselines.declare(connection, FROZEN, act)
        assert baselines.revoke(connection, first.id, Revocation("Li", "wrong meter", 9))
        second = baselines.declare(connection, FROZEN, act)
        assert baselines.current(connection, "led") == second
        assert [one.id for one in baselines.listed(connection, "led")] == [first.id, second.id]
        assert baselines.revoke(connection, first.id, Revocation("Li", "twice", 9)) is None


def test_the_database_itself_holds_one_baseline_of_a_project(records: Records, act: Act) -> None:
    """As two would find it that declare at the same moment, each seeing none."""
    row = {
        "project": "led", "declaration": {}, "model": {}, "fingerprint": "ab12", "version": "1",
    }  # fmt: skip
    with records.transaction() as connection:
        acts.insert(connection, baselines.TABLE, act, row)
    with pytest.raises(RecordsError, match="project"), records.transaction() as connection:
        acts.insert(connection, baselines.TABLE, act, row)
