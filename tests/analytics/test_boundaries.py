"""Which boundaries the meters support, and what is said where they do not."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.boundaries import boundary_of, infer, infer_unit, of_components
from analytics.figures import Boundary
from collector.topology import Plant, Unit

FULL: dict[str, Any] = {
    "units": [
        {"heat_pump": "hp-1", "electricity": "e-1"},
        {"heat_pump": "hp-2", "electricity": "e-2"},
    ],
    "load": {"heat_meter": "h-load"},
    "source_pumps": {"electricity": ["e-source"]},
    "load_pumps": {"electricity": ["e-load"]},
    "controls": {"electricity": ["e-controls"]},
    "whole": "e-whole",
}


def plant(**changes: Any) -> Plant:
    return Plant.model_validate({k: v for k, v in (FULL | changes).items() if v is not None})


def formulas(**changes: Any) -> dict[str, str]:
    return {c.name: str(c.electricity) for c in infer(plant(**changes)).claims}


def reasons(**changes: Any) -> dict[str, str]:
    return {m.name: m.reason.en for m in infer(plant(**changes)).missing}


def test_a_fully_metered_plant_supports_every_boundary():
    found = formulas(distribution={"electricity": ["e-fans"]})
    assert found["H1"] == "e-1 + e-2"
    assert found["H2"] == found["C3"] == "e-1 + e-2 + e-source"
    assert found["H4"] == found["HC4"] == "e-whole"
    assert found["C5"] == "e-whole + e-fans"
    assert not reasons(distribution={"electricity": ["e-fans"]})


def test_both_names_are_published():
    claims = infer(plant(distribution={"electricity": ["e-fans"]})).claims
    names = {claim.name: claim.boundary for claim in claims}
    assert names["H1"] == Boundary("H1", "1H")
    assert names["C2"] == Boundary("C2", "2C")
    assert names["HC3"] == Boundary("HC3", "2+HC")
    assert names["H4"] == Boundary("H4", "4+H")
    assert names["H5"] == Boundary("H4", "5+H")
    assert boundary_of("cooling", 3, impure=True) == Boundary("C3*", "2+C")


def test_an_unmetered_source_pump_is_named():
    bare = {"source_pumps": None, "whole": None}
    assert reasons(**bare)["H2"] == "H2 not available: source pump unmetered"
    assert infer(plant(**bare)).missing[0].reason.zh == "H2 不可用：源侧泵未计量"
    assert set(formulas(**bare)) == {"H1", "C1", "HC1"}


def test_the_whole_meter_stands_in_for_a_missing_one():
    found = infer(plant(source_pumps=None)).claim("H2")
    assert found is not None
    assert str(found.electricity) == "e-whole − e-load − e-controls"
    assert found.boundary.sepemo == "H2"


def test_controls_that_cannot_be_separated_make_an_asterisk():
    found = infer(plant(source_pumps=None, controls=None)).claim("H2")
    assert found is not None
    assert found.boundary == Boundary("H2*", "2H")
    assert found.notes[0].en == "includes plant-room controls, which cannot be separated"
    widest = infer(plant(source_pumps=None, controls=None)).widest("heating")
    assert widest is not None
    assert widest.boundary.sepemo == "H4"


def test_unmetered_load_pumps_leave_the_third_level():
    found = infer(plant(load_pumps=None, whole=None))
    widest = found.widest("overall")
    assert widest is not None
    assert widest.name == "HC3"
    assert "HC4 not available: load pump unmetered" in {m.reason.en for m in found.missing}


def test_an_unmetered_heat_pump_is_named():
    units = [FULL["units"][0], {"heat_pump": "hp-2"}]
    assert reasons(units=units, whole=None)["C1"] == "C1 not available: heat pump (hp-2) unmetered"


def test_an_unmetered_back_up_heater_leaves_two_levels_of_heating_and_all_of_cooling():
    lacking = reasons(backup_heater={})
    assert set(lacking) == {"H3", "H4", "HC3", "HC4"}
    assert lacking["H3"] == "H3 not available: back-up heater unmetered"
    assert formulas(backup_heater={})["C4"] == "e-1 + e-2 + e-source + e-load + e-controls"
    cooling = infer(plant(backup_heater={}, controls=None)).claim("C4")
    assert cooling is not None
    assert str(cooling.electricity) == "e-whole"
    assert cooling.boundary.sepemo == "C4*"


def test_a_metered_back_up_heater_counts_on_both_sides_of_heating_only():
    found = infer(plant(backup_heater={"electricity": ["e-rod"]}))
    third, fourth = found.claim("H3"), found.claim("C4")
    assert third is not None
    assert third.resistance == third.dedicated == ("e-rod",)
    assert fourth is not None
    assert fourth.resistance == ()
    assert str(fourth.electricity) == "e-whole − e-rod"


def test_a_cooling_tower_belongs_to_cooling():
    found = formulas(auxiliary_cooling={"electricity": ["e-tower"]})
    assert found["C3"] == "e-1 + e-2 + e-source + e-tower"
    assert found["H3"] == "e-1 + e-2 + e-source"
    assert found["H4"] == "e-whole − e-tower"


def test_one_meter_for_two_groups_of_pumps_makes_an_asterisk():
    both = {"electricity": ["e-pumps"]}
    found = infer(plant(source_pumps=both, load_pumps=both, whole=None))
    second, fourth = found.claim("H2"), found.claim("H4")
    assert second is not None
    assert second.boundary.sepemo == "H2*"
    assert fourth is not None
    assert str(fourth.electricity) == "e-1 + e-2 + e-pumps + e-controls"
    assert fourth.boundary.sepemo == "H4"


def test_a_built_in_pump_marks_the_first_level():
    units = [FULL["units"][0] | {"internal_pump": True}]
    found = {c.name: c.boundary.sepemo for c in infer(plant(units=units)).claims}
    assert (found["H1"], found["C1"], found["H2"]) == ("H1*", "C1*", "H2")


def test_heat_is_counted_by_the_load_meter_else_the_units_else_the_buildings():
    served = [{"building": "a", "heat_meter": "h-a"}, {"building": "b", "heat_meter": "h-b"}]
    units = [u | {"heat_meter": f"h-{n}"} for n, u in enumerate(FULL["units"])]

    def heat(**changes: Any) -> str:
        claim = infer(plant(**changes)).claim("H1")
        return "" if claim is None else str(claim.heat)

    assert heat(serves=served) == "h-load"
    assert heat(load={}, units=units, serves=served) == "h-0 + h-1"
    assert heat(load={}, serves=served) == "h-a + h-b"
    assert reasons(load={})["H1"] == "H1 not available: heat of the load side unmetered"


def test_unmetered_hot_water_takes_heating_away_unless_the_units_count_it():
    lacking = reasons(hot_water={})
    assert lacking["H1"] == "H1 not available: hot water heat unmetered"
    assert "C1" not in lacking
    metered = infer(plant(hot_water={"heat_meter": "h-hw"})).claim("H1")
    assert metered is not None
    assert str(metered.heat) == "h-load + h-hw"


def test_a_single_heat_pump_has_level_one_by_meters_or_controller():
    by_meters = infer_unit(Unit(heat_pump="hp-1", electricity="e-1", heat_meter="h-1"))
    assert [c.boundary.sepemo for c in by_meters.claims] == ["H1", "C1", "HC1"]
    by_controller = infer_unit(Unit(heat_pump="hp-1", electricity="e-1")).claims[0]
    assert by_controller.boundary.sepemo == "H1*"
    assert str(by_controller.heat) == "hp-1"


def test_components_are_their_own_meters():
    found = of_components(("units", "source_pumps", "load_pumps"), ("heat",))
    assert {c.name for c in found.claims} == {
        f"{letter}{level}" for letter in ("H", "C", "HC") for level in (1, 2, 3, 4)
    }
    assert of_components(("units",), ("heat",)).missing[0].name == "H2"
    with pytest.raises(ValueError, match="components"):
        of_components(("compressor",), ("heat",))
