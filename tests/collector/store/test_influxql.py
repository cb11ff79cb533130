"""Long answers come in pieces that end anywhere."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import Unavailable
from collector.store.influxql import tables_in

PAGES = [[[10 * page + row, 1.5] for row in range(3)] for page in range(3)]
CUTS = st.lists(st.integers(0, 10_000), max_size=8)


def line(page: list[list[float]], *, partial: bool) -> str:
    series = {"name": "m", "columns": ["time", "v"], "values": page, "partial": partial}
    return json.dumps({"results": [{"statement_id": 0, "series": [series]}]}) + "\n"


TEXT = "".join(line(page, partial=page is not PAGES[-1]) for page in PAGES).encode()


async def pieces(text: bytes, cuts: list[int]) -> AsyncIterator[bytes]:
    edges = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    for first, end in pairwise(edges):
        yield text[first:end]


async def gather(text: bytes, cuts: list[int], into: list[list[list[float]]]) -> None:
    async for table in tables_in(pieces(text, cuts)):
        into.append(table.rows)


@given(CUTS)
async def test_a_long_table_is_the_same_however_it_is_cut(cuts: list[int]) -> None:
    found: list[list[list[float]]] = []
    await gather(TEXT, cuts, found)
    assert found == PAGES


@given(CUTS, st.integers(1, len(TEXT) - 1))
async def test_a_long_table_that_ends_early_is_never_taken_for_whole(
    cuts: list[int], length: int
) -> None:
    found: list[list[list[float]]] = []
    with pytest.raises(Unavailable, match="ended too early"):
        await gather(TEXT[:length], cuts, found)
    assert found == PAGES[: len(found)]
