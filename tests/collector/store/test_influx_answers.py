"""What the store makes of answers that no real server here can be made to give."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

import pytest

from collector.errors import Rejected, StoreError, Unavailable
from collector.store import Touched
from collector.store.influx import InfluxStore
from collector.store.influxql import NoSuchDatabase
from tests.collector.store.canned import OK, Canned, answer, answering
from tests.collector.store.sites import device, sample

METER = device()
ONE = [sample(METER, 0, {"power_kw": 1.0})]
NO_RESULTS = answer(200, '{"results":[{"statement_id":0}]}')


class Watch:
    """A clock that the test turns. [s]"""

    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture(params=[1, 2])
def version(request: pytest.FixtureRequest) -> Iterator[int]:
    """Both ways to write."""
    return request.param


async def _opened(canned: Canned, version: int, watch: Watch | None = None) -> InfluxStore:
    canned.answers.insert(0, OK if version == 2 else NO_RESULTS)
    store = InfluxStore(
        canned.url, "plant", "office", [METER], version=version, organisation="ours",
        token="t0ken", monotonic=watch or Watch(),
    )  # fmt: skip
    await store.open()
    canned.requests.clear()
    return store


async def test_retry_after_is_kept_without_asking_again(version: int) -> None:
    watch = Watch()
    async with answering(answer(429, "slow down", "Retry-After: 30"), OK) as canned:
        store = await _opened(canned, version, watch)
        with pytest.raises(Unavailable, match="429 slow down"):
            await store.write(ONE)
        watch.now_s += 29
        with pytest.raises(Unavailable, match="left alone for 1 s"):
            await store.write(ONE)
        assert len(canned.requests) == 1
        watch.now_s += 1
        await store.write(ONE)
        assert len(canned.requests) == 2
        await store.close()


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_trouble_of_the_server_is_unavailable(version: int, status: int) -> None:
    async with answering(answer(status, '{"error":"engine"}'), OK) as canned:
        store = await _opened(canned, version)
        with pytest.raises(Unavailable, match=f"{status} engine"):
            await store.write(ONE)
        await store.write(ONE)
        await store.close()


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, StoreError, "token is missing or wrong"),
        (403, StoreError, "no right"),
        (404, NoSuchDatabase, "plant at .* does not exist"),
        (400, StoreError, "400 invalid precision"),
        (302, StoreError, "302"),
    ],
)
async def test_what_trying_again_does_not_cure_is_told(
    version: int, status: int, kind: type[StoreError], words: str
) -> None:
    body = '{"code":"x","message":"invalid precision"}'
    async with answering(answer(status, body)) as canned:
        store = await _opened(canned, version)
        with pytest.raises(kind, match=words) as caught:
            await store.write(ONE)
        assert not isinstance(caught.value, Unavailable | Rejected)
        assert len(canned.requests) == 1
        await store.close()


async def test_a_connection_cut_in_the_middle_of_an_answer_is_unavailable(version: int) -> None:
    cut = b"HTTP/1.1 20"
    async with answering(cut, OK) as canned:
        store = await _opened(canned, version)
        with pytest.raises(Unavailable):
            await store.write(ONE)
        await store.write(ONE)
        await store.close()


async def test_lines_that_a_2x_server_cannot_read_are_rejected_and_the_rest_sent_again() -> None:
    batch = [sample(METER, n, {"power_kw": float(n)}) for n in range(5)]
    async with answering(OK) as canned:
        store = await _opened(canned, 2)
        await store.write(batch)
        body = canned.requests[0].split(b"\r\n\r\n", 1)[1].decode()
        unreadable = body.split("\n")[3]
        words = {"code": "invalid", "message": f"unable to parse '{unreadable}': bad timestamp"}
        canned.answers[:] = [answer(400, json.dumps(words)), OK]
        with pytest.raises(Rejected) as caught:
            await store.write(batch)
        assert [(r.index, r.reason) for r in caught.value.rejections] == [
            (3, "unable to parse: bad timestamp")
        ]
        again = canned.requests[-1].split(b"\r\n\r\n", 1)[1].decode().split("\n")
        assert again == [line for line in body.split("\n") if line != unreadable]
        await store.close()


async def test_lines_that_a_3x_server_numbers_are_rejected() -> None:
    batch = [sample(METER, n, {"power_kw": float(n)}) for n in range(5)]
    said = {
        "error": "partial write of line protocol occurred",
        "data": [{"original_line": "…", "line_number": 2, "error_message": "invalid column type"}],
    }
    async with answering(answer(400, json.dumps(said)), OK) as canned:
        store = await _opened(canned, 2)
        with pytest.raises(Rejected) as caught:
            await store.write(batch)
        assert [(r.index, r.reason) for r in caught.value.rejections] == [
            (1, "invalid column type")
        ]
        await store.close()


async def test_a_type_conflict_that_a_2x_server_calls_its_own_failure_is_rejected() -> None:
    words = '{"code":"internal error","message":"unexpected error: field type conflict"}'
    async with answering(answer(500, words)) as canned:
        store = await _opened(canned, 2)
        with pytest.raises(Rejected, match="field type conflict"):
            await store.write(ONE)
        await store.close()


async def test_writes_go_to_the_interface_of_the_version(version: int) -> None:
    many = [sample(METER, n, {"power_kw": float(n)}) for n in range(5000)]
    async with answering(OK) as canned:
        store = await _opened(canned, version)
        await store.write(ONE)
        await store.write(many)
        (small, body), (large, packed) = (
            request.split(b"\r\n\r\n", 1) for request in canned.requests
        )
        way = b"POST /api/v2/write?" if version == 2 else b"POST /write?"
        assert small.startswith(way)
        assert b"precision=ms" in small
        assert b"authorization: token t0ken" in small.lower()
        if version == 2:
            assert b"org=ours" in small
            assert b"bucket=plant" in small
        else:
            assert b"db=plant" in small
        assert body.startswith(b"electricity_meter,building=tower-a,device=meter-1,site=office,")
        assert b"content-encoding: gzip" in large.lower()
        assert gzip.decompress(packed).count(b"\n") == 4999
        await store.close()


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        (answer(200, "<html>"), StoreError, "not an answer to a query"),
        (answer(200, '{"results":[{"error":"query timeout"}]}'), Unavailable, "timeout"),
        (answer(200, '{"results":[{"error":"no such thing"}]}'), StoreError, "no such thing"),
        (answer(503, '{"error":"busy"}'), Unavailable, "busy"),
        (answer(400, '{"error":"parsing"}'), StoreError, "parsing"),
    ],
)
async def test_a_query_that_fails_is_told(
    version: int, given: bytes, kind: type[StoreError], words: str
) -> None:
    async with answering(given) as canned:
        store = await _opened(canned, version)
        with pytest.raises(kind, match=words):
            await store.latest(METER)
        await store.close()


def _part(rows: str, partial: str = ',"partial":true') -> str:
    columns = '"columns":["time","flags","power_kw"]'
    series = f'{{"name":"m",{columns},"values":[{rows}]{partial}}}'
    return f'{{"results":[{{"series":[{series}]}}]}}\n'


async def test_a_long_answer_comes_in_parts() -> None:
    body = _part('[60000,"",1]') + _part('[60000,"",1],[120000,"",2.5]', "")
    async with answering(answer(200, body)) as canned:
        store = await _opened(canned, 1)
        readings = await store.readings(METER, ["power_kw"], 0, 10**9)
        assert [(r.at, r.value) for r in readings["power_kw"]] == [(60000, 1.0), (120000, 2.5)]
        assert b"chunked=true" in canned.requests[0]
        await store.close()


@pytest.mark.parametrize("body", [_part('[60000,"",1]'), _part('[60000,"",1]', "")[:-9]])
async def test_a_long_answer_that_ends_too_early_is_unavailable(body: str) -> None:
    async with answering(answer(200, body)) as canned:
        store = await _opened(canned, 1)
        with pytest.raises(Unavailable, match="ended too early"):
            await store.readings(METER, ["power_kw"], 0, 10**9)
        await store.close()


async def test_a_missing_bucket_is_named_when_the_store_opens() -> None:
    missing = answer(404, '{"code":"not found","message":"bucket \\"plant\\" not found"}')
    async with answering(missing) as canned:
        store = InfluxStore(canned.url, "plant", "office", [METER], version=2, token="t")
        with pytest.raises(NoSuchDatabase, match=r"bucket plant at .* does not exist"):
            await store.open()


async def test_a_token_that_may_only_read_opens_the_store() -> None:
    async with answering(answer(403, '{"message":"insufficient"}'), NO_RESULTS) as canned:
        store = InfluxStore(canned.url, "plant", "office", [METER], version=2, token="t")
        await store.open()
        assert await store.latest(METER) is None
        await store.close()


async def test_marks_go_without_a_time_and_in_nanoseconds(version: int) -> None:
    async with answering(OK) as canned:
        store = await _opened(canned, version)
        await store.write_touched([Touched("meter-1", 1, 2, 3)])
        [request] = canned.requests
        head, _, body = request.partition(b"\r\n\r\n")
        assert b"precision=ns" in head
        assert body == b"late_mark,device=meter-1,site=office first=1.0,last=2.0,noted=3.0"
        await store.close()


async def test_a_mark_that_is_refused_is_no_success(version: int) -> None:
    refusal = '{"error":"partial write: field type conflict: input field \\"first\\" dropped=1"}'
    async with answering(answer(400, refusal)) as canned:
        store = await _opened(canned, version)
        with pytest.raises(StoreError, match="type conflict"):
            await store.write_touched([Touched("meter-1", 1, 2, 3)])
        await store.close()


async def test_marks_are_told_when_a_writer_would_have_written_them_again(version: int) -> None:
    """The delay is longer than the time-out after which a worker repeats a write."""
    async with answering(NO_RESULTS) as canned:
        store = await _opened(canned, version)
        assert await store.touched(5) == []
        [request] = canned.requests
        assert b"epoch=ns" in request
        assert b"time+%3E+5+AND+time+%3C+now%28%29+-+30000ms" in request
        await store.close()
