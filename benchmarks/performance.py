"""A year of minutes of a plant: everything `performance` tells, against one sum and against pandas.

Twelve channels of 525 600 minutes: load and source circuit (flow, supply, return), three heat
pumps, source pumps, load pumps, controls. Both ours and pandas' yield states, heat, COP at all
boundaries in heating, cooling and overall, uncertainty and daily totals; their figures must agree.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

from analytics.boundaries import Boundaries, infer
from analytics.instruments import heat_limits
from analytics.plant import Circuit, Performance, performance
from benchmarks import performance_pandas
from collector.topology import Accuracy, Plant

ROUNDS = 15
PANDAS_ROUNDS = 3
MINUTES = 525_600
DAY = 1_440
LIMITS = heat_limits(
    Accuracy.model_validate(
        {"class": "2", "permanent_flow_m3h": 600, "least_flow_m3h": 6, "least_difference_k": 3,
         "pair": "matched"}
    )
)  # fmt: skip
HEAT_PUMPS = ("hp1", "hp2", "hp3")
ELECTRICITY = (*HEAT_PUMPS, "source-pumps", "load-pumps", "controls")
GOAL_OF_SUM, GOAL_OF_PANDAS = 25.0, 5.0


def channels() -> dict[str, np.ndarray]:
    """A year that looks like a plant's: seasons, nights, part load, pump-only hours, gaps."""
    rng = np.random.default_rng(1)
    minute = np.arange(MINUTES)
    season = np.cos(2.0 * np.pi * minute / MINUTES)
    day = np.clip(np.sin(2.0 * np.pi * (minute % DAY) / DAY - 1.2), 0.0, None)
    load = np.where(np.abs(season) > 0.3, season * day, 0.0) * rng.uniform(0.8, 1.2, MINUTES)
    flow = np.where(day > 0.05, 200.0 + 300.0 * np.abs(load), 0.0)
    spread = np.divide(2_500.0 * load, 1.16 * flow, out=np.zeros(MINUTES), where=flow > 0.0)
    supply = np.where(season > 0.0, 42.0, 7.0) + rng.normal(0.0, 0.02, MINUTES)
    values = {
        "load_flow": flow,
        "load_supply": supply,
        "load_return": supply - spread,
        "source_flow": flow * 1.05,
        "source_supply": 17.0 + 2.0 * season,
        "source_return": 17.0 + 2.0 * season - 0.8 * spread,
        "source-pumps": 40.0 * (flow / 500.0) ** 3 / 60.0,
        "load-pumps": 45.0 * (flow / 500.0) ** 3 / 60.0,
        "controls": np.full(MINUTES, 2.4 / 60.0),
    }
    for n, name in enumerate(HEAT_PUMPS):
        values[name] = (0.65 + 180.0 * np.abs(load) * (1.0 + 0.02 * n)) / 60.0
    for name in values:  # every device is silent for an hour now and then
        for start in rng.integers(0, MINUTES - 60, 12):
            values[name][start : start + 60] = np.nan
    return values


def boundaries() -> Boundaries:
    """Everything is metered on its own."""
    return infer(
        Plant.model_validate(
            {
                "units": [{"heat_pump": f"c{n}", "electricity": n} for n in HEAT_PUMPS],
                "load": {"heat_meter": "load"},
                "source_pumps": {"electricity": ["source-pumps"]},
                "load_pumps": {"electricity": ["load-pumps"]},
                "controls": {"electricity": ["controls"]},
            }
        )
    )


def ours(values: dict[str, np.ndarray], at: np.ndarray, claims: Boundaries) -> Performance:
    """What the product computes."""

    def circuit(name: str) -> Circuit:
        flow, supply, back = (values[f"{name}_{part}"] for part in ("flow", "supply", "return"))
        return Circuit(flow, supply, back, limits=LIMITS)

    return performance(
        at_ms=at,
        interval_ms=60_000,
        electricity={name: values[name] for name in ELECTRICITY},
        circuits={"load": circuit("load")},
        source=circuit("source"),
        boundaries=claims,
        heat_pumps=HEAT_PUMPS,
        running_kw=20.0,
    )


def measure() -> dict[str, float]:
    """Milliseconds of one sum, ours and pandas', and the ratios.

    The quickest of interleaved rounds each: what else the machine does only ever adds.
    """
    values, claims = channels(), boundaries()
    at = np.arange(MINUTES, dtype=np.int64) * 60_000 + 1_735_660_800_000
    frame = performance_pandas.frame(values, at)
    _agree(ours(values, at, claims), performance_pandas.compute(frame))
    rounds = [
        (
            _ms(lambda: [float(array.sum()) for array in values.values()]),
            _ms(lambda: ours(values, at, claims)),
            _ms(lambda: performance_pandas.compute(frame)) if turn < PANDAS_ROUNDS else math.nan,
        )
        for turn in range(ROUNDS)
    ]
    sums, mine, theirs = ([turn[i] for turn in rounds] for i in range(3))
    one, own, pandas = min(sums), min(mine), min(theirs[:PANDAS_ROUNDS])
    return {"sum_ms": one, "ours_ms": own, "pandas_ms": pandas,
            "of_sum": own / one, "of_pandas": pandas / own}  # fmt: skip


def _agree(mine: Performance, theirs: dict[str, tuple[float, float]]) -> None:
    """Both tell the same figures with the same uncertainty."""
    for name, (value, expanded) in theirs.items():
        found = mine.ratios[name].value
        assert found is not None
        assert math.isclose(found.value, value, rel_tol=1e-9), name
        assert math.isclose(found.expanded, expanded, rel_tol=1e-9), name


def _ms(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return 1e3 * (time.perf_counter() - started)


if __name__ == "__main__":
    result = measure()
    print(
        f"a year of minutes: {result['ours_ms']:.1f} ms, one sum {result['sum_ms']:.2f} ms: "
        f"{result['of_sum']:.1f} times (goal at most {GOAL_OF_SUM:.0f}); pandas "
        f"{result['pandas_ms']:.0f} ms: {result['of_pandas']:.1f} times faster "
        f"(goal {GOAL_OF_PANDAS:.0f})"
    )
