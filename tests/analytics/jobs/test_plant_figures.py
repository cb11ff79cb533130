from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from analytics.buckets import day_start
from analytics.jobs.plant_figures import Subject
from collector.topology import Plant, Unit

ZONE = ZoneInfo("Europe/Stockholm")
PLANT = Plant(units=(Unit(heat_pump="hp-1"),))
"""Heats from 15 November to 15 March, cools from 15 May to 30 September."""


@pytest.mark.parametrize(
    ("first", "behind", "heating", "cooling", "overall"),
    [
        ("2025-01-01", "2026-01-01", "spf", "spf", "spf"),
        ("2024-11-25", "2025-11-25", "spf", "spf", "spf"),
        ("2023-07-01", "2025-07-01", "spf", "spf", "spf"),
        ("2025-11-15", "2026-03-16", "spf", "cop", "cop"),
        ("2025-11-16", "2026-03-16", "cop", "cop", "cop"),
        ("2025-11-15", "2026-03-15", "cop", "cop", "cop"),
        ("2025-05-01", "2025-10-15", "cop", "spf", "cop"),
        ("2025-04-01", "2025-05-01", "cop", "cop", "cop"),
        # thirteen months hold one heating season and a part of another
        ("2025-01-01", "2026-02-01", "cop", "spf", "cop"),
    ],
)
def test_spf_is_of_whole_seasons_and_years(first, behind, heating, cooling, overall) -> None:
    start, end = (day_start(date.fromisoformat(day), ZONE) for day in (first, behind))
    its = Subject("plant", "plant", start, end, SimpleNamespace(), ZONE, PLANT)
    assert [its.prefix(mode) for mode in ("heating", "cooling", "overall")] == [
        heating, cooling, overall,
    ]  # fmt: skip
