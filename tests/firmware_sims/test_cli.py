"""`groundwatt sim` as a process of its own, read by a client of other people (mbpoll)."""

from __future__ import annotations

import json
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from collector.wire import decode_sample, parse_topic, split_line
from firmware_sims.scenario import SITE_FILE, scenario_file
from tests.servers import free_port

GROUNDWATT = [sys.executable, "-c", "from collector.cli import main; main()"]
UNTIL_MS = 1_751_328_000_000


def groundwatt(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*GROUNDWATT, *words], capture_output=True, text=True, timeout=100, check=False
    )


def moved_site(tmp_path: Path, scenario: str) -> Path:
    """The scenario's site file with free ports, and its maps."""
    file = scenario_file(scenario)
    text = (file.parent / SITE_FILE).read_text(encoding="utf-8")
    moved = tmp_path / SITE_FILE
    moved.write_text(re.sub(r"port: \d+", lambda _: f"port: {free_port()}", text), encoding="utf-8")
    if (file.parent / "maps").is_dir():
        (tmp_path / "maps").symlink_to(file.parent / "maps")
    return moved


@contextmanager
def running(*words: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A `groundwatt sim` that listens, and what it told about itself."""
    process = subprocess.Popen(
        [*GROUNDWATT, "sim", *words, "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        ready, _, _ = select.select([process.stdout], [], [], 60)
        line = process.stdout.readline() if ready else ""
        assert line, process.stderr.read()
        yield process, json.loads(line)
    finally:
        process.kill()
        process.communicate()


def mbpoll(told: dict[str, Any], bus: str, *words: str) -> list[float]:
    """Read registers with Debian's mbpoll over Modbus TCP."""
    host, port = told["buses"][bus]
    command = ["mbpoll", "-m", "tcp", "-0", "-1", "-q", "-p", str(port), *words, host]
    result = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert result.returncode == 0, result.stderr + result.stdout
    return [float(value) for value in re.findall(r"^\[\d+\]:\s+(\S+)", result.stdout, re.MULTILINE)]


def test_the_office_answers_another_hands_client_until_it_is_stopped(tmp_path):
    site = moved_site(tmp_path, "office_complex")
    with running("run", "--site", str(site), "--until", str(UNTIL_MS)) as (process, told):
        assert (told["event"], told["devices"], len(told["buses"])) == ("listening", 38, 11)
        assert told["until"] == UNTIL_MS
        (hertz,) = mbpoll(told, "main-1", "-a", "1", "-t", "4:float", "-B", "-r", "55")
        assert 49.8 < hertz < 50.2
        states = mbpoll(told, "plant-control", "-a", "2", "-t", "4", "-r", "0")
        assert states[0] in (0, 1, 2, 3)
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0


def test_interrupting_ends_it_at_once_and_cleanly(tmp_path):
    site = moved_site(tmp_path, "studenthuset_day")
    with running("replay", "--site", str(site)) as (process, _):
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=5)
        assert (process.returncode, errors) == (0, "")


def test_the_measured_day_steps_on_at_a_signal(tmp_path):
    site = moved_site(tmp_path, "studenthuset_day")
    with running("replay", "--site", str(site), "--steps") as (process, told):
        where = ("-a", "2", "-t", "4", "-r", "5")  # return to the boreholes, in tenths
        assert mbpoll(told, "plant", *where) == [81]
        for _ in range(2):
            process.send_signal(signal.SIGUSR1)
            expected = mbpoll(told, "plant", *where)
        assert expected == [80]


def test_history_comes_as_lines_of_the_contract_with_progress(tmp_path):
    file = tmp_path / "history.txt"
    result = groundwatt(
        "sim", "history", "-o", str(file), "--until", str(UNTIL_MS), "--days", "1",
        "--step", "900s", "--seed", "3", "--progress", "json",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    lines = file.read_bytes().splitlines()
    told = [json.loads(line) for line in result.stderr.splitlines()]
    assert told[0]["part"] == "compute"
    assert told[-1] == {"part": "recent", "done": len(lines), "total": len(lines),
                        "written": len(lines), "expected": len(lines)}  # fmt: skip
    assert len(lines) == 38 * 96
    topic, payload = split_line(lines[-1])
    site, device = parse_topic(topic, "sample")
    assert (site, decode_sample(device, payload).at) == ("office", UNTIL_MS)


def test_history_goes_to_standard_output_alone(tmp_path):
    result = groundwatt(
        "sim", "history", "-o", "-", "--until", str(UNTIL_MS), "--days", "1", "--step", "1h"
    )
    assert result.returncode == 0
    lines = result.stdout.splitlines()
    assert len(lines) == 38 * 24
    assert all(line.startswith("groundwatt/v1/office/") for line in lines)


def test_scenarios_and_columns_are_listed():
    listed = json.loads(groundwatt("sim", "list", "--json").stdout)
    assert {row["name"] for row in listed} == {"office_complex", "studenthuset_day"}
    columns = groundwatt("sim", "list", "--columns").stdout
    assert "load_thermal_kw  [kW]" in columns


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--scenario", "atlantis"),
        ("run", "--scenario", "studenthuset_day"),
        ("replay", "--scenario", "office_complex"),
        ("history", "-o", "-", "--scenario", "studenthuset_day"),
        ("history", "-o", "-", "--step", "7s"),
        ("history", "-o", "-", "--step", "soon"),
        ("history", "-o", "-", "--progress", "loud"),
        ("run", "--site", "no-such-site.yaml"),
    ],
)
def test_wrong_use_ends_with_exit_code_2(words):
    result = groundwatt("sim", *words)
    assert result.returncode == 2
    assert result.stderr


def test_a_taken_port_is_told_in_one_line_with_exit_code_1(tmp_path):
    site = moved_site(tmp_path, "studenthuset_day")
    with running("replay", "--site", str(site)):
        result = groundwatt("sim", "replay", "--site", str(site))
    assert result.returncode == 1
    assert re.fullmatch(r"bus plant: cannot listen on .*\n", result.stderr)


def test_an_output_that_cannot_be_written_is_told_with_exit_code_1(tmp_path):
    missing = tmp_path / "no" / "such" / "folder"
    result = groundwatt("sim", "history", "-o", str(missing), "--days", "1", "--step", "1h")
    assert result.returncode == 1
    assert "No such file" in result.stderr


def test_a_reader_that_goes_away_ends_history_without_a_traceback():
    process = subprocess.Popen(
        [*GROUNDWATT, "sim", "history", "-o", "-", "--days", "1"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (1, "")
