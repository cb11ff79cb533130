"""Years of an office plant's ground loop, simulated independently of the kernels under test."""

from __future__ import annotations

import numpy as np

from analytics.series import FloatArray
from collector.topology import BoreField
from firmware_sims.physics.borefield import BoreField as SimulatedField
from firmware_sims.physics.borefield import GroundLoop
from firmware_sims.physics.gfunction import BoreGeometry

YEAR = 8_766
DEPTH_M = 120.0


def office_loads(
    years: int, rng: np.random.Generator, heat_kw: float, cool_kw: float
) -> FloatArray:
    """Hourly heat into the ground: working hours, seasons and weather. [kW]"""
    hour = np.arange(years * YEAR)
    season = np.cos(2.0 * np.pi * (hour / 24.0 - 20.0) / 365.25)
    working = (hour % 24 >= 7) & (hour % 24 < 19) & (hour // 24 % 7 < 5)
    weather = np.clip(1.0 + 0.25 * rng.standard_normal(hour.size // 24 + 1), 0.0, None)
    use = (0.15 + 0.85 * working) * weather[hour // 24]
    return use * (
        cool_kw * np.clip(-season - 0.1, 0.0, None) - heat_kw * np.clip(season - 0.2, 0.0, None)
    )


def design(side: int, **changed: float | None) -> BoreField:
    """A square field as its documents tell it."""
    values: dict[str, float | None] = {
        "conductivity_w_mk": 2.1,
        "capacity_mj_m3k": 2.33,
        "resistance_mk_w": 0.11,
        "undisturbed_c": 16.0,
    }
    return BoreField(bores=side * side, columns=side, depth_m=DEPTH_M, **(values | changed))


def as_drilled(side: int, rng: np.random.Generator) -> SimulatedField:
    """A field that differs from `design` as fields do."""
    conductivity, capacity = 2.1 * np.exp(rng.normal(0.0, 0.2)), 2.33 * np.exp(rng.normal(0.0, 0.2))
    return SimulatedField(
        geometry=BoreGeometry(
            columns=side,
            rows=side,
            depth_m=DEPTH_M,
            conductivity_w_mk=conductivity,
            diffusivity_m2_s=conductivity / capacity / 1e6,
        ),
        undisturbed_c=16.0 + rng.standard_normal(),
        bore_resistance_mk_w=0.11 * (1.0 + 0.3 * float(np.clip(rng.standard_normal(), -2, 2))),
        loop_capacity_kwh_k=0.003 * side * side * DEPTH_M,
    )


def simulate(field: SimulatedField, rejected_kw: FloatArray) -> FloatArray:
    """Mean fluid temperature of each hour. [°C]"""
    loop = GroundLoop(field)
    state = loop.undisturbed()
    return np.array([loop.advance(state, kw, 3_600.0).fluid_c for kw in rejected_kw.tolist()])


def observed(
    fluid_c: FloatArray, rejected_kw: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """What meters tell: loads by a meter of 2 %, temperatures of ± 0.1 K while there is a load."""
    seen = fluid_c + 0.1 * rng.standard_normal() + 0.1 * rng.standard_normal(fluid_c.size)
    seen[np.abs(rejected_kw) < 0.02 * np.abs(rejected_kw).max()] = np.nan
    return rejected_kw * (1.0 + 0.02 * rng.standard_normal()), seen
