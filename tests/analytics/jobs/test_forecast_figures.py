"""The ground in the years to come: a loop made by the model is foreseen as the model has it."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from analytics.figures import Inputs
from analytics.ground.field_model import FieldModel, Parameters
from analytics.ground.response import response
from analytics.jobs import forecast_figures
from analytics.jobs.ground_history import History, Past
from analytics.jobs.plant_figures import Subject
from analytics.jobs.provenance import Provenance
from analytics.series import DAY_MS, HOUR_MS
from analytics.uncertainty import Uncertain
from collector.topology import BoreField, Circuit, Plant, Unit
from tests.analytics.jobs.known_plant import ZONE

FIELD = BoreField(
    bores=36, columns=6, depth_m=100, conductivity_w_mk=2.0, capacity_mj_m3k=2.3,
    resistance_mk_w=0.1, undisturbed_c=15.0,
)  # fmt: skip
ACTUAL = Parameters(2.2, 2.4, 0.09, 14.6)
PLANT = Plant(units=(Unit(heat_pump="hp-1"),), source=Circuit(heat_meter="h-s"), bore_field=FIELD)
HOURS = 366 * 24
MODEL = FieldModel(response(FIELD), 3600.0, 1.0)


class NoProvenance:
    """Figures of arrays come from nowhere."""

    def of(self, devices: object) -> Inputs:
        return Inputs()


def subject(days: int = 365) -> Subject:
    its = cast(Provenance, NoProvenance())
    return Subject("plant", "plant", 0, days * DAY_MS, its, ZONE, PLANT)


def loads_kw(years: int) -> np.ndarray:
    """Cold in winter, warm in summer, ten hours a day; more rejected than extracted."""
    hour = np.arange(years * HOURS)
    working = (hour % 24 >= 8) & (hour % 24 < 18)
    return np.where(working, 20.0 - 80.0 * np.cos(2 * np.pi * hour / 8766.0), 0.0)


def history(hours: int = HOURS, seed: int = 3) -> History:
    loads = loads_kw(1)[:hours]
    loop = MODEL.temperature_c(ACTUAL, loads)
    loop += np.random.default_rng(seed).normal(0.0, 0.05, hours)
    on = loads != 0.0
    return History(
        np.arange(hours, dtype=np.int64) * HOUR_MS,
        loads,
        np.where(on, loop, np.nan),
        np.where(on, -0.01 * loads, 0.0),
        on,
        on,
        ("h-s",),
    )


def told(hours: History, plant: Plant = PLANT):
    past = Past(0, Uncertain(-5000.0, {"h-s:flow": 50.0}), hours)
    return {one.name: one for one in forecast_figures.of_plant(plant, past, subject())}


def test_the_years_to_come_are_those_of_the_model() -> None:
    found = told(history())
    size = MODEL.intervals_per_year
    year = np.concatenate([loads_kw(1)[:size]])
    future = np.concatenate([loads_kw(1), np.tile(year, 10)])
    entering = MODEL.temperature_c(ACTUAL, future)
    for after in (1, 5, 10):
        begin = HOURS + (after - 1) * size
        its = entering[begin : begin + size] - 0.01 * year
        on = year != 0.0
        expected = {
            "mean": np.average(its, weights=np.abs(year)),
            "heating_mean": np.average(its, weights=np.maximum(-year, 0.0)),
            "cooling_mean": np.average(its, weights=np.maximum(year, 0.0)),
            "lowest": its[on].min(),
            "highest": its[on].max(),
        }
        for name, value in expected.items():
            figure = found[f"ground_forecast_c.{name}.{after}"]
            assert abs(figure.value - value) < figure.uncertainty, (name, after)
            assert figure.uncertainty < 1.5
    assert found["ground_forecast_c.mean.25"].value > found["ground_forecast_c.mean.1"].value
    assert len([name for name in found if name.startswith("ground_forecast")]) == 20


def test_the_band_and_what_the_data_told_stand_with_the_constants() -> None:
    constants = told(history())["ground_forecast_c.mean.25"].inputs.constants
    low, _, high = constants["band, about 95 %"].removesuffix(" °C").partition(" … ")
    figure = told(history())["ground_forecast_c.mean.25"]
    assert float(low) >= figure.value - figure.uncertainty - 0.01
    assert float(high) <= figure.value + figure.uncertainty + 0.01
    assert constants["ground conductivity"].startswith("2.")
    assert "told by the data" in constants["ground undisturbed"]


def test_a_loop_that_becomes_too_warm_is_told_once_with_the_extreme() -> None:
    warm = replace(history(), loop_c=history().loop_c + 17.0)
    found = told(warm, PLANT.model_copy(
        update={"bore_field": FIELD.model_copy(update={"undisturbed_c": 32.0})}))  # fmt: skip
    codes = [
        (figure.name, finding.code)
        for figure in found.values()
        for finding in figure.findings
        if finding.code == "ground.forecast-warm"
    ]
    assert len(codes) == 1
    assert codes[0][0].startswith("ground_forecast_c.highest.")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda its: history(300 * 24), "300 days"),
        (lambda its: replace(its, rejected_kw=np.where(np.arange(HOURS) % 5 == 0, np.nan,
                                                       its.rejected_kw)), "80%"),
        (lambda its: replace(its, loop_c=np.full(HOURS, np.nan)), "28 days"),
        (lambda its: replace(its, rejected_kw=np.zeros(HOURS)), "no load"),
    ],
)  # fmt: skip
def test_what_the_model_needs_and_lacks_is_the_reason(change, words: str) -> None:
    figure = told(change(history()))["ground_forecast_c"]
    assert figure.value is None
    assert words in figure.reason.en
    assert figure.reason.zh


def test_without_a_bore_field_there_is_no_forecast_but_a_net() -> None:
    found = told(history(), PLANT.model_copy(update={"bore_field": None}))
    assert found["ground_forecast_c"].reason.en == "the site file describes no bore field"
    assert found["ground_cumulative_net_kwh.loop_meter"].value == -5000.0
    assert found["ground_cumulative_net_kwh.loop_meter"].uncertainty == 100.0


def test_one_year_has_no_drift_and_says_why() -> None:
    found = told(history())
    assert found["ground_drift_k_a.matched_load"].value is None
    assert "two years" in found["ground_drift_k_a.matched_load"].reason.en
    assert "12 hours" in found["ground_drift_k_a.shut_in"].reason.en


def test_two_years_have_a_drift() -> None:
    loads = loads_kw(2)
    loop = MODEL.temperature_c(ACTUAL, loads)
    on = loads != 0.0
    past = History(
        np.arange(loads.size, dtype=np.int64) * HOUR_MS, loads, np.where(on, loop, np.nan),
        np.zeros(loads.size), on, on, ("h-s",),
    )  # fmt: skip
    figure = told(past)["ground_drift_k_a.matched_load"]
    year = 365.25 * 24
    warmer = np.nanmean(past.loop_c[int(year) :]) - np.nanmean(past.loop_c[: int(year)])
    assert figure.value == pytest.approx(warmer, abs=figure.uncertainty)


def test_where_nothing_is_stored_that_is_the_reason() -> None:
    found = {one.name: one for one in forecast_figures.of_plant(PLANT, None, subject())}
    assert {figure.reason.en for figure in found.values()} == {"nothing is stored"}


def test_only_long_spans_are_told_the_future() -> None:
    assert not forecast_figures.told_for(299 * DAY_MS)
    assert forecast_figures.told_for(300 * DAY_MS)
