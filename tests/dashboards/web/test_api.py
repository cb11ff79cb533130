"""The API answers from a real store, and refuses what it cannot answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from dashboards.web import api as api_module
from dashboards.web import live as live_module
from tests.dashboards.office import NOW_MS, sample
from tests.dashboards.web.serving import Office

HOUR_MS = 3_600_000
READINGS = "/api/v1/readings"


def until(condition: Callable[[], bool], what: str, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"


def healthy(client: httpx.Client) -> None:
    until(lambda: client.get("/healthz").status_code == 200, "the store answers")


def latest(client: httpx.Client, device: str) -> dict[str, Any]:
    response = client.get("/api/v1/latest")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()["devices"][device]
    return found


def arrived(client: httpx.Client, device: str, at: int) -> None:
    healthy(client)
    until(lambda: latest(client, device)["at"] == at, f"{device} at {at}")


def test_the_site_is_described_in_both_languages(client: httpx.Client) -> None:
    body = client.get("/api/v1/site").json()
    assert body["title"] == {"zh": "梧桐办公园区", "en": "Wutong Office Park"}
    pump = next(d for d in body["devices"] if d["id"] == "hp-1")
    assert pump["title"] == {"zh": "热泵机组1", "en": "Heat pump 1"}
    assert pump["building"] == "plant"
    power = next(p for p in pump["points"] if p["field"] == "power_kw")
    assert power["unit"] == "kW"
    assert power["title"]["zh"] == "有功功率"
    assert body["states"]["2"] == {"zh": "制热", "en": "Heating"}


def test_the_headline_takes_the_plants_meters(client: httpx.Client) -> None:
    tiles = {tile["key"]: tile for tile in client.get("/api/v1/site").json()["headline"]}
    members = {
        key: [figure["members"] for figure in tile["figures"]] for key, tile in tiles.items()
    }
    assert members["site_power"] == [[["em-main", "power_kw"]]]
    assert members["plant_power"] == [[["em-plant", "power_kw"]]]
    assert members["plant_output"] == [[["heat-plant", "heat_kw"]]]
    assert members["source_loop"] == [
        [["heat-ground", "supply_temp_c"]],
        [["heat-ground", "return_temp_c"]],
    ]
    assert members["outdoor"] == [[["weather", "outdoor_temp_c"]]]


def test_latest_gives_value_age_and_condition(client: httpx.Client, place: Office) -> None:
    device = place.configuration.site.devices["em-main"]
    place.fill([sample(device, NOW_MS - 20_000), sample(device, NOW_MS - 10_000)])
    arrived(client, "em-main", NOW_MS - 10_000)
    body = latest(client, "em-main")
    assert body["condition"] == "good"
    assert body["age_ms"] == 10_000
    expected = sample(device, NOW_MS - 10_000).values["power_kw"]
    assert body["values"]["power_kw"] == [NOW_MS - 10_000, expected, ""]


def test_a_rarely_polled_field_stays_beside_newer_ones(client: httpx.Client, place: Office) -> None:
    device = place.configuration.site.devices["em-main"]
    minute = NOW_MS - NOW_MS % 60_000 - 60_000
    place.fill(sample(device, at) for at in range(minute, NOW_MS, 10_000))
    place.clock.at = NOW_MS
    arrived(client, "em-main", NOW_MS - 10_000)
    values = latest(client, "em-main")["values"]
    assert values["power_kw"][0] == NOW_MS - 10_000
    assert values["energy_kwh"][0] == minute
    assert values["energy_kwh"][1] == sample(device, minute).values["energy_kwh"]


def test_conditions_tell_silence_doubt_and_missing_data_apart(
    client: httpx.Client, place: Office
) -> None:
    devices = place.configuration.site.devices
    at = NOW_MS - 10_000
    place.fill(
        [
            sample(devices["hp-1"], at),
            sample(devices["hp-2"], at, power_kw="uncertain:out-of-range"),
            sample(devices["hp-3"], at, all_fields="bad:no-answer"),
        ]
    )
    arrived(client, "hp-3", at)
    body = client.get("/api/v1/latest").json()["devices"]
    conditions = [body[name]["condition"] for name in ("hp-1", "hp-2", "hp-3", "pump-load-1")]
    assert conditions == ["good", "doubtful", "silent", "stale"]
    assert body["hp-3"]["values"]["power_kw"] == [at, None, "bad:no-answer"]


def test_values_that_nothing_follows_go_stale(client: httpx.Client, place: Office) -> None:
    device = place.configuration.site.devices["hp-1"]
    place.fill([sample(device, NOW_MS - 10_000)])
    arrived(client, "hp-1", NOW_MS - 10_000)
    place.clock.at = NOW_MS + 60_000
    until(lambda: latest(client, "hp-1")["condition"] == "stale", "stale")


def test_the_rate_counts_what_devices_deliver(client: httpx.Client, place: Office) -> None:
    devices = place.configuration.site.devices
    at = NOW_MS - NOW_MS % 60_000
    place.clock.at = at + 1_000
    place.fill(
        [sample(devices["pump-load-1"], at), sample(devices["hp-3"], at, all_fields="bad:x")]
    )
    arrived(client, "hp-3", at)
    assert client.get("/api/v1/latest").json()["points_per_s"] == 0.3


def test_readings_come_as_columns_with_their_unit(client: httpx.Client, place: Office) -> None:
    device = place.configuration.site.devices["em-main"]
    slots = list(range(NOW_MS - 600_000, NOW_MS, 10_000))
    place.fill(sample(device, at) for at in slots)
    body = ask(client, "device=em-main&field=power_kw", NOW_MS - 600_000, NOW_MS).json()
    curve = body["fields"]["power_kw"]
    assert curve["unit"] == "kW"
    assert curve["at"] == slots
    assert curve["mean"] == [sample(device, at).values["power_kw"] for at in slots]
    assert "low" not in curve
    assert not body["thinned"]


def test_doubtful_readings_are_marked_and_bad_ones_are_gaps(
    client: httpx.Client, place: Office
) -> None:
    device = place.configuration.site.devices["em-main"]
    slots = list(range(NOW_MS - 60_000, NOW_MS, 10_000))
    flags = {1: "uncertain:out-of-range", 4: "bad:not-a-value"}
    place.fill(
        sample(device, at, **({"power_kw": flags[i]} if i in flags else {}))
        for i, at in enumerate(slots)
    )
    body = ask(client, "device=em-main&field=power_kw", NOW_MS - 60_000, NOW_MS).json()
    curve = body["fields"]["power_kw"]
    assert curve["at"] == slots
    assert curve["mean"][4] is None
    assert curve["mean"][1] is not None
    assert curve["doubtful"] == [1, 4]


def test_thinned_readings_keep_extremes_and_gaps(client: httpx.Client, place: Office) -> None:
    device = place.configuration.site.devices["em-main"]
    start = NOW_MS - 10 * HOUR_MS
    hole = range(NOW_MS - 6 * HOUR_MS, NOW_MS - 4 * HOUR_MS)
    samples = [sample(device, at) for at in range(start, NOW_MS, 10_000) if at not in hole]
    place.fill(samples)
    body = ask(client, "device=em-main&field=power_kw&points=100", start, NOW_MS).json()
    curve = body["fields"]["power_kw"]
    values = [s.values["power_kw"] for s in samples]
    assert body["thinned"]
    assert len(curve["at"]) <= 102
    assert max(v for v in curve["high"] if v is not None) == max(values)
    assert min(v for v in curve["low"] if v is not None) == min(values)
    gaps = [at for at, mean in zip(curve["at"], curve["mean"], strict=True) if mean is None]
    assert len(gaps) == 1
    assert gaps[0] in hole


def test_a_minute_rhythm_in_a_ten_second_site_is_no_row_of_gaps(
    client: httpx.Client, place: Office
) -> None:
    device = place.configuration.site.devices["em-main"]
    start = NOW_MS - HOUR_MS
    place.fill(sample(device, at) for at in range(start, NOW_MS, 60_000))
    body = ask(client, "device=em-main&field=power_kw", start, NOW_MS).json()
    assert None not in body["fields"]["power_kw"]["mean"]


def ask(client: httpx.Client, query: str, start: int, end: int) -> Any:
    healthy(client)
    return client.get(f"{READINGS}?{query}&from={start}&to={end}")


GOOD = {"device": "em-main", "field": "power_kw", "from": str(NOW_MS - 1000), "to": str(NOW_MS)}


@pytest.mark.parametrize(
    ("change", "status", "parameter"),
    [
        ({"device": "nobody"}, 404, "device"),
        ({"device": "' OR 1=1 --"}, 404, "device"),
        ({"device": "<script>alert(1)</script>"}, 404, "device"),
        ({"device": None}, 400, "device"),
        ({"field": "no_such"}, 404, "field"),
        ({"field": '"power_kw" FROM x;'}, 404, "field"),
        ({"field": ",".join(f"f{n}" for n in range(9))}, 400, "field"),
        ({"from": "yesterday"}, 400, "from"),
        ({"from": "-1"}, 400, "from"),
        ({"from": "1e12"}, 400, "from"),
        ({"from": "１２３４"}, 400, "from"),
        ({"from": str(NOW_MS), "to": str(NOW_MS)}, 400, "to"),
        ({"from": str(NOW_MS), "to": str(NOW_MS - 1)}, 400, "to"),
        ({"from": "946684800000", "to": "2524608000000"}, 400, "to"),
        ({"to": "9" * 400}, 400, "to"),
        ({"points": "0"}, 400, "points"),
        ({"points": "1000000"}, 400, "points"),
        ({"points": "NaN"}, 400, "points"),
        ({"pionts": "10"}, 400, "pionts"),
    ],
)
def test_a_bad_parameter_is_refused_by_name(
    client: httpx.Client, change: dict[str, str | None], status: int, parameter: str
) -> None:
    wanted = {name: value for name, value in (GOOD | change).items() if value is not None}
    response = client.get(READINGS, params=wanted)
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert error["parameter"] == parameter
    assert error["problem"]


def test_a_parameter_given_twice_is_refused(client: httpx.Client) -> None:
    response = client.get(READINGS, params=[*GOOD.items(), ("device", "hp-1")])
    assert response.status_code == 400
    assert response.json()["error"] == {"parameter": "device", "problem": "given twice"}


@pytest.mark.parametrize("path", ["/api/v1/site", "/api/v1/latest", "/api/v1/events", "/healthz"])
def test_parameters_where_none_belong_are_refused(client: httpx.Client, path: str) -> None:
    assert client.get(path, params={"x": "1"}).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/static/../application.py", 404),
        ("GET", "/static/%2e%2e/application.py", 404),
        ("POST", "/api/v1/readings", 405),
        ("DELETE", "/", 405),
    ],
)
def test_what_is_not_there_is_said_in_json(
    client: httpx.Client, method: str, path: str, status: int
) -> None:
    response = client.request(method, path)
    assert response.status_code == status
    assert response.json()["error"]["problem"]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil", "localhost@x"]
)
def test_a_foreign_host_header_is_refused(client: httpx.Client, host: str) -> None:
    response = client.get("/api/v1/latest", headers={"host": host})
    assert response.status_code == 400
    assert response.json()["error"]["parameter"] == "Host"


@pytest.mark.parametrize("path", ["/", "/api/v1/site", "/static/js/main.js", "/nothing"])
def test_every_answer_carries_the_security_headers(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"


def test_health_is_good_once_the_store_answers(client: httpx.Client) -> None:
    until(lambda: client.get("/healthz").status_code == 200, "healthy")
    assert client.get("/healthz").json() == {"status": "ok", "outage": None}


def test_a_slow_store_is_not_waited_for(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    healthy(client)
    monkeypatch.setattr(api_module, "ANSWER_WITHIN_S", 0)
    response = client.get(READINGS, params=GOOD)
    assert response.status_code == 503
    assert "no answer within" in response.json()["error"]["problem"]
    assert response.headers["retry-after"]


def test_more_streams_than_allowed_are_refused(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "MOST_STREAMS", 0)
    response = client.get("/api/v1/events")
    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert "watching" in response.json()["error"]["problem"]
