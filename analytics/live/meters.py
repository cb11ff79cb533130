"""What of a plant can be told at one moment: meters that show a power, not only a register.

A meter whose register alone is polled tells energies over hours and nothing of now. For the live
figures it is no meter, and the boundaries are inferred without it: narrower ones may remain, or the
difference of others, and what is lost is said in the same way as on a plant that never had it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from analytics.metertree import UNITS, MeterSum, meter_tree
from collector.topology import Circuit, Consumers, Plant, Unit

POWER = "power_kw"
FLOWING = ("flow_m3h", "supply_temp_c", "return_temp_c")
OF_HEAT_METER = ("heat_kw", *FLOWING)
OF_UNIT = ("state", POWER, "load_leaving_temp_c", "source_entering_temp_c")

_BEYOND = ((), ("load_pumps", "controls"), ("backup_heater", "auxiliary_cooling"))
"""What each narrower boundary leaves out, beside the distribution in the building."""

Measured = Mapping[str, Collection[str]]
"""Fields that are polled, by device."""


def telling(plant: Plant, measured: Measured) -> Plant:
    """Describe a plant by those meters only that tell its power and heat at a moment.

    Parameters
    ----------
    plant : Plant
        As site.yaml describes it.
    measured : mapping of str to collection of str
        Fields that are polled, by device.

    Returns
    -------
    Plant
        Consumers of which one meter tells no power count as unmetered.
    """
    whole = _power(plant.whole, measured)
    controls = _consumers(plant.controls, measured)
    if plant.whole is not None and whole is None and controls is None:
        controls = Consumers()  # the whole meter stood for them: they exist all the same
    serves = all(_heat(served.heat_meter, measured) for served in plant.serves)
    changed = {
        "units": tuple(_unit(unit, measured) for unit in plant.units),
        "source": _circuit(plant.source, measured),
        "load": _circuit(plant.load, measured),
        "hot_water": plant.hot_water and _circuit(plant.hot_water, measured),
        "source_pumps": _consumers(plant.source_pumps, measured),
        "load_pumps": _consumers(plant.load_pumps, measured),
        "backup_heater": _consumers(plant.backup_heater, measured),
        "auxiliary_cooling": _consumers(plant.auxiliary_cooling, measured),
        "controls": controls,
        "whole": whole,
        "serves": plant.serves if serves else (),
    }
    return plant.model_copy(update=changed)


def plant_power(plant: Plant) -> MeterSum | None:
    """Meters of the electricity of the plant room, as wide as they go.

    Parameters
    ----------
    plant : Plant
        From `telling`.

    Returns
    -------
    MeterSum or None
        Everything in the plant room; without load pumps and controls; heat pumps and source pumps;
        heat pumps: the first that is metered. None when not even the heat pumps are.
    """
    tree = meter_tree(plant)
    inside = tuple(name for name in tree.own if name != "distribution")
    for beyond in _BEYOND:
        inside = tuple(name for name in inside if name not in beyond)
        if reading := tree.express(inside):
            return reading.meters
    units = tree.express((UNITS,))
    return units.meters if units else None


def tells_heat(fields: Collection[str]) -> bool:
    """Whether a heat meter with these fields tells its heat rate, or what it follows from."""
    return "heat_kw" in fields or set(FLOWING).issubset(fields)


def _unit(unit: Unit, measured: Measured) -> Unit:
    changed = {
        "electricity": _power(unit.electricity, measured),
        "heat_meter": _heat(unit.heat_meter, measured),
        "source_heat_meter": _heat(unit.source_heat_meter, measured),
    }
    return unit.model_copy(update=changed)


def _circuit(circuit: Circuit, measured: Measured) -> Circuit:
    return circuit.model_copy(update={"heat_meter": _heat(circuit.heat_meter, measured)})


def _consumers(consumers: Consumers | None, measured: Measured) -> Consumers | None:
    if consumers is None or all(_power(meter, measured) for meter in consumers.electricity):
        return consumers
    return consumers.model_copy(update={"electricity": ()})


def _power(meter: str | None, measured: Measured) -> str | None:
    return meter if meter is not None and POWER in measured.get(meter, ()) else None


def _heat(meter: str | None, measured: Measured) -> str | None:
    return meter if meter is not None and tells_heat(measured.get(meter, ())) else None
