"""A whole plant's baseline: its COP heating and cooling, and what it uses while it rests.

Heating and cooling have a line each. The compressor's work is part of the heat and not of the cold
(COP_cooling ≈ COP_heating − 1 at the same lift), and the lift lies between other waters; one line
for both misses either. ln COP is the straight line, so that no condition leads to a negative COP.

Hours are weighted by their electricity, which is what the baseline has to predict, and the
intercept is set so that the line gives exactly the electricity of its own hours: the mean of a
logarithm is not the logarithm of a mean (Duan 1983, smearing).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np

from analytics.baseline.fit import Quality, autocorrelation, effective_observations, quality
from analytics.baseline.plant_cop import CopFit, fit_cop
from analytics.baseline.sufficiency import (
    CALTRACK,
    REFUSED,
    InsufficientData,
    Limits,
    check_year,
    refuse,
)
from analytics.series import BoolArray, FloatArray
from collector.model import Finding, Title

Side = Literal["heating", "cooling"]
SIDES: tuple[Side, ...] = ("heating", "cooling")
LEAST_LOAD = 0.02
"""Share of the rated output below which an hour is at rest: what a sensor pair's offset makes of a
resting circuit is no heat. [0..1]"""
PURE = 0.05
"""Share of the other mode's heat up to which an hour tells the COP of one mode. [0..1]"""
MINOR = 0.05
"""Share of the heat below which a mode that cannot be fitted is left out, not refused. [0..1]"""


@dataclass(frozen=True, slots=True, eq=False)
class PlantHours:
    """Every hour of a period; arrays of shape (n,), NaN where unknown.

    Parameters
    ----------
    heating, cooling : array of float64
        Heat and cold delivered, both positive. [kWh]
    electricity : array of float64
        Inside the boundary. [kWh]
    lift : array of float64
        Water to the load less water from the ground, weighted by the heat; the lift of heating.
        Cooling lifts by as much in the other direction. [K]
    """

    heating: FloatArray
    cooling: FloatArray
    electricity: FloatArray
    lift: FloatArray

    def heat(self, side: Side) -> FloatArray:
        """Heat or cold. [kWh]"""
        return self.heating if side == "heating" else self.cooling

    def lift_of(self, side: Side) -> FloatArray:
        """Lift of a mode. [K]"""
        return self.lift if side == "heating" else -self.lift


@dataclass(frozen=True, slots=True)
class Rest:
    """What a plant uses in an hour without load.

    Parameters
    ----------
    mean, scatter : float
        Of the hours at rest. [kWh]
    autocorrelation : float
        Lag-1. [-]
    n : int
        Hours at rest.
    """

    mean: float
    scatter: float
    autocorrelation: float
    n: int

    def uncertainty(self, hours: int) -> float:
        """Standard uncertainty of the electricity of so many hours at rest. [kWh]"""
        if not hours:
            return 0.0
        own = hours / effective_observations(hours, self.autocorrelation)
        common = 1.0 / effective_observations(self.n, self.autocorrelation)
        return self.scatter * math.sqrt(hours * own + hours**2 * common)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantFit(Quality):
    """A plant's baseline; `Quality` holds how well it tells the electricity of each hour.

    Parameters
    ----------
    method : str
        plant.
    model : str
        The modes that it knows: heating, cooling or heating+cooling.
    boundary, electricity_of, heat_of : str
        Name of the boundary, and the meters of its two sides as formulas.
    rated_kw : float
        Output that part load refers to. [kW]
    heating, cooling : CopFit or None
        ln COP of a mode; None when the baseline does not know it.
    rest : Rest
        Hours without load.
    findings : tuple of Finding
        What is worth knowing about the data or the fit.
    """

    method: str = "plant"
    model: str
    boundary: str
    electricity_of: str
    heat_of: str
    rated_kw: float
    heating: CopFit | None
    cooling: CopFit | None
    rest: Rest
    findings: tuple[Finding, ...] = ()

    def line(self, side: Side) -> CopFit | None:
        """The regression of a mode."""
        return self.heating if side == "heating" else self.cooling

    def sides(self) -> Iterator[tuple[Side, CopFit]]:
        """The modes that the baseline knows."""
        for side in SIDES:
            line = self.line(side)
            if line is not None:
                yield side, line

    def predict(self, hours: PlantHours) -> FloatArray:
        """Electricity that the baseline would have used in each hour; NaN where unknown. [kWh]"""
        expected = np.where(resting(hours, self.rated_kw), self.rest.mean, 0.0)
        for side in SIDES:
            runs, line = running(hours, side, self.rated_kw), self.line(side)
            if not runs.any():  # a winter week has no cooling
                continue
            heat = hours.heat(side)[runs]
            if line is None:
                expected[runs] = np.nan
                continue
            lift = hours.lift_of(side)[runs]
            expected[runs] += heat / line.predict(lift, heat / self.rated_kw).cop
        return np.where(np.isnan(hours.heating + hours.cooling), np.nan, expected)


def running(hours: PlantHours, side: Side, rated_kw: float) -> BoolArray:
    """Hours in which a mode delivers anything worth the name."""
    return np.nan_to_num(hours.heat(side)) >= LEAST_LOAD * rated_kw


def resting(hours: PlantHours, rated_kw: float) -> BoolArray:
    """Hours in which neither mode does."""
    known = ~np.isnan(hours.heating + hours.cooling)
    return known & ~running(hours, "heating", rated_kw) & ~running(hours, "cooling", rated_kw)


def fit_plant(
    hours: PlantHours,
    *,
    boundary: str,
    electricity_of: str = "",
    heat_of: str = "",
    rated_kw: float | None = None,
    limits: Limits = CALTRACK,
) -> PlantFit:
    """Fit a plant's baseline on every hour of a period.

    Parameters
    ----------
    hours : PlantHours
        In order of time, gaps kept as NaN.
    boundary, electricity_of, heat_of : str
        What the electricity is of; kept with the result.
    rated_kw : float, optional
        Rated output of all heat pumps; default the highest hour. [kW]
    limits : Limits
        How much of the period may be missing. Less than a year is told, not refused: lift and
        part load, not the season, explain a plant's electricity.

    Raises
    ------
    InsufficientData
        Too much is missing, there is no load, or a mode that matters cannot be fitted.
    """
    known = ~np.isnan(hours.heating + hours.cooling + hours.electricity)
    refuse(_gaps(known, limits))
    output = hours.heating + hours.cooling
    rated = float(np.nanmax(output)) if rated_kw is None else rated_kw
    lines: dict[Side, CopFit] = {}
    refused: list[Finding] = []
    remarks: list[Finding] = list(check_year(known.size // 24))
    for side in SIDES:
        try:
            lines[side] = _line(hours, side, rated)
        except InsufficientData as error:
            share = _share(hours, side)
            refused += error.findings if share > MINOR else ()
            remarks += [_left_out(side, share)] if 0.0 < share <= MINOR else []
    if refused or not lines:
        raise InsufficientData(refused or [_no_load()])
    blank = Quality(
        r_squared=math.nan, r_squared_adjusted=math.nan, cv_rmse=math.nan, nmbe=math.nan,
        autocorrelation=0.0, n=0, p=0, standard_error=math.nan, mean=math.nan,
    )  # fmt: skip
    fit = PlantFit(
        **asdict(blank), model="+".join(lines), boundary=boundary,
        electricity_of=electricity_of, heat_of=heat_of, rated_kw=rated,
        heating=lines.get("heating"), cooling=lines.get("cooling"),
        rest=_rest(hours, rated), findings=tuple(remarks),
    )  # fmt: skip
    told = quality(
        hours.electricity, fit.predict(hours), 1 + sum(line.p for line in lines.values())
    )
    return replace(fit, **asdict(told))


def _line(hours: PlantHours, side: Side, rated: float) -> CopFit:
    """Regress ln COP on the hours that tell one mode's alone."""
    heat, other = hours.heat(side), hours.heat("cooling" if side == "heating" else "heating")
    pure = running(hours, side, rated) & (np.nan_to_num(other) <= PURE * np.nan_to_num(heat))
    used = np.where(pure, hours.electricity, np.nan)
    cop = np.full(heat.size, np.nan)
    np.divide(heat, used, out=cop, where=used > 0.0)
    lift, load = hours.lift_of(side), heat / rated
    line = fit_cop(lift, load, cop, np.where(np.isnan(cop), 0.0, used), shape="log")
    counts = ~np.isnan(cop + lift)
    told = float(np.sum(heat[counts] / line.predict(lift[counts], load[counts]).cop))
    shift = math.log(told / float(used[counts].sum()))
    moved = {**line.coefficients, "intercept": line.coefficients["intercept"] + shift}
    return replace(line, coefficients=moved)


def _rest(hours: PlantHours, rated: float) -> Rest:
    idle = resting(hours, rated)
    used = np.where(idle, hours.electricity, np.nan)
    seen = used[~np.isnan(used)]
    if not seen.size:
        return Rest(0.0, 0.0, 0.0, 0)
    mean = float(seen.mean())
    scatter = float(seen.std(ddof=1)) if seen.size > 1 else mean
    return Rest(mean, scatter, autocorrelation(used), int(seen.size))


def _share(hours: PlantHours, side: Side) -> float:
    whole = float(np.nansum(hours.heating) + np.nansum(hours.cooling))
    return float(np.nansum(hours.heat(side))) / whole if whole else 0.0


def _gaps(known: BoolArray, limits: Limits) -> list[Finding]:
    missing = int(known.size - known.sum())
    if known.any() and missing <= limits.missing_share * known.size:
        return []
    sentence = Title(
        f"{known.size} 小时中缺 {missing} 小时，最多允许缺 {limits.missing_share:.0%}。",
        f"{missing} of {known.size} hours are missing; at most {limits.missing_share:.0%} may be.",
    )
    evidence = {"missing_hours": float(missing), "hours": float(known.size)}
    return [Finding("baseline.missing-hours", REFUSED, sentence, evidence)]


def _no_load() -> Finding:
    sentence = Title("基准期内没有供热或供冷。", "The baseline period has neither heat nor cold.")
    return Finding("baseline.no-consumption", REFUSED, sentence)


def _left_out(side: Side, share: float) -> Finding:
    zh = "供热" if side == "heating" else "供冷"
    sentence = Title(
        f"{zh}时段太少（占热量 {share:.1%}），基准不含该模式。",
        f"Too little {side} ({share:.1%} of the heat): the baseline does not know this mode.",
    )
    return Finding("baseline.mode-left-out", "warning", sentence, {"share": share})
