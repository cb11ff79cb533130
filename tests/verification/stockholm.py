"""Studenthuset in Stockholm: annual, monthly and hourly figures of a measured plant."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from analytics.ground import balance
from analytics.plant import performance, spf
from analytics.uncertainty import Uncertain
from tests.verification.table import Check

GROUP = "Measured plant in Stockholm"
DATA = Path(__file__).parents[1] / "data" / "studenthuset"
HOUR_MS = 3_600_000


def checks() -> Iterator[Check]:
    """Annual, monthly and hourly figures, and the ground."""
    annual = json.loads((DATA / "annual.json").read_text(encoding="utf-8"))
    yield from _annual(annual)
    yield from _ground(annual)
    with (DATA / "monthly_2016_04_to_09.csv").open(newline="") as file:
        for month in csv.DictReader(file):
            yield from _month({name: float(value) for name, value in month.items()})
    yield from _hours()


def _annual(annual: dict[str, Any]) -> Iterator[Check]:
    def part(mode: str, name: str) -> Uncertain:
        told = annual[mode][name]
        return Uncertain(told["value"], {name: told["u"]})

    heat = [part("heating", "space_heating_from_hp"), part("heating", "dhw_from_hp")]
    units = part("heating", "elec_hp_compressor_plus_internal_circ_pump")
    source = part("heating", "elec_source_side_circ_pump_heating_share")
    rods = [part("heating", "dhw_from_lps"), part("heating", "useful_lps_heat_to_building")]
    second = spf(heat, [units, source])
    third = spf([*heat, *rods], [units, source, part("heating", "elec_lps")])
    cooling = spf(
        part("cooling", "space_cooling"),
        part("cooling", "elec_source_side_circ_pump_cooling_share"),
    )
    told, cold = annual["heating"]["published"], annual["cooling"]["published"]
    yield _check("SPF_H1*, year", told["SPF_H1star"], spf(heat, units).value, 5e-3)
    yield _check("SPF_H2, year", told["SPF_H2"], second.value, 1e-8)
    yield _check("SPF_H3, year", told["SPF_H3"], third.value, 1e-8)
    yield _check("SPF_C2, year", cold["SPF_C2"], cooling.value, 1e-7)
    yield _check(
        "U of SPF_H2, relative", told["rel_u_SPF_H2"], second.standard / second.value, 5e-4
    )
    yield _check("U of SPF_H3, relative", told["rel_u_SPF_H3"], third.standard / third.value, 5e-4)
    yield _check(
        "U of SPF_C2, relative", cold["rel_u_SPF_C2"], cooling.standard / cooling.value, 5e-4
    )
    yield _check("U of heat, H2", told["u_heat_H2"], (heat[0] + heat[1]).standard, 0.5, "kWh")
    yield _check("U of electricity, H2", told["u_elec_H2"], (units + source).standard, 0.5, "kWh")


def _ground(annual: dict[str, Any]) -> Iterator[Check]:
    def value(mode: str, name: str) -> float:
        return float(annual[mode][name]["value"])

    heat = value("heating", "space_heating_from_hp") + value("heating", "dhw_from_hp")
    ledger = balance(
        condenser_heat_kwh=[heat],
        compressor_heating_kwh=[value("heating", "elec_hp_compressor_plus_internal_circ_pump")],
        free_cooling_kwh=[value("cooling", "space_cooling")],
    ).heat_pumps
    assert ledger is not None
    assert ledger.imbalance is not None
    # Derived from the published sums in the domain reference: E = Q − W, η = (E − R)/max(E, R).
    yield _check("heat extracted, year", 157_903.003, ledger.extracted_kwh.value, 1e-2, "kWh")
    yield _check("heat rejected, year", 130_136.869, ledger.rejected_kwh.value, 1e-2, "kWh")
    yield _check("ground imbalance, year", 0.175843, ledger.imbalance.value, 1e-6)


def _month(month: dict[str, float]) -> Iterator[Check]:
    name = f"{month['year']:.0f}-{month['month']:02.0f}"
    for label, published, heat, used in (
        ("COP_H1*", "cop_h1star_published", "heat_plus_dhw_kwh", "hp_plus_int_cp_kwh"),
        ("COP_H2", "cop_h2_published", "heat_plus_dhw_kwh", "heat_elec_h2_kwh"),
        ("COP_C2", "cop_c2_published", "cool_kwh", "cool_elec_c2_kwh"),
    ):
        ours = spf(Uncertain(month[heat]), Uncertain(month[used])).value
        yield _check(f"{label}, {name}", month[published], ours, 1e-6 * month[published])


def _hours() -> Iterator[Check]:
    with (DATA / "hourly_excerpt_20160401.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    heat = np.array([float(row["heat_bldg_kw"]) for row in rows])
    used = np.array([float(row["el007_kwh"]) for row in rows])
    at = np.arange(heat.size, dtype=np.int64) * HOUR_MS
    day = performance(
        at_ms=at, interval_ms=HOUR_MS, q_heating_kwh=heat, electricity={"units": used}
    ).ratios["H1"]
    assert day.value is not None
    yield _check("heat of 24 hours", 704.0, day.heat.value, 1e-6, "kWh")
    for place in (0, 11, 23):
        hour = slice(place, place + 1)
        one = performance(
            at_ms=at[hour], interval_ms=HOUR_MS, q_heating_kwh=heat[hour],
            electricity={"units": used[hour]},
        ).ratios["H1"].value  # fmt: skip
        assert one is not None
        published = float(rows[place]["cop_htg"])
        yield _check(f"COP of {rows[place]['timestamp']}", published, one.value, 5e-9 * published)


def _check(what: str, published: float, ours: float, tolerance: float, unit: str = "") -> Check:
    return Check(GROUP, what, published, ours, tolerance, unit)
