from __future__ import annotations

from analytics.records import Records, progress, recomputations


def test_a_watermark_moves_on_and_never_back(records: Records) -> None:
    with records.transaction() as connection:
        assert progress.watermark(connection, "rollup", "e-1") is None
        progress.advance(connection, "rollup", "e-1", 10)
        progress.advance(connection, "rollup", "e-1", 30)
        progress.advance(connection, "rollup", "e-1", 20)
        progress.advance(connection, "kpi", "e-1", 5)
        assert progress.watermark(connection, "rollup", "e-1") == 30
        assert progress.watermarks(connection, "kpi") == {"e-1": 5}


def test_a_request_is_due_until_it_is_done(records: Records) -> None:
    with records.transaction() as connection:
        recomputations.request(connection, "e-1", (0, 10), "repair #1", 100)
        recomputations.request(connection, "e-2", (5, 10), "repair #2", 101)
        first, second = recomputations.due(connection)
        recomputations.finish(connection, first.id, 200)
        assert recomputations.due(connection) == [second]
