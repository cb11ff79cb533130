"""`groundwatt demo` as its users run it: it works, it ends, and nothing remains."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.analytics.jobs.sinks import webhook
from tests.e2e.pipeline import GROUNDWATT, groundwatt, wait_until

GONE_WITHIN_S = 30
READY_WITHIN_S = 60

SITE = """\
site: {id: office, name: {zh: 办公区, en: Small office}}
buildings: [{id: plant, name: {zh: 热泵站, en: Plant}}]
buses: [{id: plant, kind: tcp, host: 127.0.0.1, port: 15020}]
devices:
  - {id: e-plant, name: {zh: 总表, en: Plant meter}, bus: plant, unit: 1, map: schneider_iem3000,
     building: plant, system: plant, interval: 500ms}
  - {id: p-1, name: {zh: 泵, en: Pump}, bus: plant, unit: 2, map: generic_pump,
     building: plant, system: load-loop, interval: 500ms}
"""
SCENARIO = """\
kind: office
scenario: small
title: {zh: 小办公区, en: A small office}
devices:
  - {device: e-plant, model: electricity_meter, power: plant_kw, power_factor: 0.92}
  - {device: p-1, model: pump, pump: load_pump1}
"""


@pytest.fixture
def small(tmp_path: Path) -> list[str]:
    """Options of a demo with two devices at half a second, and its own data folder."""
    scenario = tmp_path / "small"
    scenario.mkdir()
    (scenario / "site.yaml").write_text(SITE)
    (scenario / "scenario.yaml").write_text(SCENARIO)
    return ["--scenario", str(scenario), "--data", str(tmp_path / "data"), "--port", free_port()]


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def processes(word: str) -> dict[int, list[str]]:
    """Running processes whose command line has a word, with that command line."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if any(word in part for part in command):
            found[int(entry.name)] = command
    return found


def nothing_remains(data: Path) -> None:
    wait_until(
        lambda: not processes(str(data)), GONE_WITHIN_S, f"all of {processes(str(data))} gone"
    )


@contextmanager
def running(arguments: list[str], data: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a demo until the page answers; it is gone afterwards, one way or the other."""
    output = data.with_suffix(".out")
    with output.open("w") as file:
        demo = subprocess.Popen([GROUNDWATT, "demo", *arguments], stdout=file, stderr=file)
    try:
        wait_until(
            lambda: "live page" in output.read_text() or demo.poll() is not None,
            READY_WITHIN_S,
            "the page answers",
        )
        assert demo.poll() is None, output.read_text()
        yield demo
    finally:
        if demo.poll() is None:
            demo.kill()
            demo.wait()
    nothing_remains(data)


def child(data: Path, command: str) -> int:
    """Process id of the demo's child that runs this sub-command."""
    [pid] = [
        pid for pid, words in processes(str(data)).items() if words[1:3] == [GROUNDWATT, command]
    ]
    return pid


@pytest.mark.slow
def test_a_demo_of_the_whole_complex_delivers_everything(tmp_path: Path) -> None:
    data = tmp_path / "data"
    result = groundwatt(
        "demo", "--seconds", "20", "--no-history", "--json", "--data", str(data),
        "--port", free_port(), timeout=110,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    body = json.loads(result.stdout)
    assert body["devices"] == 38
    assert body["expected"] == body["answered"] == body["stored"] >= 38
    assert (body["refused"], body["pending"], body["lost"]) == (0, 0, 0)
    assert body["points_per_s"] > 10
    nothing_remains(data)


@pytest.mark.slow
def test_the_figures_of_a_demo_tell_heating_and_cooling_with_their_uncertainty(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    with running(["--data", str(data), "--port", free_port()], data) as demo:
        output = data.with_suffix(".out")
        wait_until(lambda: "(complete)" in output.read_text(), 240, "history complete")
        demo.send_signal(signal.SIGTERM)
        assert demo.wait(GONE_WITHIN_S) == 0
    with sqlite3.connect(data / "groundwatt.sqlite") as database:
        first, last = database.execute(
            "SELECT date(min(at) / 1000, 'unixepoch', '1 day'),"
            " date(max(at) / 1000, 'unixepoch', '-1 day') FROM heat_meter"
        ).fetchone()
    database.close()
    told = groundwatt(
        "kpi", "--site", str(data / "site.yaml"), "--data", str(data), "--json",
        "--level", "plant", "--from", first, "--to", last, timeout=120,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    found = {
        (one["name"].partition("_")[2], one["boundary"]["annex52"]): one
        for one in json.loads(told.stdout)
        if one["boundary"] and one["name"].startswith(("cop_", "spf_"))
    }
    for mode_and_boundary in (("heating", "4+H"), ("cooling", "4+C")):
        figure = found[mode_and_boundary]
        assert 2.0 < figure["value"] < 8.0
        assert 0.0 < figure["uncertainty"] < 0.1 * figure["value"]


def test_a_demo_shows_live_values_and_ends_on_ctrl_c(small: list[str], tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running([*small, "--no-history"], data) as demo:
        wait_until(lambda: _power(small) is not None, 20, "a live value")
        demo.send_signal(signal.SIGINT)
        assert demo.wait(GONE_WITHIN_S) == 0
    nothing_remains(data)
    said = data.with_suffix(".out").read_text()
    assert "0 pending, 0 lost" in said


def test_history_is_loaded_beside_the_live_run(small: list[str], tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(small, data) as demo:
        output = data.with_suffix(".out")
        wait_until(lambda: "(complete)" in output.read_text(), 90, "history complete")
        demo.send_signal(signal.SIGTERM)
        assert demo.wait(GONE_WITHIN_S) == 0
    with sqlite3.connect(data / "groundwatt.sqlite") as database:
        runs = database.execute(
            "SELECT count(*), max(at) - min(at) FROM pump WHERE device = 'p-1' AND seq > 0"
        ).fetchone()
    database.close()
    assert runs[0] > 7 * 1440 + 358 * 96 - 10
    assert runs[1] > 364 * 86_400_000


@pytest.mark.parametrize("command", ["collect", "sim", "serve", "analyse"])
def test_the_death_of_a_child_ends_the_demo(small: list[str], tmp_path: Path, command: str) -> None:
    data = tmp_path / "data"
    with running([*small, "--no-history"], data) as demo:
        log = data / "logs" / f"{command}.log"
        wait_until(lambda: log.stat().st_size > 0, 20, "it has said something")
        os.kill(child(data, command), signal.SIGKILL)
        assert demo.wait(GONE_WITHIN_S) == 1
        nothing_remains(data)
    said = data.with_suffix(".out").read_text()
    assert f"{command} was killed by signal 9" in said
    assert log.read_text().splitlines()[-1][-40:] in said


def test_nothing_outlives_a_demo_that_is_killed(small: list[str], tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(small, data) as demo:
        assert len(processes(str(data))) >= 5
        demo.kill()
        demo.wait()
        nothing_remains(data)


def test_a_signal_during_the_start_leaves_nothing(small: list[str], tmp_path: Path) -> None:
    data = tmp_path / "data"
    demo = subprocess.Popen([GROUNDWATT, "demo", *small], stdout=subprocess.DEVNULL)
    wait_until(lambda: len(processes(str(data))) > 1, READY_WITHIN_S, "the first child")
    demo.send_signal(signal.SIGINT)
    assert demo.wait(GONE_WITHIN_S) == 130
    nothing_remains(data)


def test_a_taken_port_is_said_and_the_next_one_used(small: list[str], tmp_path: Path) -> None:
    data = tmp_path / "data"
    port = int(small[-1])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with running([*small, "--no-history"], data) as demo:
            said = data.with_suffix(".out").read_text()
            demo.send_signal(signal.SIGTERM)
            demo.wait(GONE_WITHIN_S)
    assert f"port {port} is taken" in said


def test_a_folder_that_is_no_demos_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    result = groundwatt("demo", "--data", str(tmp_path))
    assert result.returncode == 2
    assert "no demo's folder" in result.stderr
    assert (tmp_path / "precious.txt").read_text() == "mine"


def test_without_mosquitto_it_says_what_to_install(tmp_path: Path) -> None:
    script = (
        "import dashboards.demo.servers as s, collector.cli, sys;"
        "s.SYSTEM_FOLDERS = (); sys.argv = ['groundwatt', 'demo', '--data', sys.argv[1]];"
        "collector.cli.main()"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "data")],
        env={"PATH": str(tmp_path)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert result.returncode == 2
    assert "apt-get install mosquitto" in result.stderr


@pytest.mark.parametrize("store", ["postgres", "http://127.0.0.1:9"])
def test_an_unusable_store_is_wrong_use(small: list[str], store: str) -> None:
    result = groundwatt("demo", *small, "--store", store)
    assert result.returncode == 2
    assert "--store" in result.stderr


@pytest.mark.slow
def test_a_demo_runs_on_an_influxdb_beside_it(small: list[str], tmp_path: Path) -> None:
    result = groundwatt(
        "demo", *small, "--no-history", "--seconds", "5", "--json", "--store", "influx1",
        timeout=110,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    body = json.loads(result.stdout)
    assert body["stored"] == body["expected"] > 10
    nothing_remains(tmp_path / "data")


def _power(arguments: list[str]) -> Mapping[str, object] | None:
    url = f"http://127.0.0.1:{arguments[-1]}/api/v1/latest"
    with urllib.request.urlopen(url, timeout=5) as response:
        body = json.loads(response.read())
    found: Mapping[str, object] | None = body["devices"]["e-plant"]["values"].get("power_kw")
    return found


ALARMS = "alarms: [{rule: device-silent, on_delay: 0s, off_delay: 0s}]\n"
FAULTS = "faults: [{kind: reboot, device: p-1, starts: 65s, lasts: 45s}]\n"
"""Times count from the last whole minute before the demo began."""


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_demos_fault_reaches_a_webhook_once_and_its_end_once(
    small: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = tmp_path / "small"
    (scenario / "site.yaml").write_text(SITE + ALARMS)
    (scenario / "scenario.yaml").write_text(SCENARIO + FAULTS)
    with webhook() as sink:
        monkeypatch.setenv("GROUNDWATT_NOTIFY_URLS", sink.url)
        data = tmp_path / "data"
        with running([*small, "--no-history", "--faults"], data) as demo:
            wait_until(lambda: len(sink.received) >= 2, 200, "the fault and its end")
            demo.send_signal(signal.SIGINT)
            assert demo.wait(GONE_WITHIN_S) == 0
    assert [message["type"] for message in sink.received] == ["warning", "success"]
    assert all("(p-1)" in message["message"] for message in sink.received)
