"""Measured data shown row by row."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from pymodbus.client import AsyncModbusTcpClient

from collector.errors import ConfigError
from collector.sitefile import Configuration, load_site
from firmware_sims.live import Start, running_site
from firmware_sims.replay import ReplaySimulation
from firmware_sims.scenario import SITE_FILE, ReplayScenario, load_scenario, scenario_file
from tests.servers import free_port

HOUR_MS = 3_600_000


def studenthuset(folder: Path | None = None) -> tuple[Configuration, ReplayScenario, Path]:
    file = scenario_file("studenthuset_day" if folder is None else str(folder))
    configuration = load_site(file.parent / SITE_FILE)
    scenario = load_scenario(file, configuration)
    assert isinstance(scenario, ReplayScenario)
    return configuration, scenario, file


def measured() -> list[dict[str, str]]:
    *_, file = studenthuset()
    with (file.parent / "hourly_excerpt_20160401.csv").open(encoding="utf-8") as data:
        return list(csv.DictReader(data))


def test_the_data_are_the_24_hours_that_were_measured():
    rows = measured()
    assert len(rows) == 24
    simulation = ReplaySimulation(*studenthuset())
    heat = []
    for index, row in enumerate(rows):
        simulation.show(index)
        heat.append(simulation.values("heating")["heat_kw"])
        power = simulation.values("el007")["power_kw"]
        ratio = heat[-1] / power
        assert ratio == pytest.approx(float(row["cop_htg"]), abs=5e-10)
    assert sum(heat) == 704.0
    assert simulation.values("heating")["heat_energy_kwh"] == pytest.approx(730.0)
    assert simulation.values("el007")["energy_kwh"] == pytest.approx(
        sum(float(row["el007_kwh"]) for row in rows)
    )


def test_rows_follow_the_clock_at_the_speed_asked_for_and_the_last_one_stays():
    simulation = ReplaySimulation(*studenthuset(), speed=3600.0, start_ms=50_000)
    outdoor = [float(row["t_out_c"]) for row in measured()]
    for at_ms, row in ((0, 0), (50_000, 0), (50_999, 0), (51_000, 1), (73_500, 23), (999_000, 23)):
        simulation.advance(at_ms)
        assert simulation.values("weather")["outdoor_temp_c"] == outdoor[row]


def test_a_new_row_is_a_new_mapping_and_the_same_row_the_same():
    simulation = ReplaySimulation(*studenthuset())
    first = simulation.values("loop")
    assert simulation.values("loop") is first
    simulation.show_next()
    assert simulation.values("loop") is not first


async def test_every_poll_of_a_device_finds_its_next_row():
    configuration, scenario, file = studenthuset()
    buses = tuple(b.model_copy(update={"port": free_port()}) for b in configuration.settings.buses)
    settings = configuration.settings.model_copy(update={"buses": buses})
    moved = Configuration(configuration.file, settings, configuration.maps, configuration.site)
    simulation = ReplaySimulation(moved, scenario, file)
    start = Start(moved, scenario.devices, simulation)
    polls = []
    async with running_site(start, polled=simulation.stepper) as site:
        host, port = site.addresses["plant"]
        client = AsyncModbusTcpClient(host, port=port, retries=0, reconnect_delay=0)
        assert await client.connect()
        for _ in range(26):
            answer = await client.read_input_registers(0, count=1, device_id=4)
            loop = await client.read_holding_registers(4, count=2, device_id=2)
            polls.append(answer.registers[0])
        client.close()
    outdoor = [round(10 * float(row["t_out_c"])) for row in measured()]
    assert polls == [*outdoor, outdoor[-1], outdoor[-1]]
    assert loop.registers == [91, 81]  # the loop's first value was never read: row one


def test_data_without_a_bound_column_are_refused_with_file_and_line(tmp_path):
    _, _, file = studenthuset()
    for name in ("site.yaml", "scenario.yaml", "hourly_excerpt_20160401.csv"):
        text = (file.parent / name).read_text(encoding="utf-8").replace("t_out_c,", "t_away_c,")
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "maps").mkdir()
    for one in (file.parent / "maps").iterdir():
        (tmp_path / "maps" / one.name).write_text(one.read_text(encoding="utf-8"))
    with pytest.raises(ConfigError, match=r"hourly_excerpt_20160401.csv:2: t_out_c"):
        ReplaySimulation(*studenthuset(tmp_path))


def test_a_polled_field_without_a_column_is_told():
    configuration, scenario, file = studenthuset()
    first = scenario.devices[0]
    poorer = first.model_copy(update={"fields": {"power_kw": first.fields["power_kw"]}})
    changed = scenario.model_copy(update={"devices": (poorer, *scenario.devices[1:])})
    with pytest.raises(ConfigError, match="el007: nothing is bound to energy_kwh"):
        ReplaySimulation(configuration, changed, file)


def test_the_source_and_the_licence_lie_beside_the_data():
    *_, file = studenthuset()
    text = (file.parent / "SOURCE.txt").read_text(encoding="utf-8")
    for part in ("Spitler", "Gehlin", "10.3390/en12102020", "CC BY 4.0", "Changes"):
        assert part in text
