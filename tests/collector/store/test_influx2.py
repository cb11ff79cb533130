"""InfluxDB 2.x only: buckets, organisations, tokens; needs a server that the environment names."""

from __future__ import annotations

import os

import httpx
import pytest

from collector.errors import StoreError, Unavailable
from collector.store.influx import InfluxStore
from collector.store.influxql import NoSuchDatabase
from tests.collector.store.conftest import INFLUX2_THERE, fresh_name, influx2
from tests.collector.store.sites import at, device, sample

pytestmark = pytest.mark.skipif(
    not INFLUX2_THERE,
    reason="set GROUNDWATT_TEST_INFLUX2_URL and …_TOKEN to test against InfluxDB 2.x",
)

METER = device()


def _changed(**settings: object) -> InfluxStore:
    """A store like the one of the environment, but for some settings."""
    target = influx2([METER])._target
    given: dict[str, object] = {
        "database": target.database,
        "organisation": target.organisation,
        "token": target.token,
        **settings,
    }
    return InfluxStore(target.url, site="office", devices=[METER], version=2, **given)


async def _answered(method: str, way: str, body: dict[str, object] | None = None) -> dict:
    """Ask the server's own interface."""
    async with httpx.AsyncClient(
        base_url=os.environ["GROUNDWATT_TEST_INFLUX2_URL"],
        headers={"Authorization": f"Token {os.environ['GROUNDWATT_TEST_INFLUX2_TOKEN']}"},
        trust_env=False,
    ) as client:
        response = await client.request(method, way, json=body)
        assert response.status_code < 300, response.text
        return response.json()


async def test_a_missing_bucket_or_organisation_is_named() -> None:
    for wrong in ({"database": "no-such-bucket"}, {"organisation": "no-such-organisation"}):
        with pytest.raises(NoSuchDatabase, match="no-such-"):
            await _changed(**wrong).open()


async def test_a_wrong_or_missing_token_is_told() -> None:
    for token in ("guess", None):
        with pytest.raises(StoreError, match="token is missing or wrong") as caught:
            await _changed(token=token).open()
        assert not isinstance(caught.value, Unavailable)


@pytest.mark.parametrize("may", ["read", "write"])
async def test_a_token_that_may_only_read_or_only_write_does_so(may: str) -> None:
    whole = influx2([METER])
    await whole.open()
    await whole.write([sample(METER, 0, {"power_kw": 1.0})])
    buckets = await _answered("GET", f"/api/v2/buckets?name={whole._target.database}")
    bucket = buckets["buckets"][0]
    right = {"action": may, "resource": {"type": "buckets", "id": bucket["id"]}}
    granted = await _answered(
        "POST", "/api/v2/authorizations", {"orgID": bucket["orgID"], "permissions": [right]}
    )
    limited = InfluxStore(
        whole._target.url, whole._target.database, whole._site, [METER], version=2,
        organisation=whole._target.organisation, token=granted["token"],
    )  # fmt: skip
    await limited.open()
    more = [sample(METER, 1, {"power_kw": 2.0})]
    if may == "read":
        assert await limited.span(METER) == (at(0), at(0))
        with pytest.raises(StoreError, match="no right"):
            await limited.write(more)
    else:
        await limited.write(more)
        with pytest.raises(StoreError):
            await limited.span(METER)
        assert await whole.span(METER) == (at(0), at(1))
    await limited.close()
    await whole.close()


async def test_lines_that_cannot_be_read_are_named_and_nothing_is_stored() -> None:
    store = influx2([METER])
    await store.open()
    name = fresh_name("unread").replace("-", "_")
    lines = [f"{name} a=1 1000", f"{name} a=? 2000", f"{name} a=3 3000"]
    answer = await store._open_server().write(lines)
    assert answer.status == 400
    assert b"unable to parse" in answer.body
    [table] = await store.ask([f'SELECT a FROM "{name}"'])
    assert table.rows == []
    await store.close()
