"""The first law as figures: residuals by mode, and the doubted meter by its title."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics.figures import Figure
from analytics.jobs import closure_figures, closure_network
from analytics.jobs.closure_network import Network
from tests.analytics.jobs import redundant_plant as plant
from tests.analytics.jobs.redundant_plant import PLACES, PLANT, Errors
from tests.analytics.jobs.test_forecast_figures import subject


def networks(errors: Errors | None = None) -> list[Network]:
    values = plant.values(errors)
    found = [
        closure_network.of_heat(mode, PLANT, values, plant.states(), PLACES)
        for mode in ("heating", "cooling", "both")
    ]
    found.append(closure_network.of_electricity(PLANT, values))
    return [network for network in found if network is not None]


def voted(errors: Errors | None = None) -> dict[str, Figure]:
    return {one.name: one for one in closure_figures.of_networks(networks(errors), subject())}


def test_sound_meters_have_a_chance_and_nothing_else() -> None:
    found = voted()
    assert set(found) == {f"closure_p.{m}" for m in ("heating", "cooling", "both", "electricity")}
    assert all(figure.value > 0.9 and figure.findings == () for figure in found.values())


def test_a_load_meter_that_tells_a_tenth_too_much_is_named_by_its_title() -> None:
    found = voted(Errors({"h-load": 1.1}))
    figure = found["closure_p.both"]
    assert figure.value < 1e-3
    [finding] = figure.findings
    assert finding.code == "closure.suspect-meter"
    assert finding.evidence["meter"] == "h-load"
    assert finding.evidence["mode"] == "both"
    assert "仪表H-LOAD（h-load）" in finding.sentence.zh
    assert "Meter H-LOAD (h-load)" in finding.sentence.en
    assert finding.sentence.en.startswith("On all heating and cooling days: ")
    estimate = found["closure_estimate_kwh.h-load.both"]
    truth = networks()[2].measured["h-load"].value
    assert estimate.value == pytest.approx(truth, abs=estimate.uncertainty)
    assert estimate.inputs.constants["its own reading"].startswith(f"{1.1 * truth:.0f} ")


def test_a_controller_that_is_wrong_is_named_by_its_side() -> None:
    found = voted(Errors({"hp-2/source": 1.4}))
    [finding] = found["closure_p.both"].findings
    assert finding.evidence["meter"] == "hp-2/source"
    assert "(hp-2/source)" in finding.sentence.en
    assert "closure_estimate_kwh.hp-2/source.both" in found


def test_buildings_and_the_pipes_between_cannot_be_told_apart() -> None:
    found = voted(Errors({"h-a": 1.35}))
    [finding] = found["closure_p.both"].findings
    assert finding.code == "closure.undecided"
    for told in ("Meter H-A (h-a)", "Meter H-B (h-b)", "losses of the pipes, an estimate (pipes)"):
        assert told in finding.sentence.en
    assert "管网损失（估计）（pipes）" in finding.sentence.zh
    assert {"closure_estimate_kwh.h-a.both", "closure_estimate_kwh.h-b.both"} <= set(found)
    assert "closure_estimate_kwh.pipes.both" not in found


def test_what_nobody_measures_is_estimated() -> None:
    values = plant.values()
    missing = replace(values, source={"h-source": values.source["h-source"]})
    missing.source["h-source"].energy_kwh[:] = np.nan
    its = closure_network.of_heat("cooling", PLANT, missing, plant.states(), PLACES)
    found = {one.name: one for one in closure_figures.of_networks([its], subject())}
    estimate = found["closure_estimate_kwh.h-source.cooling"]
    truth = networks()[1].measured["h-source"].value
    assert estimate.value == pytest.approx(-truth, abs=estimate.uncertainty)
    assert estimate.value > 0.0
    assert "its own reading" not in estimate.inputs.constants


def test_a_heat_pump_closes_in_both_modes() -> None:
    unit = plant.values().units[0]
    found = {one.name: one for one in closure_figures.of_unit(unit, subject())}
    for mode in ("heating", "cooling"):
        residual = found[f"closure_residual_kwh.{mode}"]
        assert residual.value == pytest.approx(0.0, abs=0.002 * 40 * 24 * 400)
        assert abs(residual.value) < residual.uncertainty
        assert residual.findings == ()
        assert 0.9 < residual.coverage < 1.0
        assert found[f"closure_share_beyond.{mode}"].value < 0.01


def test_points_beyond_the_limit_are_no_fault_where_the_sensors_are_as_bad() -> None:
    """0.2 K at 5 K are 4 %; what a meter cannot tell, it does not accuse."""
    unit = plant.values(Errors(offset_k={"hp-2/source": 0.38})).units[1]
    found = {one.name: one for one in closure_figures.of_unit(unit, subject())}
    figure = found["closure_share_beyond.heating"]
    assert figure.value > 0.2
    [finding] = figure.findings
    assert (finding.code, finding.severity) == ("closure.first-law", "info")
    assert "no proof" in finding.sentence.en
    assert "不足以判定" in finding.sentence.zh


def test_points_beyond_the_limit_and_the_meters_are_a_warning() -> None:
    unit = plant.values(Errors({"hp-2/source": 1.5})).units[1]
    found = {one.name: one for one in closure_figures.of_unit(unit, subject())}
    [finding] = found["closure_share_beyond.heating"].findings
    assert finding.severity == "warning"
    codes = [finding.code for finding in found["closure_residual_kwh.heating"].findings]
    assert codes == ["closure.first-law-bias"]


@pytest.mark.parametrize("side", ["load", "source", "electricity"])
def test_a_side_that_nobody_measures_is_the_reason(side: str) -> None:
    unit = replace(plant.values().units[1], **{side: {}})
    found = list(closure_figures.of_unit(unit, subject()))
    assert {figure.value for figure in found} == {None}
    assert all(figure.reason is not None and figure.reason.zh for figure in found)
