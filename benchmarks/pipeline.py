"""200 devices × 40 points through poll → outbox → MQTT → ingest → SQLite, at 1 Hz and flat out."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.mixed import FIELDS
from benchmarks.plant import Plant, plant, wait_for_rows

ROLES = ("collector", "ingest", "broker", "devices")


@dataclass
class Result:
    """Figures of one run; CPU in seconds per million points."""

    devices: int
    interval: str
    seconds: float
    points_per_s: float
    missed_slots: int
    outbox_depth: float
    cpu: dict[str, float]
    cores: float
    memory_mib: dict[str, list[float]]


def run(devices: int, interval: str, seconds: float) -> Result:
    """Run one load after a short warm-up."""
    with (
        tempfile.TemporaryDirectory(prefix="groundwatt-bench-") as folder,
        plant(Path(folder), devices, interval) as running,
    ):
        wait_for_rows(running, 5 * devices, 60)
        before, started = _counters(running), time.monotonic()
        memory = {role: [running.memory_mib(role)] for role in ROLES}
        while (left := started + seconds - time.monotonic()) > 0:
            time.sleep(min(left, 15.0))
            for role in ROLES:
                memory[role].append(round(running.memory_mib(role), 1))
        after, elapsed = _counters(running), time.monotonic() - started
        points = (after["rows"] - before["rows"] - after["missed"] + before["missed"]) * len(FIELDS)
        used = {role: after[role] - before[role] for role in ROLES}
        return Result(
            devices, interval, round(elapsed, 1), round(points / elapsed),
            int(after["missed"] - before["missed"]),
            running.health().get("outbox_depth", -1.0),
            {role: round(used[role] / points * 1e6, 1) for role in ROLES},
            round(sum(used.values()) / elapsed, 2), memory,
        )  # fmt: skip


def _counters(running: Plant) -> dict[str, float]:
    rows, missed = running.stored()
    return {"rows": rows, "missed": missed} | {role: running.cpu_s(role) for role in ROLES}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=200)
    parser.add_argument("--interval", default="1s")
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args()
    print(json.dumps(asdict(run(options.devices, options.interval, options.seconds)), indent=1))
