"""Live figures of a plant: what is told, and what is refused and why."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.fluids import volumetric_heat_capacity
from analytics.live.moment import Figures, Moment
from analytics.live.momentary import Momentary
from collector.model import OperatingState as State
from collector.topology import Accuracy, Plant
from collector.virtual import PLANT_FIELDS

PLANT: dict[str, Any] = {
    "units": [
        {"heat_pump": "hp-1", "electricity": "e-1", "rated_power_kw": 100},
        {"heat_pump": "hp-2", "electricity": "e-2", "rated_power_kw": 100},
    ],
    "source": {"fluid": "ethylene_glycol", "mass_fraction": 0.25, "heat_meter": "h-source"},
    "load": {"heat_meter": "h-load"},
    "source_pumps": {"electricity": ["e-source"]},
    "load_pumps": {"electricity": ["e-load"]},
    "whole": "e-plant",
}
UNIT = ("state", "power_kw", "load_leaving_temp_c", "source_entering_temp_c")
HEAT = ("heat_kw", "flow_m3h", "supply_temp_c", "return_temp_c")
MEASURED = {
    "hp-1": UNIT, "hp-2": UNIT, "h-load": HEAT, "h-source": HEAT,
    "e-1": ("power_kw",), "e-2": ("power_kw",), "e-source": ("power_kw",), "e-load": ("power_kw",),
    "e-plant": ("power_kw",),
}  # fmt: skip
ACCURACY = {
    "h-load": Accuracy.model_validate(
        {"class": "2", "permanent_flow_m3h": 60, "least_difference_k": 3}
    )
}


def heating() -> dict[str, dict[str, float]]:
    """One of two heat pumps heats: 200 kW of heat, 60 kW of electricity in all."""
    return {
        "hp-1": {
            "state": 2.0, "power_kw": 48.0, "load_leaving_temp_c": 46.0,
            "source_entering_temp_c": 8.0,
        },
        "hp-2": {"state": 1.0, "power_kw": 0.1},
        "h-load": {
            "heat_kw": 200.0, "flow_m3h": 34.0, "supply_temp_c": 45.0, "return_temp_c": 40.0,
        },
        "h-source": {
            "heat_kw": 150.0, "flow_m3h": 40.0, "supply_temp_c": 9.0, "return_temp_c": 5.0,
        },
        "e-1": {"power_kw": 49.9}, "e-2": {"power_kw": 0.1}, "e-source": {"power_kw": 4.0},
        "e-load": {"power_kw": 5.0}, "e-plant": {"power_kw": 60.0},
    }  # fmt: skip


def cooling() -> dict[str, dict[str, float]]:
    values = heating()
    values["hp-1"]["state"] = 3.0
    values["h-load"] |= {"heat_kw": -200.0, "supply_temp_c": 7.0, "return_temp_c": 12.0}
    values["h-source"] |= {"heat_kw": -250.0, "supply_temp_c": 25.0, "return_temp_c": 30.0}
    return values


def resting() -> dict[str, dict[str, float]]:
    values = heating()
    values["hp-1"] |= {"state": 1.0, "power_kw": 0.1}
    values["h-load"] |= {"heat_kw": 0.0, "flow_m3h": 0.0, "supply_temp_c": 41.0}
    values["h-source"] |= {"heat_kw": 0.0, "flow_m3h": 0.0}
    values["e-1"]["power_kw"], values["e-plant"]["power_kw"] = 0.1, 1.5
    return values


@cache
def complete() -> Momentary:
    return Momentary(Plant.model_validate(PLANT), MEASURED, ACCURACY)


def told(values: dict[str, dict[str, float]], *doubtful: str) -> Figures:
    return complete().figures(Moment(values, frozenset(doubtful)))


def test_a_plant_that_heats() -> None:
    figures = told(heating())
    assert not figures.flags
    assert figures.values["state"] == State.HEAT
    assert figures.values["power_kw"] == 60.0
    assert figures.values["heat_kw"] == 200.0
    assert figures.values["source_heat_kw"] == 150.0
    assert figures.values["cop_level1"] == pytest.approx(200 / 50)
    assert figures.values["cop_level2"] == pytest.approx(200 / 54)
    assert figures.values["cop_level4"] == pytest.approx(200 / 60)
    assert figures.values["lift_k"] == 45.0 - 9.0
    assert 0.02 < figures.values["cop_uncertainty"] / figures.values["cop_level4"] < 0.06


def test_a_plant_that_cools_has_negative_heat_and_a_positive_cop() -> None:
    figures = told(cooling())
    assert figures.values["state"] == State.COOL
    assert figures.values["heat_kw"] == -200.0
    assert figures.values["source_heat_kw"] == -250.0
    assert figures.values["cop_level4"] == pytest.approx(200 / 60)
    assert figures.values["lift_k"] == 25.0 - 7.0


def test_a_resting_plant_has_no_cop_and_no_lift_but_its_power() -> None:
    figures = told(resting())
    assert figures.values["state"] == State.STANDBY
    assert figures.values["power_kw"] == 1.5
    assert figures.values["heat_kw"] == 0.0
    refused = {name for name, flag in figures.flags.items() if flag == "bad:not-running"}
    assert refused == {
        "cop_level1", "cop_level2", "cop_level3", "cop_level4", "cop_uncertainty", "lift_k",
    }  # fmt: skip
    assert refused.isdisjoint(figures.values)


def test_heat_follows_from_flow_and_temperatures_where_the_meter_shows_none() -> None:
    values = heating()
    del values["h-load"]["heat_kw"], values["h-source"]["heat_kw"]
    figures = told(values)
    water = float(volumetric_heat_capacity("water", 0.0, 42.5)) * 34.0 * 5.0 / 3600
    brine = float(volumetric_heat_capacity("ethylene_glycol", 0.25, 7.0)) * 40.0 * 4.0 / 3600
    assert figures.values["heat_kw"] == pytest.approx(water)
    assert figures.values["source_heat_kw"] == pytest.approx(brine)


def test_a_rate_without_sign_gets_that_of_its_temperatures() -> None:
    values = cooling()
    values["h-load"]["heat_kw"] = 200.0
    figures = told(values)
    assert figures.values["heat_kw"] == -200.0
    assert figures.values["cop_level4"] == pytest.approx(200 / 60)


@pytest.mark.parametrize("change", [{"flow_m3h": 0.5}, {"return_temp_c": 44.95}])
def test_heat_without_flow_or_difference_gives_no_cop(change: dict[str, float]) -> None:
    values = heating()
    values["h-load"] |= change
    figures = told(values)
    assert figures.values["state"] == State.HEAT
    assert figures.values["heat_kw"] == 200.0
    for level in (1, 2, 3, 4):
        assert figures.flags[f"cop_level{level}"] == "bad:not-claimable"
    assert figures.flags["cop_uncertainty"] == "bad:not-claimable"


def test_below_the_meters_least_difference_a_cop_is_shown_and_marked() -> None:
    values = heating()
    values["h-load"] = {"flow_m3h": 34.0, "supply_temp_c": 45.0, "return_temp_c": 43.5}
    figures = told(values)
    assert figures.flags["cop_level4"] == "uncertain:below-range"
    assert figures.values["cop_level4"] == pytest.approx(59 / 60, rel=0.01)
    assert figures.values["cop_uncertainty"] / figures.values["cop_level4"] > 0.07


def test_a_silent_meter_takes_away_only_what_it_counts() -> None:
    values = heating()
    del values["e-plant"]
    figures = told(values)
    assert figures.flags["power_kw"] == figures.flags["cop_level4"] == "bad:no-value"
    assert figures.values["cop_level2"] == pytest.approx(200 / 54)
    assert figures.values["cop_uncertainty"] > 0.0


def test_a_silent_heat_meter_takes_every_cop() -> None:
    values = heating()
    del values["h-load"]
    figures = told(values)
    assert figures.values["state"] == State.HEAT
    assert figures.values["power_kw"] == 60.0
    for name in ("heat_kw", "cop_level1", "cop_level4", "cop_uncertainty"):
        assert figures.flags[name] == "bad:no-value"
    assert figures.values["lift_k"] == 46.0 - 9.0


def test_heat_against_the_plants_own_state_gives_no_cop() -> None:
    values = heating()
    values["hp-1"]["state"] = 3.0
    figures = told(values)
    assert figures.values["heat_kw"] == 200.0
    assert figures.flags["cop_level4"] == "bad:not-claimable"


def test_without_the_heat_pumps_words_heat_and_power_tell_the_state() -> None:
    values = heating()
    del values["hp-1"]["state"], values["hp-2"]["state"]
    assert told(values).values["state"] == State.HEAT
    values = resting()
    del values["hp-2"]["state"]
    assert told(values).values["state"] == State.STANDBY


def test_cold_that_the_ground_takes_up_while_all_rest_is_free_cooling() -> None:
    values = cooling()
    values["hp-1"] |= {"state": 1.0, "power_kw": 0.1}
    values["e-1"]["power_kw"], values["e-plant"]["power_kw"] = 0.1, 11.0
    figures = told(values)
    assert figures.values["state"] == State.FREE_COOLING
    assert figures.flags["cop_level1"] == "bad:not-claimable"
    assert figures.values["cop_level4"] == pytest.approx(200 / 11)
    assert figures.flags["lift_k"] == "bad:not-running"
    values["h-source"] |= {"heat_kw": 0.0, "return_temp_c": 25.0}
    assert told(values).values["state"] == State.STANDBY


def test_what_is_made_of_doubtful_values_says_so() -> None:
    figures = told(heating(), "e-source")
    assert figures.flags == {"cop_level2": "uncertain:input", "cop_level3": "uncertain:input"}


def test_nothing_known_tells_nothing() -> None:
    figures = told({})
    assert not figures.values
    assert set(figures.flags) == set(PLANT_FIELDS)


def test_a_meter_that_shows_no_power_is_none() -> None:
    measured = MEASURED | {"e-plant": ("energy_kwh",)}
    figures = Momentary(Plant.model_validate(PLANT), measured).figures(Moment(heating()))
    assert figures.values["power_kw"] == pytest.approx(54.0)
    assert figures.flags["cop_level4"] == "bad:not-measured"
    assert figures.values["cop_level2"] == pytest.approx(200 / 54)
    assert "e-plant" not in Momentary(Plant.model_validate(PLANT), measured).wanted


def test_a_plant_without_heat_meter_tells_state_power_and_lift() -> None:
    bare = {"units": PLANT["units"], "whole": "e-plant"}
    figures = Momentary(Plant.model_validate(bare), MEASURED).figures(Moment(heating()))
    assert figures.values == {"state": State.HEAT, "power_kw": 60.0, "lift_k": 46.0 - 8.0}
    missing = {name for name, flag in figures.flags.items() if flag == "bad:not-measured"}
    assert missing == set(PLANT_FIELDS) - set(figures.values)


def test_hot_water_alone_is_its_own_state() -> None:
    plant = PLANT | {"hot_water": {"heat_meter": "h-water"}}
    values = resting()
    del values["hp-1"]["state"]
    values["h-load"] |= {"return_temp_c": 41.0}
    values["h-water"] = {
        "heat_kw": 50.0, "flow_m3h": 9.0, "supply_temp_c": 60.0, "return_temp_c": 55.0,
    }  # fmt: skip
    values["e-1"]["power_kw"], values["e-plant"]["power_kw"] = 19.9, 25.0
    momentary = Momentary(Plant.model_validate(plant), MEASURED | {"h-water": HEAT}, ACCURACY)
    figures = momentary.figures(Moment(values))
    assert figures.values["state"] == State.DHW
    assert figures.values["heat_kw"] == 50.0
    assert figures.values["cop_level4"] == pytest.approx(2.0)
    assert figures.values["lift_k"] == 60.0 - 9.0


@given(st.data())
def test_every_field_has_a_value_or_says_why_not(data: st.DataObject) -> None:
    known = data.draw(st.sampled_from([heating, cooling, resting]))()
    for device in known.values():
        for name in list(device):
            if data.draw(st.booleans()):
                del device[name]
    figures = told(known)
    for name in PLANT_FIELDS:
        assert name in figures.values or figures.flags[name].startswith("bad:")
        if figures.flags.get(name, "").startswith("bad:"):
            assert name not in figures.values
    for level in (1, 2, 3, 4):
        assert figures.values.get(f"cop_level{level}", 1.0) > 0.0
