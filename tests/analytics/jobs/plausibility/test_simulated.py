"""Six weeks of the simulated complex with every fault that its scenario has in the past."""

from __future__ import annotations

import asyncio
from io import BytesIO
from pathlib import Path

import pytest

from analytics.jobs.opened import open_site
from analytics.jobs.plausibility import DeviceFinding, findings
from collector.model import Sample
from collector.sitefile import load_site
from collector.wire import decode_sample, parse_topic, split_line
from firmware_sims.history import compute, write
from firmware_sims.scenario import SITE_FILE, load_scenario, scenario_file
from firmware_sims.simulation import OfficeSimulation, timeline

UNTIL_MS = 1_768_492_800_000
"""2026-01-16 00:00 in Shanghai."""
DAY_MS = 86_400_000
DAYS = 42

FAULTS = {
    ("w-b/volume_m3", "counter.drop"),
    ("h-b/temp_difference_k", "circuit.pair-deviation"),
    ("h-a", "circuit.swapped"),
    ("h-source/supply_temp_c", "value.frozen"),
    ("h-source/return_temp_c", "value.frozen"),
    *((device, "data.gap") for device in ("w-a", "w-b", "w-makeup", "g-kitchen", "weather")),
}
CONSEQUENCES = {
    ("h-a/temp_difference_k", "circuit.pair-deviation"),
    ("h-a/supply_temp_c", "circuit.pair-deviation"),
}
"""What else the swapped pipes show."""


async def _looked(folder: Path, *, faults: bool) -> list[DeviceFinding]:
    file = scenario_file("office_complex")
    configuration = load_site(file.parent / SITE_FILE)
    settings = load_scenario(file, configuration)
    plan = settings.faults if faults else ()
    simulation = OfficeSimulation(configuration, settings, faults=plan, live_ms=UNTIL_MS)
    past = compute(simulation, timeline(UNTIL_MS, DAYS, 900), year=False)
    stream = BytesIO()
    write(stream, configuration.site, past, simulation.seed, lambda _: None)
    samples = [_sample(line) for line in stream.getvalue().splitlines()]
    async with open_site(configuration, folder) as its:
        await its.store.write(samples)
        start, end = UNTIL_MS - (DAYS - 1) * DAY_MS, UNTIL_MS - DAY_MS // 2
        return await findings(configuration, its.readings, its.tabulator, start, end)


def _sample(line: bytes) -> Sample:
    topic, payload = split_line(line)
    return decode_sample(parse_topic(topic, "sample")[1], payload)


def _codes(found: list[DeviceFinding]) -> set[tuple[str, str]]:
    return {(one.point, one.finding.code) for one in found if one.finding.code != "data.coverage"}


@pytest.mark.slow
def test_every_fault_is_found_and_nothing_else(tmp_path):
    found = asyncio.run(_looked(tmp_path, faults=True))
    assert _codes(found) == FAULTS | CONSEQUENCES
    coverage = [one for one in found if one.finding.code == "data.coverage"]
    assert len(coverage) == 38  # once a device: the history is in quarter-hours


@pytest.mark.slow
def test_a_history_without_faults_tells_nothing(tmp_path):
    assert _codes(asyncio.run(_looked(tmp_path, faults=False))) == set()
