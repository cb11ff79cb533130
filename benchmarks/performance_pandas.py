"""The same figures as `analytics.plant.performance` in straightforward pandas, column by column."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

HEAT_PUMPS = ["hp1", "hp2", "hp3"]
LEVELS = {
    1: HEAT_PUMPS,
    2: [*HEAT_PUMPS, "source-pumps"],
    3: [*HEAT_PUMPS, "source-pumps"],
    4: [*HEAT_PUMPS, "source-pumps", "load-pumps", "controls"],
}
QP, LEAST_FLOW, LEAST_K = 600.0, 6.0, 3.0
RUNNING_KWH = 20.0 / 60.0
WATER = [
    4213.54194181485, -2.6159093033310366, 0.05502939216502623, -0.0011965188533089586,
    1.1314336141698911e-05, -3.979242563153802e-08,
]  # fmt: skip


def frame(values: dict[str, np.ndarray], at: np.ndarray) -> pd.DataFrame:
    """All channels over local time."""
    index = pd.DatetimeIndex(pd.to_datetime(at, unit="ms", utc=True)).tz_convert("Asia/Shanghai")
    return pd.DataFrame(values, index=index)


def heat(data: pd.DataFrame, circuit: str) -> pd.DataFrame:
    """Signed heat, difference, capacity of a circuit by minute."""
    supply, back = data[f"{circuit}_supply"], data[f"{circuit}_return"]
    flow = data[f"{circuit}_flow"]
    mean = (supply + back) / 2.0
    coefficient = sum(c * mean**power for power, c in enumerate(WATER)) / 3_600.0
    capacity = (coefficient * flow / 60.0).where((mean >= 1.0) & (mean <= 95.0))
    capacity = capacity.mask(flow < LEAST_FLOW, 0.0)
    return pd.DataFrame(
        {"flow": flow, "difference": supply - back, "capacity": capacity,
         "energy": capacity * (supply - back)}
    )  # fmt: skip


def states(data: pd.DataFrame, load: pd.DataFrame) -> pd.Series:
    """Operating state by minute."""
    sure = load["difference"].abs() * 0.995 > 0.09
    powered = data[LEVELS[4]].sum(axis=1, skipna=False) > 0.0
    running = data[HEAT_PUMPS].sum(axis=1, skipna=False) > RUNNING_KWH
    warm, cold = sure & (load["energy"] > 0.0), sure & (load["energy"] < 0.0)
    unknown = load["energy"].isna()
    choices = [unknown, warm, cold & running, cold, powered]
    return pd.Series(np.select(choices, [-1, 2, 3, 6, 1], default=0), index=data.index)


def limits(load: pd.DataFrame) -> pd.DataFrame:
    """What flow sensor, pair and calculator may be wrong by. [kWh]"""
    size, spread = load["energy"].abs(), load["difference"].abs()
    flow = (2.0 + 0.02 * QP / load["flow"].clip(lower=LEAST_FLOW)).clip(upper=5.0)
    calculator = 0.5 + LEAST_K / spread.clip(lower=LEAST_K)
    return pd.DataFrame(
        {
            "flow": size * flow / 100.0,
            "pair": load["capacity"] * (0.005 * spread + 0.03 * LEAST_K),
            "calculator": size * calculator / 100.0,
            "unclaimed": size.where((spread < LEAST_K) | (load["flow"] < LEAST_FLOW), 0.0),
        }
    )


def compute(data: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Value and expanded uncertainty at every boundary; states and daily totals on the way."""
    load, source = heat(data, "load"), data["source_supply"] - data["source_return"]
    state = states(data, load)
    flows = data["source_flow"] > LEAST_FLOW
    wrong = ((state == 2) & (source < -0.09)) | ((state == 3) & (source > 0.09)) & flows
    assert wrong.mean() < 0.9
    parts = limits(load)
    result = {}
    for level, meters in LEVELS.items():
        valid = load["energy"].notna() & data[meters].notna().all(axis=1)
        for letter, sign in (("H", 1.0), ("C", -1.0), ("HC", 0.0)):
            mine = valid & (load["energy"] * sign > 0.0) if sign else valid
            result[f"{letter}{level}"] = _ratio(data, load, parts, meters, mine)
    return result


def _ratio(
    data: pd.DataFrame, load: pd.DataFrame, parts: pd.DataFrame, meters: list[str], mine: pd.Series
) -> tuple[float, float]:
    """Daily totals, their sums and the ratio with its uncertainty."""
    signs = np.sign(load["energy"])
    table = pd.concat(
        [load["energy"].abs(), parts["flow"], signs * parts["pair"], parts["calculator"],
         parts["unclaimed"], data[meters]],
        axis=1,
        keys=["heat", "flow", "pair", "calculator", "unclaimed", "meters"],
    )  # fmt: skip
    daily = table.where(mine, 0.0).groupby(data.index.normalize()).sum()
    total = daily.sum()
    energy, electricity = total["heat"].iloc[0], total["meters"].sum()
    terms = [total["flow"].iloc[0], total["pair"].iloc[0], total["calculator"].iloc[0]]
    terms = [term / energy for term in (*terms, 2e-4 * energy)]
    terms += [0.01 * used / electricity for used in total["meters"]]
    value = energy / electricity
    return value, 2.0 * value * math.hypot(*terms) / math.sqrt(3.0)
