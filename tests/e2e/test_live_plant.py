"""The plant's live figures go the way of all samples: broker and analytics die, nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from collector.outbox import read_outbox
from tests.e2e.counting import MAP, counting_meters, write_site
from tests.e2e.pipeline import RESEND_SOON, groundwatt, process, wait_until
from tests.servers import Server

SLOT_S = 10
PLANT = """\
plant:
  units: [{heat_pump: meter-1}]
  whole: meter-0
"""


@dataclass
class Running:
    """A plant of one meter and one heat pump, with everything that makes figures of it."""

    directory: Path
    site: Path
    broker: Server
    collector: Server
    analytics: Server

    def account(self) -> dict[str, int]:
        """Totals of the ledger for the virtual device."""
        result = groundwatt(
            "ledger", "--site", str(self.site), "--data", str(self.directory),
            "--device", "plant", "--json",
        )  # fmt: skip
        total: dict[str, int] = json.loads(result.stdout)["total"]
        return total

    def waiting(self) -> int:
        """Samples in the outbox of the analytics."""
        return len(read_outbox(self.directory / "outbox-analyse.sqlite").waiting)


@pytest.fixture
def plant(tmp_path: Path, mosquitto: Server) -> Iterator[Running]:
    """Meters, broker, collector and ingest; the analytics are not started yet."""
    with ExitStack() as stack:
        meters = stack.enter_context(counting_meters(2))
        extra = f"{RESEND_SOON}\n{PLANT}"
        site = write_site(tmp_path, list(meters.readings), mosquitto.port, "1s", extra)
        pump = MAP.replace("counting_meter", "counting_pump").replace(
            "kind: electricity_meter", "kind: heat_pump"
        )
        (tmp_path / "maps" / "counting_pump.yaml").write_text(pump)
        text = site.read_text()
        first, second = text.split("id: meter-1")
        site.write_text(first + "id: meter-1" + second.replace("counting_meter", "counting_pump"))
        common = ("--site", str(site), "--data", str(tmp_path))
        found = [
            process(tmp_path, name, name, *common) for name in ("ingest", "collect", "analyse")
        ]
        for server in found:
            stack.callback(server.stop)
        ingest, collector, analytics = found
        ingest.start()
        collector.start()
        yield Running(tmp_path, site, mosquitto, collector, analytics)


def test_what_was_never_computed_is_not_missing(plant: Running) -> None:
    result = groundwatt(
        "ledger", "--site", str(plant.site), "--data", str(plant.directory), "--json"
    )
    assert result.returncode == 0, result.stderr
    assert "plant" not in {entry["device"] for entry in json.loads(result.stdout)["days"]}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_live_figures_outlive_their_broker_and_their_maker(plant: Running) -> None:
    plant.analytics.start()
    wait_until(lambda: plant.account()["answered"] >= 1, 4 * SLOT_S, "a first figure")
    plant.broker.kill()
    wait_until(lambda: plant.waiting() >= 1, 4 * SLOT_S, "a figure that cannot be sent")
    plant.analytics.kill()
    waiting = plant.waiting()
    plant.broker.start()
    plant.analytics.start()
    wait_until(
        lambda: plant.account()["stored"] >= waiting + 2 and not plant.waiting(),
        8 * SLOT_S, "the figures of both runs",
    )  # fmt: skip
    plant.analytics.stop()
    total = plant.account()
    assert (total["lost"], total["pending"], total["refused"]) == (0, 0, 0)
    assert total["expected"] == total["stored"] + total["not_running"]
