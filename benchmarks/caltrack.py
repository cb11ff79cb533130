"""CalTRACK daily fits: ours against eemeter 3.1.1's own, and 500 meters on one weather station.

eemeter 3.1.1 needs pandas 1 and numpy 1, so it lives in an environment of its own, `.venv-eemeter/`
(git-ignored), which the first run builds; it is called as a process and times its own fit.
"""

from __future__ import annotations

import csv
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from analytics.baseline import DegreeDayFit, fit_caltrack_daily, fit_caltrack_daily_many
from analytics.series import FloatArray

ROOT = Path(__file__).parents[1]
ENVIRONMENT = ROOT / ".venv-eemeter"
REQUIREMENTS = (
    "eemeter==3.1.1", "numpy==1.26.4", "pandas==1.5.3", "scipy==1.11.4", "statsmodels>=0.14",
    "setuptools<81", "pytz",
)  # fmt: skip
SAMPLE = "il-electricity-cdd-hdd-daily"
DATA = ROOT / "tests" / "data" / "eemeter_samples" / f"{SAMPLE}_baseline_daily.csv"
METERS = 500
ROUNDS = 25
GOAL = 50.0
GOAL_SECONDS = 2.0

THEIRS = f"""
import json, time, warnings
warnings.filterwarnings("ignore")
import eemeter
meter, temperature, about = eemeter.load_sample({SAMPLE!r})
year, _ = eemeter.get_baseline_data(meter, end=about["blackout_start_date"], max_days=365)
design = eemeter.create_caltrack_daily_design_matrix(year, temperature)
started = time.perf_counter()
fit = eemeter.fit_caltrack_usage_per_day_model(design)
seconds = time.perf_counter() - started
print(json.dumps({{"seconds": seconds, "parameters": fit.model.model_params}}))
"""


def measure() -> dict[str, float]:
    """Seconds of both fits of one meter-year, their ratio, and seconds for 500 meters.

    Theirs is timed without the design matrix of degree days, which ours computes within its time.
    """
    theirs, parameters = _theirs()
    temperature, energy = _meter_year()
    fit = fit_caltrack_daily(temperature, energy, unit="degF")
    difference = _difference(fit, parameters)
    assert difference < 1e-9, difference
    ours = _median(lambda: fit_caltrack_daily(temperature, energy, unit="degF"), ROUNDS)
    energies = _meters(energy)
    many = _median(lambda: fit_caltrack_daily_many(temperature, energies, unit="degF"), 5)
    return {
        "ours_ms": 1e3 * ours,
        "eemeter_ms": 1e3 * theirs,
        "ratio": theirs / ours,
        "difference": difference,
        "meters_s": many,
    }


def _difference(fit: DegreeDayFit, parameters: dict[str, float]) -> float:
    """Largest relative difference of coefficients; the balance points must be the same."""
    assert fit.balance_points["heating"] == parameters["heating_balance_point"]
    assert fit.balance_points["cooling"] == parameters["cooling_balance_point"]
    return max(abs(ours / parameters[name] - 1.0) for name, ours in fit.coefficients.items())


def _theirs() -> tuple[float, dict[str, float]]:
    """Seconds of eemeter's fit, and its parameters."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *REQUIREMENTS], check=True)
    run = subprocess.run([python, "-c", THEIRS], check=True, capture_output=True, text=True)
    answer = json.loads(run.stdout.splitlines()[-1])
    return answer["seconds"], answer["parameters"]


def _meter_year() -> tuple[FloatArray, FloatArray]:
    with DATA.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return np.array([float(row["T"]) for row in rows]), np.array([float(row["y"]) for row in rows])


def _meters(energy: FloatArray) -> FloatArray:
    """Meters of different size and scatter, each with its own missing days."""
    rng = np.random.default_rng(1)
    energies = energy * rng.uniform(0.2, 5.0, (METERS, 1)) * rng.normal(1.0, 0.2, (METERS, 365))
    energies[rng.random(energies.shape) < 0.03] = np.nan
    return energies


def _median(call: Callable[[], object], rounds: int) -> float:
    call()
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


if __name__ == "__main__":
    result = measure()
    print(
        f"caltrack: {result['ours_ms']:.2f} ms a meter-year, "
        f"eemeter {result['eemeter_ms']:.0f} ms: {result['ratio']:.0f} times faster "
        f"(goal {GOAL:.0f}), coefficients within {result['difference']:.1e}"
    )
    print(
        f"caltrack: {METERS} meters on one station in {result['meters_s']:.2f} s "
        f"(goal {GOAL_SECONDS:.0f} s)"
    )
