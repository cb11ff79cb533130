"""A plant's redundancies: sound meters are left alone, and a wrong one is named with its title."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.closure import check
from analytics.jobs import closure_network
from analytics.jobs.closure_network import Network, days_of
from collector.model import OperatingState
from tests.analytics.jobs import redundant_plant as plant
from tests.analytics.jobs.redundant_plant import PLACES, PLANT, Errors, drawn


def network(errors: Errors | None = None, mode: str = "both") -> Network:
    values = plant.values(errors)
    if mode == "electricity":
        found = closure_network.of_electricity(PLANT, values)
    else:
        found = closure_network.of_heat(mode, PLANT, values, plant.states(), PLACES)
    assert found is not None
    return found


@pytest.mark.parametrize("mode", ["heating", "cooling", "both", "electricity"])
def test_exact_meters_close_every_balance(mode: str) -> None:
    its = network(mode=mode)
    result = check(its.measured, its.constraints)
    assert result.p > 0.99
    for residual, balance in zip(result.residuals, its.constraints, strict=True):
        assert residual is not None
        # of what has no register, starts and stops are made up for
        largest = max(abs(its.measured[name].value) for name in balance)
        # water's heat capacity at 30 °C is not that of the table
        assert abs(residual.value) < 0.01 * largest, balance


def test_losses_are_within_their_bounds() -> None:
    its = network(mode="heating")
    pipes = its.measured["pipes"]
    lost = its.measured["h-load"] - its.measured["h-a"] - its.measured["h-b"]
    assert abs(pipes.value - lost.value) < pipes.expanded
    assert its.measured["hp-1:drive"].value == pytest.approx(
        0.03 * its.measured["e-hp-1"].value
    )  # fmt: skip


@pytest.mark.parametrize("mode", ["heating", "cooling", "both", "electricity"])
def test_meters_that_err_within_their_class_are_not_accused(mode: str) -> None:
    results = [check(its.measured, its.constraints) for its in
               (network(drawn(seed), mode) for seed in range(20))]  # fmt: skip
    assert [result.suspect for result in results].count(None) >= 19
    assert sum(result.p < 0.0125 for result in results) <= 1


@pytest.mark.parametrize("gain", [1.1, 0.9])
@pytest.mark.parametrize("name", ["h-load", "h-source"])
def test_a_large_meter_that_is_a_tenth_wrong_is_named(name: str, gain: float) -> None:
    seeds = range(10)
    found = []
    for seed in seeds:
        errors = drawn(seed)
        its = network(Errors({**errors.gain, name: gain}, errors.offset_k))
        found.append(check(its.measured, its.constraints))
    assert sum(result.suspect == name for result in found) >= 9
    assert all(result.suspect in (name, None) for result in found)
    truth = network().measured[name].value
    estimates = [result.estimates[name] for result in found]
    inside = [abs(each.value - truth) <= each.expanded for each in estimates]
    assert sum(inside) >= 9


@pytest.mark.parametrize("mode", ["heating", "electricity"])
def test_a_heat_pump_that_never_ran_stops_no_check(mode: str) -> None:
    names = ("e-hp-3", "hp-3/electricity", "hp-3/load", "hp-3/source")
    its = network(Errors(dict.fromkeys(names, 0.0)), mode)
    result = check(its.measured, its.constraints)
    assert result.dof > 0
    assert result.p < 0.01  # it did run: the plant's own meters say so


def test_an_electricity_meter_of_a_heat_pump_is_held_against_the_plants() -> None:
    its = network(Errors({"e-hp-1": 1.1}), "electricity")
    result = check(its.measured, its.constraints)
    assert result.suspect == "e-hp-1"
    assert result.estimates["e-hp-1"].value == pytest.approx(
        network(mode="electricity").measured["e-hp-1"].value, rel=0.01
    )


def test_parts_that_nobody_meters_are_estimated_from_the_whole() -> None:
    """Controls always exist beside a meter of the whole; without theirs it proves nothing."""
    values = plant.values()
    del values.electricity["e-control"]
    its = closure_network.of_electricity(PLANT.model_copy(update={"controls": None}), values)
    assert its is not None
    result = check(its.measured, its.constraints)
    assert result.residuals[0] is None
    assert result.estimates["controls"].value == pytest.approx(plant.SIZE * 1.0, rel=0.01)


def test_offsets_of_pairs_cancel_in_both_modes_together() -> None:
    offset = Errors(offset_k={"h-load": 0.09})
    heating, both = network(offset, "heating"), network(offset)
    exact = network(mode="heating"), network()
    wrong = [
        abs(a.measured["h-load"].value / b.measured["h-load"].value - 1)
        for a, b in zip((heating, both), exact, strict=True)
    ]
    assert wrong[0] == pytest.approx(0.018, rel=0.01)
    assert wrong[1] < 0.2 * wrong[0]
    share = [x.measured["h-load"].expanded / x.measured["h-load"].value for x in (heating, both)]
    assert share[1] < 0.75 * share[0]


def test_only_whole_days_of_one_mode_count() -> None:
    states = plant.states()
    states[40] = OperatingState.FREE_COOLING
    states[5 * 96 + 40] = OperatingState.COOL
    heating = days_of("heating", states, PLACES)
    assert not heating[:96].any()
    assert not heating[5 * 96 : 6 * 96].any()
    assert heating[96 : 5 * 96].all()
    assert not (heating & days_of("cooling", states, PLACES)).any()


def test_a_few_hours_are_no_witnesses() -> None:
    states = plant.states()
    states[96:] = OperatingState.STANDBY
    assert closure_network.of_heat("heating", PLANT, plant.values(), states, PLACES) is None


def test_products_of_means_are_scaled_from_steady_intervals() -> None:
    """Starts and stops are left out, and made up for by the heat pump's electricity."""
    its, values = network(mode="heating"), plant.values()
    whole = float(np.nansum(values.units[0].source["hp-1/source"].energy_kwh[: PLACES[40]]))
    told = its.measured["hp-1/source"]
    assert told.value == pytest.approx(whole, rel=0.01)
    assert told.terms["hp-1/source:starts"] > 0.0


def test_a_meter_that_is_hardly_known_counts_as_missing_and_is_estimated() -> None:
    values = plant.values()
    values.source["h-source"].energy_kwh[: PLACES[30]] = np.nan
    its = closure_network.of_heat("heating", PLANT, values, plant.states(), PLACES)
    assert its is not None
    assert "h-source" not in its.measured
    assert its.coverage == 1.0
    estimate = check(its.measured, its.constraints).estimates["h-source"]
    assert abs(estimate.value - network(mode="heating").measured["h-source"].value) < (
        estimate.expanded
    )
