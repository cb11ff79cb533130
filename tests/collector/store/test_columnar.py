"""Pages of mixed rows become columns of numbers; what is no number is no value."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from collector.model import ALL_FIELDS, Reading
from collector.store.columnar import Pages
from collector.store.readback import readings_of
from tests.collector.store.sites import device
from tests.collector.store.test_contract_columns import as_readings

FIELDS = ("power_kw", "energy_kwh")
METER = device(slower={"energy_kwh": 180_000})
FLAGS = st.sampled_from(
    [
        "",
        '{"*":"bad:no-answer"}',
        '{"*":"uncertain:clock","power_kw":"bad:timeout"}',
        '{"*":"bad:no-answer","power_kw":"uncertain:range"}',
        '{"energy_kwh":"uncertain:range","power_kw":"uncertain:clock"}',
        '{"flow_m3h":"bad:timeout"}',
        "[]",
        "{torn",
    ]
)
NUMBERS = st.none() | st.floats(-1e9, 1e9) | st.integers(-(2**53), 2**53)
ROWS = st.lists(st.tuples(FLAGS, NUMBERS, NUMBERS), max_size=40)


@given(ROWS, st.integers(1, 40))
def test_columns_say_what_readings_say_however_the_rows_are_paged(
    content: list[tuple[str, float | None, float | None]], size: int
) -> None:
    rows = [(60_000 * n, *row) for n, row in enumerate(content)]
    pages = Pages(FIELDS)
    for first in range(0, len(rows), size):
        pages.add(rows[first : first + size])
    columns = pages.columns(FIELDS)
    assert as_readings(METER, columns) == readings_of(METER, FIELDS, rows)


def test_text_among_numbers_is_no_value() -> None:
    pages = Pages(["power_kw"])
    pages.add([(0, None, "1.5"), (60_000, None, 41), (120_000, None, None)])
    columns = pages.columns(["power_kw"])
    np.testing.assert_array_equal(columns.values["power_kw"], [np.nan, 41.0, np.nan])
    assert as_readings(METER, columns)["power_kw"][1] == Reading(60_000, 41.0, "")


def test_a_flag_of_its_own_keeps_a_value_in_a_silent_slot() -> None:
    pages = Pages(FIELDS)
    pages.add([(0, '{"*":"bad:no-answer","power_kw":"uncertain:substitute"}', 1.0, 2.0)])
    columns = pages.columns(FIELDS)
    np.testing.assert_array_equal(columns.values["power_kw"], [1.0])
    np.testing.assert_array_equal(columns.values["energy_kwh"], [np.nan])
    assert columns.flags[ALL_FIELDS] == {0: "bad:no-answer"}
    assert columns.answered.tolist() == [False]
