"""`groundwatt run`: collector and ingest in one process, also when the store comes up late."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.counting import counting_meters, write_site
from tests.e2e.pipeline import RESEND_SOON, groundwatt, process, totals_of, wait_until
from tests.servers import Server, free_port, influxd_server


def test_polling_begins_before_the_store_is_there_and_nothing_is_lost(
    tmp_path: Path, mosquitto: Server
):
    port = free_port()
    store = f"store: {{kind: influx1, url: 'http://127.0.0.1:{port}', timeout: 1s}}"
    with counting_meters(3) as meters:
        ports = list(meters.readings)
        site = write_site(tmp_path, ports, mosquitto.port, extra=f"{RESEND_SOON}\n{store}")
        run = process(tmp_path, "run", "run", "--site", str(site), "--data", str(tmp_path))
        run.start()
        try:
            wait_until(lambda: min(meters.readings.values()) >= 10, 30, "polling has begun")
            folder = tmp_path / "influx"
            folder.mkdir()
            with influxd_server(folder, port=port):
                goal = sum(meters.readings.values()) + 30
                wait_until(lambda: totals_of(site, tmp_path)["stored"] >= goal, 60, "stored")
                run.stop()
                totals = totals_of(site, tmp_path)
        finally:
            run.stop()
    assert (totals["lost"], totals["pending"]) == (0, 0)
    assert totals["answered"] >= goal


def test_a_second_collector_on_the_same_data_is_refused(tmp_path: Path, mosquitto: Server):
    with counting_meters(1) as meters:
        site = write_site(tmp_path, list(meters.readings), mosquitto.port)
        first = process(tmp_path, "first", "run", "--site", str(site), "--data", str(tmp_path))
        first.start()
        try:
            second = groundwatt("run", "--site", str(site), "--data", str(tmp_path))
            assert second.returncode == 1
            assert "another collector of this name is running" in second.stderr
            assert "Traceback" not in second.stderr
        finally:
            first.stop()
