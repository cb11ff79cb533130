"""Figures of the ground in the years to come, and of its drift in those behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from analytics.figures import Figure, Inputs
from analytics.fluids import freezing_point
from analytics.ground import drift, history
from analytics.ground.calibrate import Calibration, calibrate
from analytics.ground.forecast import HORIZONS, Band, Forecast, ForecastYear, forecast
from analytics.ground.identified import PARAMETERS
from analytics.jobs.ground_history import History, Past
from analytics.jobs.measured_figure import measured
from analytics.jobs.plant_figures import Subject
from analytics.series import DAY_MS
from analytics.uncertainty import COVERAGE_FACTOR, Uncertain
from collector.model import Finding, Title
from collector.topology import Plant

LEAST_SPAN_DAYS = 300.0
"""Shorter spans are asked for often, and the years to come do not change with them. [d]"""
_LEAST_YEAR_DAYS = history.LEAST_OF_A_YEAR * 365.25
_LEAST_COVERAGE, _LEAST_OBSERVED_HOURS = 0.9, 28.0 * 24.0
_OUTCOMES = ("mean", "heating_mean", "cooling_mean", "lowest", "highest")
_UNITS: Mapping[str, str] = {
    "conductivity": "W/(m K)", "capacity": "MJ/(m³ K)", "resistance": "m K/W", "undisturbed": "°C",
}  # fmt: skip
_NO_LOAD = Title("没有该方向的负荷", "no load in that direction")
_NO_FIELD = Title("站点文件未描述井群", "the site file describes no bore field")
_NO_METER = Title("源侧回路没有热量表", "the source loop has no heat meter")
_NOTHING_STORED = Title("没有已存数据", "nothing is stored")
_SHORT_SPAN = Title(
    f"只在时段不少于 {LEAST_SPAN_DAYS:.0f} 天时计算",
    f"only computed for spans of {LEAST_SPAN_DAYS:.0f} days or more",
)


def told_for(length_ms: int) -> bool:
    """Whether a span is long enough to be told the years to come. [ms]"""
    return length_ms >= LEAST_SPAN_DAYS * DAY_MS


def of_plant(plant: Plant, past: Past | None, subject: Subject) -> list[Figure]:
    """Net since the first day, forecast for 1, 5, 10 and 25 years, drift; or why there is none.

    Parameters
    ----------
    plant : Plant
    past : Past or None
        None: nothing is stored.
    subject : Subject
    """
    hours = past.hours if past else None
    if past is None or hours is None:
        untold = _SHORT_SPAN if past else _NOTHING_STORED
        return [_cumulative(plant, past, subject), _unforeseen(subject, untold)]
    inputs = subject.provenance.of(hours.devices)
    others = [_cumulative(plant, past, subject), *_drifts(hours, subject, inputs)]
    field = plant.bore_field
    reason = _why_not(hours)
    if field is None or reason is not None:
        return [*others, _unforeseen(subject, reason or _NO_FIELD)]
    told = calibrate(field, hours.rejected_kw, hours.loop_c)
    offset_k = history.last_year(hours.offset_k, told.model.intervals_per_year)
    freezing_c = freezing_point(plant.source.fluid, plant.source.mass_fraction)
    foreseen = forecast(told, entering_offset_k=offset_k, freezing_c=freezing_c)
    inputs = replace(inputs, constants={**inputs.constants, **_constants(told)})
    return [*others, *_foreseen(foreseen, subject, inputs, told.coverage)]


def _cumulative(plant: Plant, past: Past | None, subject: Subject) -> Figure:
    """Net extraction by the loop's meter since the first stored day, up to the span's end."""
    meter = plant.source.heat_meter
    figure = measured(
        subject, "ground_cumulative_net_kwh.loop_meter", past.net if past else None, "kWh",
        reason=_NOTHING_STORED if meter else _NO_METER,
        inputs=subject.provenance.of([meter] if meter else []),
    )  # fmt: skip
    return replace(figure, start=past.since) if past else figure


def _why_not(past: History) -> Title | None:
    """What the kernels would refuse, in the words of both languages."""
    if past.days < _LEAST_YEAR_DAYS:
        return Title(
            f"已存数据仅 {past.days:.0f} 天，不足一年",
            f"{past.days:.0f} days of stored data are less than a year",
        )
    known = ~np.isnan(past.rejected_kw)
    if known.mean() < _LEAST_COVERAGE:
        share = f"{known.mean():.0%}"
        return Title(
            f"只有 {share} 的小时有源侧负荷，低于 {_LEAST_COVERAGE:.0%}",
            f"the load of the ground is known in {share} of the hours, less than "
            f"{_LEAST_COVERAGE:.0%}",
        )
    if np.count_nonzero(~np.isnan(past.loop_c)) < _LEAST_OBSERVED_HOURS:
        return Title(
            "源侧泵运行时的水温不足 28 天", "less than 28 days of temperatures while the loop runs"
        )
    if not np.nan_to_num(past.rejected_kw[-int(_LEAST_YEAR_DAYS * 24) :]).any():
        return Title("最近一年源侧无负荷", "the ground had no load in the last year")
    return None


def _foreseen(
    foreseen: Forecast, subject: Subject, inputs: Inputs, coverage: float
) -> Iterator[Figure]:
    for year in foreseen.years:
        for name in _OUTCOMES:
            band = _band(year, name)
            yield measured(
                subject, _name(name, year.year), _uncertain(band), "°C",
                reason=_NO_LOAD, inputs=_with_band(inputs, band), coverage=coverage,
                findings=tuple(f for f in foreseen.findings if _concerns(f, name, year.year)),
            )  # fmt: skip


def _concerns(finding: Finding, outcome: str, year: int) -> bool:
    """Each finding once: the range's with the extreme of its year, the model's with the mean."""
    of_range = {"ground.forecast-cold": "lowest", "ground.forecast-warm": "highest"}
    if finding.code in of_range:
        return outcome == of_range[finding.code] and finding.evidence.get("year") == year
    return outcome == "mean" and year == HORIZONS[0]


def _band(year: ForecastYear, name: str) -> Band | None:
    bands: dict[str, Band | None] = {
        "mean": year.mean, "heating_mean": year.heating_mean, "cooling_mean": year.cooling_mean,
        "lowest": year.lowest, "highest": year.highest,
    }  # fmt: skip
    return bands[name]


def _uncertain(band: Band | None) -> Uncertain | None:
    """The wider side of the band as U, so that value ± U holds all of it."""
    if band is None:
        return None
    half = max(band.high - band.value, band.value - band.low)
    return Uncertain(band.value, {"ground:model": half / COVERAGE_FACTOR})


def _with_band(inputs: Inputs, band: Band | None) -> Inputs:
    if band is None:
        return inputs
    told = {"band, about 95 %": f"{band.low:.2f} … {band.high:.2f} °C"}
    return replace(inputs, constants={**inputs.constants, **told})


def _constants(told: Calibration) -> dict[str, str]:
    """Fitted parameters as `--explain` shows them, with how much of each the data tell."""
    its = told.parameters
    values = (its.conductivity_w_mk, its.capacity_mj_m3k, its.resistance_mk_w, its.undisturbed_c)
    spread = [float(variance) ** 0.5 for variance in told.covariance.diagonal()]
    spread[0], spread[1] = spread[0] * values[0], spread[1] * values[1]  # they are of logarithms
    shown = {
        f"ground {name}": f"{value:.4g} ± {COVERAGE_FACTOR * u:.2g} {_UNITS[name]} "
        f"({told.identified[name]:.0%} told by the data)"
        for name, value, u in zip(PARAMETERS, values, spread, strict=True)
    }
    error = f"{told.error_k:.2f} K root mean square over {told.days:.0f} days"
    return shown | {"ground model error": error}


def _name(outcome: str, year: int) -> str:
    return f"ground_forecast_c.{outcome}.{year}"


def _unforeseen(subject: Subject, reason: Title) -> Figure:
    """One figure that says why there are none."""
    return measured(subject, "ground_forecast_c", None, "°C", reason=reason)


def _drifts(past: History, subject: Subject, inputs: Inputs) -> Iterator[Figure]:
    """Change of the loop's temperature from year to year, like against like."""
    found = {
        "matched_load": drift.matched_load(past.at, past.loop_c, past.rejected_kw),
        "shut_in": drift.shut_in(past.at, past.loop_c, past.pump_on, past.heat_pump_on),
    }
    for name, its in found.items():
        yield measured(
            subject, f"ground_drift_k_a.{name}", its.slope_k_a, "K/a",
            reason=its.reason or _NO_FIELD, inputs=inputs, findings=its.findings,
        )  # fmt: skip
