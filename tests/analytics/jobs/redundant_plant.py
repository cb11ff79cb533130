"""A plant of three heat pumps that is measured more than once, as values of its meters.

Forty days of heating and forty of cooling; every meter reads the truth times its own gain, and its
sensor pair is off by its own offset.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from analytics.fluids import volumetric_heat_capacity
from analytics.heat import Circuit
from analytics.instruments import heat_limits
from analytics.jobs import meter_errors
from analytics.jobs.closure_values import PlantValues, UnitValues, steady_of
from analytics.jobs.meter_errors import Metered
from analytics.series import FloatArray
from collector.model import OperatingState, Title
from collector.topology import Accuracy, Consumers, Plant, Served, Unit
from collector.topology import Circuit as Described

DAYS = 80
SIZE = DAYS * 96
PLACES = np.arange(0, SIZE + 1, 96)
RATED_KW = 400.0
WATER = float(volumetric_heat_capacity("water", 0.0, 30.0)) / 3600.0
UNITS = ("hp-1", "hp-2", "hp-3")
METER = Accuracy.model_validate({"class": "2", "permanent_flow_m3h": 250, "least_difference_k": 3})
CONTROLLER = Accuracy(pair="independent", sensor_k=0.2)
PLANT = Plant(
    units=tuple(
        Unit(heat_pump=name, electricity=f"e-{name}", rated_heat_kw=RATED_KW,
             heat_meter="h-1" if name == "hp-1" else None)
        for name in UNITS
    ),
    source=Described(heat_meter="h-source"),
    load=Described(heat_meter="h-load"),
    load_pumps=Consumers(electricity=("e-load",)),
    source_pumps=Consumers(electricity=("e-source",)),
    controls=Consumers(electricity=("e-control",)),
    serves=(Served(building="a", heat_meter="h-a"), Served(building="b", heat_meter="h-b")),
    whole="e-plant",
)  # fmt: skip


@dataclass(frozen=True)
class Errors:
    """How the meters are wrong: gain by name (1 where not told), offset of the pair [K]."""

    gain: Mapping[str, float] = field(default_factory=dict)
    offset_k: Mapping[str, float] = field(default_factory=dict)


def drawn(seed: int) -> Errors:
    """Errors drawn from the meters' classes."""
    rng = np.random.default_rng(seed)
    meters = ["h-load", "h-source", "h-a", "h-b", "h-1"]
    sides = [f"{name}/{side}" for name in UNITS for side in ("load", "source")]
    gain = {name: 1.0 + rng.uniform(-0.03, 0.03) for name in meters + sides}
    gain |= {
        f"e-{name}": 1.0 + rng.uniform(-0.01, 0.01)
        for name in (*UNITS, "load", "source", "control")
    }
    gain["e-plant"] = 1.0 + rng.uniform(-0.01, 0.01)
    offset = {name: rng.uniform(-0.09, 0.09) for name in meters}
    offset |= {name: rng.uniform(-0.2, 0.2) + rng.uniform(-0.2, 0.2) for name in sides}
    return Errors(gain, offset)


def states() -> np.ndarray:
    """The plant's states: it runs from 6 to 20 o'clock."""
    running = _running(0)
    mode = np.where(_heating(), OperatingState.HEAT, OperatingState.COOL)
    return np.where(running, mode, OperatingState.STANDBY).astype(np.int8)


def values(errors: Errors | None = None) -> PlantValues:
    """What the meters of the plant tell.

    The buildings get 3 % less than the plant sends, and the load pumps' heat; drives lose 3 %.
    """
    errors = errors or Errors()
    sign = np.where(_heating(), 1.0, -1.0)
    units, loads, sources, used = [], [], [], {}
    for place, name in enumerate(UNITS):
        running = _running(place)
        load = sign * np.where(running, RATED_KW / 4 * _share(place), 0.0)
        power = np.where(running, RATED_KW / 4 * (0.04 + 0.2 * _share(place)), 0.1)
        source = load - np.where(running, 0.97 * power, 0.0)
        loads.append(load)
        sources.append(source)
        used[f"e-{name}"] = power
        units.append(_unit(name, load, source, power, running, errors))
    load, source = np.sum(loads, axis=0), np.sum(sources, axis=0)
    used |= {"e-load": np.where(load != 0.0, 6.0, 0.0), "e-source": np.where(load != 0.0, 5.0, 0.0)}
    used["e-control"] = np.full(SIZE, 1.0)
    taken = load - 0.03 * np.abs(load) * sign + 0.5 * used["e-load"]
    used["e-plant"] = np.sum(list(used.values()), axis=0)
    meters = {name: _electricity(name, energy, errors) for name, energy in used.items()}
    return PlantValues(
        tuple(units),
        {"h-load": _heat("h-load", load, errors)},
        {"h-a": _heat("h-a", 0.6 * taken, errors), "h-b": _heat("h-b", 0.4 * taken, errors)},
        {"h-source": _heat("h-source", source, errors)},
        meters,
        titles(),
    )


def titles() -> dict[str, Title]:
    """Names of the meters for people."""
    meters = [
        "h-load",
        "h-source",
        "h-a",
        "h-b",
        "h-1",
        "e-plant",
        "e-load",
        "e-source",
        "e-control",
    ]
    meters += [*UNITS, *(f"e-{name}" for name in UNITS)]
    meters += [f"{name}/{side}" for name in UNITS for side in ("load", "source", "electricity")]
    return {name: Title(f"仪表{name.upper()}", f"Meter {name.upper()}") for name in meters}


def _unit(
    name: str,
    load: FloatArray,
    source: FloatArray,
    power: FloatArray,
    running: np.ndarray,
    errors: Errors,
) -> UnitValues:
    used = _electricity(f"e-{name}", power, errors)
    told = _electricity(f"{name}/electricity", power, errors)
    own = {f"{name}/load": _heat(f"{name}/load", load, errors, CONTROLLER)}
    meter = {"h-1": _heat("h-1", load, errors)} if name == "hp-1" else {}
    return UnitValues(
        name,
        meter | own,
        {f"{name}/source": _heat(f"{name}/source", source, errors, CONTROLLER, counted=False)},
        {f"e-{name}": used, f"{name}/electricity": told},
        running,
        steady_of(running),
    )


def _heat(
    name: str,
    net_kwh: FloatArray,
    errors: Errors,
    accuracy: Accuracy = METER,
    *,
    counted: bool = True,
) -> Metered:
    """A heat meter at 5 K; its pair's offset adds to the heat wherever water flows."""
    flow = np.abs(net_kwh) * 4 / WATER / 5.0
    offset, gain = errors.offset_k.get(name, 0.0), errors.gain.get(name, 1.0)
    difference = 5.0 * np.sign(net_kwh) + offset
    shown = gain * (net_kwh + flow / 4 * WATER * offset)
    kind = "heat_meter" if accuracy is METER else "heat_pump"
    circuit = Circuit(
        flow_m3h=flow * gain,
        supply_temp_c=30.0 + difference,
        return_temp_c=np.full(SIZE, 30.0),
        heating_kwh=np.maximum(shown, 0.0) if counted else None,
        cooling_kwh=np.maximum(-shown, 0.0) if counted else None,
        limits=heat_limits(accuracy, kind),
        circuit="source" if "source" in name else "load",
    )
    return meter_errors.of_circuit(name, circuit)


def _electricity(name: str, energy: FloatArray, errors: Errors) -> Metered:
    gain = errors.gain.get(name, 1.0)
    accuracy = Accuracy.model_validate({"class": "1"})
    return meter_errors.of_electricity(name, gain * energy, "electricity_meter", accuracy)


def _heating() -> np.ndarray:
    return np.arange(SIZE) < SIZE // 2


def _running(place: int) -> np.ndarray:
    quarter = np.arange(SIZE) % 96
    return (quarter >= 24 + place) & (quarter < 80 - 8 * place)


def _share(place: int) -> FloatArray:
    return 0.6 + 0.3 * np.sin(np.arange(SIZE) / 37.0 + place)
