"""The parts of the demo that need no processes."""

from __future__ import annotations

import random
import socket
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from collector.errors import ConfigError
from collector.ledger import DayAccount
from collector.model import Reading
from collector.sitefile import load_site
from dashboards.demo import folder
from dashboards.demo.account import outcome
from dashboards.demo.children import last_lines
from dashboards.demo.history import Progress, last_object
from dashboards.demo.ports import free_ports, is_free, next_free
from dashboards.demo.table import board, line
from dashboards.demo.tally import Picture, Polls
from dashboards.web.condition import Condition, Newest
from tests.dashboards.office import NOW_MS, office, write_office


def test_the_demos_site_differs_in_endpoints_only(tmp_path: Path) -> None:
    source = folder.scenario_site("office_complex")
    folder.prepare(tmp_path / "demo", keep=False)
    rng = random.Random(1)
    written = folder.write_site(source, tmp_path / "demo", 18_830, {"kind": "sqlite"}, rng)
    shipped, own = load_site(source), load_site(written)
    assert own.settings.devices == shipped.settings.devices
    assert own.settings.mqtt.port == 18_830
    ports = [bus.port for bus in own.settings.buses]
    assert len(set(ports)) == len(ports)
    assert all(bus.host == "127.0.0.1" for bus in own.settings.buses)
    unchanged = {"host", "port"}
    for bus, before in zip(own.settings.buses, shipped.settings.buses, strict=True):
        assert bus.model_dump(exclude=unchanged) == before.model_dump(exclude=unchanged)


def test_maps_beside_a_scenario_come_along(tmp_path: Path) -> None:
    source = write_office(tmp_path / "scenario")
    folder.prepare(tmp_path / "demo", keep=False)
    written = folder.write_site(
        source, tmp_path / "demo", 18_830, {"kind": "sqlite"}, random.Random(1)
    )
    assert len(load_site(written).settings.devices) == len(load_site(source).settings.devices)
    assert yaml.safe_load(written.read_text())["site"]["name"]["zh"] == "梧桐办公园区"


def test_a_demos_folder_is_made_anew_unless_it_is_kept(tmp_path: Path) -> None:
    demo = tmp_path / "demo"
    folder.prepare(demo, keep=False)
    (demo / "old").write_text("")
    folder.prepare(demo, keep=True)
    assert (demo / "old").is_file()
    folder.prepare(demo, keep=False)
    assert not (demo / "old").exists()


def test_an_unknown_scenario_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match="office_complex"):
        folder.scenario_site("nowhere")


def test_ports_are_free_and_different() -> None:
    ports = free_ports(50, random.Random(7))
    assert len(set(ports)) == 50
    assert all(is_free(port) for port in ports)


def test_the_next_free_port_follows_the_taken_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free(port)
        assert next_free(port) > port


def test_progress_is_what_was_said_last(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert last_object(log) == {}
    log.write_text('a line\n{"lines": 1}\n2026 INFO x: {not this}\n{"lines": 22}\n{"lines": 3')
    assert last_object(log) == {"lines": 22}


def test_progress_counts_what_is_stored() -> None:
    assert Progress("recent", 25, 100).share == 0.25
    assert Progress("compute", 0, 0).share == 0
    assert Progress("complete", 100, 100).complete


def test_only_a_demo_that_delivered_everything_is_good(tmp_path: Path) -> None:
    configuration = office(tmp_path)
    names = [entry.id for entry in configuration.settings.devices]

    def good(*changed: DayAccount) -> bool:
        accounts = {name: DayAccount(name, "d", 5, 5, 5) for name in names}
        accounts |= {entry.device: entry for entry in changed}
        return outcome(configuration, list(accounts.values()), 1.0).good

    assert good()
    assert not good(DayAccount(names[0], "d", expected=5, answered=0, stored=5))
    assert not good(DayAccount(names[0], "d", expected=5, answered=4, stored=4, lost=1))
    assert not good(DayAccount(names[0], "d", expected=5, answered=4, stored=4, pending=1))
    assert outcome(configuration, [], 0.0).undelivered == tuple(names)


def picture(tmp_path: Path) -> Picture:
    site = office(tmp_path).site
    newest = {
        name: (
            Newest(NOW_MS, 12, True, {"power_kw": Reading(NOW_MS, -41.26, "")}),
            Condition.SILENT if name == "hp-3" else Condition.GOOD,
        )
        for name in site.devices
    }
    return Picture(newest, {"hp-1": Polls(4, 3, 37.4)}, 47.6, 3.0, None)


def test_the_line_tells_devices_rate_outbox_and_history(tmp_path: Path) -> None:
    site = office(tmp_path).site
    said = line(site, picture(tmp_path), Progress("year", 30, 100), 12.0)
    assert said.strip().split("  ") == [
        "12 s", "26/27 devices", "48 points/s", "outbox 3", "history 30% (the year before)"
    ]  # fmt: skip


@pytest.mark.parametrize(("language", "name"), [("en", "Heat pump 1"), ("zh", "热泵机组1")])
def test_the_board_shows_every_device_that_fits(tmp_path: Path, language: str, name: str) -> None:
    site = office(tmp_path).site
    console = Console(width=120, height=60, record=True, force_terminal=True)
    with console.capture() as captured:
        shown = board(site, picture(tmp_path), None, "http://x/", 1.0, console, language)
        console.print(shown)
    text = captured.get()
    assert name in text
    assert "\u221241.3" in text
    assert "75%" in text
    assert "http://x/" in text


def test_a_low_terminal_turns_pages(tmp_path: Path) -> None:
    site = office(tmp_path).site
    console = Console(width=120, height=20, force_terminal=True)
    pages = []
    for elapsed in (0.0, 6.0, 12.0):
        with console.capture() as captured:
            console.print(board(site, picture(tmp_path), None, "u", elapsed, console, "en"))
        pages.append(captured.get())
    assert "Heat pump 1" in pages[0]
    assert "Heat pump 1" not in pages[1]
    assert all(len(page.splitlines()) <= 20 for page in pages)


def test_the_end_of_a_log_that_is_not_there_is_nothing(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "none") == "    (nothing)"
    (tmp_path / "log").write_text("\n".join(str(n) for n in range(100)))
    assert last_lines(tmp_path / "log").split() == [str(n) for n in range(88, 100)]


def test_a_folder_that_cannot_be_made_is_a_plain_mistake(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match="cannot be made"):
        folder.prepare(tmp_path / "file" / "demo", keep=False)
