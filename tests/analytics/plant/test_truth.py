"""Simulated truth: does the true SPF lie within ± U as often as it should?

A year of the simulated office complex is read by 200 sets of instruments whose errors are drawn
evenly from their classes, by the simulator's own model of a heat meter. With errors that are even
within their bounds, k = 2 covers about 97 %: more than the 95 % of a normal distribution.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import yaml

from analytics.boundaries import Boundaries, Claim, infer
from analytics.instruments import heat_limits
from analytics.plant import Circuit, Performance, performance
from analytics.series import DAY_MS, HOUR_MS
from collector.topology import Accuracy, Plant
from firmware_sims.physics.design import ComplexDesign
from firmware_sims.physics.meter import HeatMeter, Register, read_heat_meter
from firmware_sims.physics.office import OfficeComplex

SITE = Path(__file__).parents[3] / "firmware_sims" / "scenarios" / "office_complex" / "site.yaml"
SEEDS = 200
STEP_S = 1_800.0
STEP_H = STEP_S / 3_600.0
METERS = {
    "e-hp-1": ("hp1_kw", "1"), "e-hp-2": ("hp2_kw", "1"), "e-hp-3": ("hp3_kw", "1"),
    "e-source-pumps": ("source_pumps_kw", "1"), "e-load-pumps": ("load_pumps_kw", "1"),
    "e-auxiliary": ("auxiliary_kw", "1"), "e-plant": ("plant_kw", "0.5S"),
    "e-a-hvac": ("tower_a_terminals_kw", "1"), "e-b-hvac": ("tower_b_terminals_kw", "1"),
}  # fmt: skip
HEAT_METER = Accuracy.model_validate(
    {"class": "2", "permanent_flow_m3h": 600, "least_flow_m3h": 6, "least_difference_k": 3,
     "pair": "matched"}
)  # fmt: skip
REGISTER = Register(step=0.001, modulus=1e12)


class Year(NamedTuple):
    """Truth of a year, with what the plant's description says."""

    at_ms: np.ndarray
    values: dict[str, np.ndarray]
    days: np.ndarray
    season: np.ndarray
    claims: Boundaries


@pytest.fixture(scope="module")
def year() -> Year:
    office = OfficeComplex(ComplexDesign())
    start = int(datetime(2024, 12, 31, 16, tzinfo=UTC).timestamp() * 1e3)
    steps = int(365 * 24 / STEP_H)
    trace = office.run(office.rest_state(start), steps, STEP_S)
    day = np.arange(365)
    heats, cools = (day >= 318) | (day < 90), (day >= 120) & (day < 288)
    plant = Plant.model_validate(yaml.safe_load(SITE.read_text(encoding="utf-8"))["plant"])
    return Year(
        trace.at_ms - int(STEP_S * 1e3),
        dict(trace.values),
        start + np.arange(366, dtype=np.int64) * DAY_MS,
        np.where(heats, 1, np.where(cools, -1, 0)),
        infer(plant),
    )


def truth(year: Year, claim: Claim) -> float:
    """The true ratio of sums, told from the simulator's heat and powers alone."""
    heat = year.values["load_thermal_kw"]
    used = sum(year.values[METERS[name][0]] for name in claim.electricity.plus)
    assert not claim.electricity.minus
    if claim.mode == "overall":
        return float(np.abs(heat).sum() / used.sum())
    sign = 1.0 if claim.mode == "heating" else -1.0
    season = np.repeat(year.season, heat.size // 365)
    mine = (heat * sign > 0.0) | ((heat == 0.0) & (season == sign))
    return float(np.maximum(heat * sign, 0.0).sum() / used[mine].sum())


def measured(year: Year, rng: np.random.Generator, *, registers: bool) -> Performance:
    """What one set of instruments makes of the year."""
    flow, pair, calculator = rng.uniform(-1.0, 1.0, 3)
    meter = HeatMeter(600.0, flow, pair, calculator, REGISTER, REGISTER)
    load = ("load_flow_m3h", "load_supply_temp_c", "load_return_temp_c", "load_thermal_kw")
    shown = read_heat_meter(meter, *(year.values[name] for name in load))
    circuit = Circuit(
        shown.flow_m3h,
        shown.supply_c,
        shown.return_c,
        shown.counted_heat_kw * STEP_H if registers else None,
        shown.counted_cold_kw * STEP_H if registers else None,
        limits=heat_limits(HEAT_METER),
    )
    accuracy = {n: Accuracy.model_validate({"class": c}) for n, (_, c) in METERS.items()}
    bounds = {name: 0.005 if c == "0.5S" else 0.01 for name, (_, c) in METERS.items()}
    electricity = {
        name: year.values[column] * STEP_H * (1.0 + rng.uniform(-bounds[name], bounds[name]))
        for name, (column, _) in METERS.items()
    }
    return performance(
        at_ms=year.at_ms, interval_ms=int(STEP_H * HOUR_MS), electricity=electricity,
        circuits={"h-load": circuit}, boundaries=year.claims, days=year.days, season=year.season,
        heat_pumps=("e-hp-1", "e-hp-2", "e-hp-3"), running_kw=25.0, accuracy=accuracy,
    )  # fmt: skip


def coverage(year: Year, *, registers: bool) -> dict[str, float]:
    """Share of the seeds in which the truth lies within ± U, in per cent, by boundary."""
    true = {claim.name: truth(year, claim) for claim in year.claims.claims}
    inside = dict.fromkeys(true, 0)
    for seed in range(SEEDS):
        found = measured(year, np.random.default_rng(seed), registers=registers)
        for name, ratio in found.ratios.items():
            assert ratio.value is not None
            inside[name] += abs(ratio.value.value - true[name]) <= ratio.value.expanded
    return {name: 100.0 * count / SEEDS for name, count in inside.items()}


def test_the_truth_lies_within_the_uncertainty(year, record_property):
    """Heat from the meter's registers, as the product prefers it."""
    shares = coverage(year, registers=True)
    for name, share in shares.items():
        record_property(name, share)
        assert 93.0 <= share <= 99.5, (name, share)
    assert set(shares) == {f"{m}{level}" for m in ("H", "C", "HC") for level in (1, 2, 3, 4, 5)}


def test_exact_instruments_tell_the_truth(year):
    """Without errors the figures are the true ones: the rules themselves add no bias."""

    class Exact:
        def uniform(self, low: float, high: float, size: int | None = None) -> object:
            return np.zeros(size) if size else 0.0

    found = measured(year, Exact(), registers=True)  # type: ignore[arg-type]
    for claim in year.claims.claims:
        ratio = found.ratios[claim.name].value
        assert ratio is not None
        assert ratio.value == pytest.approx(truth(year, claim), rel=2e-4), claim.name
