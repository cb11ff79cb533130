"""The measured Stockholm day through the whole pipeline: every store gives back what was measured.

The replay serves the published hours through real registers, one row a poll; the expected numbers
are read here from the CSV by itself, not through the simulator.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import accumulate
from pathlib import Path

import pytest

from collector.sitefile import load_site
from collector.store.choice import store_for
from tests.e2e.pipeline import groundwatt, process, wait_until
from tests.servers import free_port, influxd_server, running_mosquitto

DAY = Path(__file__).parents[2] / "firmware_sims" / "scenarios" / "studenthuset_day"
HOURS = 24
GAUGES = {
    ("el007", "power_kw"): "el007_kwh",
    ("el003", "power_kw"): "el003_kwh",
    ("source-pump", "power_kw"): "sscp_kwh",
    ("heating", "heat_kw"): "heat_bldg_kw",
    ("heating", "supply_temp_c"): "heat_supply_c",
    ("heating", "return_temp_c"): "heat_return_c",
    ("loop", "heat_kw"): "q_loop_kw",
    ("loop", "supply_temp_c"): "loop_from_bh_c",
    ("weather", "outdoor_temp_c"): "t_out_c",
}
COUNTERS = {
    ("el007", "energy_kwh"): ("el007_kwh", 1.0),
    ("heating", "heat_energy_kwh"): ("heat_meter_mwh", 1000.0),
    ("heating", "volume_m3"): ("heat_vol_m3", 1.0),
}


def measured() -> list[dict[str, float]]:
    with (DAY / "hourly_excerpt_20160401.csv").open(newline="") as file:
        return [
            {name: float(text) for name, text in row.items() if name != "timestamp"}
            for row in csv.DictReader(file)
        ]


def site_file(folder: Path, broker: int, store: str) -> Path:
    """The shipped site with ports of this test's own and the store to try."""
    shutil.copytree(DAY, folder, dirs_exist_ok=True)
    site = folder / "site.yaml"
    text = re.sub(r"port: \d+", lambda _: f"port: {free_port()}", site.read_text())
    text = text.replace("interval: 1s", "interval: 200ms")
    site.write_text(f"{text}\nmqtt: {{port: {broker}}}\n{store}\n")
    return site


@contextmanager
def store_settings(kind: str, folder: Path) -> Iterator[str]:
    if kind == "influx1":
        (folder / "influx").mkdir()
        with influxd_server(folder / "influx") as server:
            yield f"store: {{kind: influx1, url: '{server.url}'}}"
    elif kind == "influx2":
        url = os.environ["GROUNDWATT_TEST_INFLUX2_URL"]
        bucket = os.environ.get("GROUNDWATT_TEST_INFLUX2_BUCKET", "groundwatt")
        organisation = os.environ.get("GROUNDWATT_TEST_INFLUX2_ORG", "groundwatt")
        yield (
            f"store: {{kind: influx2, url: '{url}', database: {bucket}, "
            f"organisation: {organisation}}}"
        )
    else:
        yield ""


def answered(site: Path, data: Path) -> int:
    """How often the device with the fewest answers has answered."""
    result = groundwatt("ledger", "--site", str(site), "--data", str(data), "--json")
    days = json.loads(result.stdout)["days"] if result.stdout else []
    counts = [day["answered"] for day in days if not day["device"].startswith("collector-")]
    return min(counts, default=0) if len(counts) == 8 else 0


KINDS = [
    "sqlite",
    "influx1",
    pytest.param(
        "influx2",
        marks=pytest.mark.skipif(
            "GROUNDWATT_TEST_INFLUX2_URL" not in os.environ, reason="needs a running InfluxDB 2"
        ),
    ),
]


@pytest.mark.parametrize("kind", KINDS)
async def test_every_measured_number_is_found_in_the_store(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
):
    if kind == "influx2":
        token = os.environ["GROUNDWATT_TEST_INFLUX2_TOKEN"]
        monkeypatch.setenv("GROUNDWATT_INFLUX_TOKEN", token)
    data = tmp_path / "data"
    with ExitStack() as stack:
        store = stack.enter_context(store_settings(kind, tmp_path))
        (tmp_path / "broker").mkdir()
        broker = stack.enter_context(running_mosquitto(tmp_path / "broker"))
        site = site_file(tmp_path / "site", broker.port, store)
        common = ("--site", str(site), "--data", str(data))
        for name, arguments in {
            "ingest": ("ingest", *common),
            "replay": ("sim", "replay", "--steps", "--site", str(site), "--json"),
            "collect": ("collect", *common),
        }.items():
            server = process(tmp_path, name, *arguments)
            stack.callback(server.stop)
            server.start()
        wait_until(lambda: answered(site, data) >= HOURS, 60, "all hours are stored")
        found = await series(site, data)
    rows = measured()
    for key, column in GAUGES.items():
        assert found[key][:HOURS] == pytest.approx([row[column] for row in rows], abs=1e-9), key
    for key, (column, scale) in COUNTERS.items():
        totals = list(accumulate(row[column] * scale for row in rows))
        assert found[key][:HOURS] == pytest.approx(totals, abs=0.01 + 1e-9), key
    assert sum(found["heating", "heat_kw"][:HOURS]) == 704
    assert not (data / "refused").exists()


async def series(site: Path, data: Path) -> dict[tuple[str, str], list[float]]:
    """Good values in the order in which they were polled."""
    configuration = load_site(site)
    store = store_for(configuration, data)
    await store.open()
    try:
        found = {}
        for device, name in (*GAUGES, *COUNTERS):
            its = configuration.site.devices[device]
            readings = (await store.readings(its, [name], 0, 2**42))[name]
            found[device, name] = [r.value for r in readings if r.value is not None]
        return found
    finally:
        await store.close()
