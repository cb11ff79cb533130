"""Live figures of a heat pump plant from what its meters show at one moment.

A moment is a window of one interval: states, heat, COP and their errors are those of `states`,
`heat` and `plant.performance`, so that live figures and those of a year mean the same.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analytics.boundaries import MODES, Mode, infer
from analytics.live.cops import LEVELS, cops, widest
from analytics.live.heat_meter import HeatMeter, believable, rate_kw
from analytics.live.meters import OF_HEAT_METER, OF_UNIT, POWER, Measured, plant_power, telling
from analytics.live.moment import (
    NO_VALUE,
    NOT_CLAIMABLE,
    NOT_MEASURED,
    NOT_RUNNING,
    Figures,
    Moment,
    Seen,
)
from analytics.live.unit_states import RESTING, plant_state
from analytics.metertree import MeterSum, heat_side
from analytics.plant.window import RUNNING_SHARE
from analytics.series import BoolArray
from analytics.states import COOLING_STATES, UNKNOWN, operating_states
from collector.model import OperatingState
from collector.topology import Accuracy, Plant, Unit

_MODES: Mapping[int, Mode] = {
    OperatingState.HEAT: "heating", OperatingState.DHW: "heating",
    OperatingState.COOL: "cooling", OperatingState.FREE_COOLING: "cooling",
}  # fmt: skip
_WITHOUT_LIFT = (*RESTING, OperatingState.FREE_COOLING)


class Momentary:
    """Makes live figures of moments.

    Parameters
    ----------
    plant : Plant
        As site.yaml describes it.
    measured : mapping of str to collection of str
        Fields that are polled, by device: a meter without a momentary value is none here.
    accuracy : mapping of str to Accuracy or None, optional
        How exact the instruments are.
    """

    def __init__(
        self,
        plant: Plant,
        measured: Measured,
        accuracy: Mapping[str, Accuracy | None] | None = None,
    ) -> None:
        self._plant = telling(plant, measured)
        self._accuracy = accuracy or {}
        claims = infer(self._plant).claims
        self._claims = {
            mode: {c.level: c for c in claims if c.mode == mode and c.level in LEVELS}
            for mode in MODES
        }
        self._power = plant_power(self._plant)
        self._heat = {mode: heat_side(self._plant, mode).meters for mode in MODES}
        self._source = _source_side(self._plant)
        self._meters = self._heat_meters()
        self.wanted = self._wanted(measured)
        """Fields to be read, by device."""

    def figures(self, moment: Moment) -> Figures:
        """Tell everything that a moment tells.

        Parameters
        ----------
        moment : Moment

        Returns
        -------
        Figures
            Every field of the virtual plant device has a value, a flag or both: `state`,
            `power_kw` of the plant room as wide as it is metered, `heat_kw` (negative when
            cooling), `source_heat_kw` (positive when extracted), `cop_level1` to `cop_level4` of
            the present mode, `cop_uncertainty` (k = 2) of the widest of them, `lift_k` between the
            water to the load and the water from the ground.
        """
        circuits = {n: meter.at(moment.values.get(n, {})) for n, meter in self._meters.items()}
        seen = Seen(moment, circuits, {name: rate_kw(c) for name, c in circuits.items()})
        state = self._state(seen)
        mode = _MODES.get(state, "overall")
        told = Figures(moment.doubtful)
        known = state != UNKNOWN
        words = [unit.heat_pump for unit in self._plant.units]
        told.put("state", state if known else None, "" if known else NO_VALUE, words)
        power, heat, source = self._power, self._heat[mode], self._source
        _put_sum(told, "power_kw", power, moment.power(power) if power else None)
        _put_sum(told, "heat_kw", heat, seen.heat(heat) if heat else None)
        _put_sum(told, "source_heat_kw", source, seen.heat(source) if source else None)
        shown = cops(seen, state, self._claims[mode], self._accuracy)
        for level, cop in shown.items():
            value = cop.value.value if cop.value else None
            told.put(f"cop_level{level}", value, cop.flag, cop.meters)
        outer = widest(shown)
        value = outer.value.expanded if outer.value else None
        told.put("cop_uncertainty", value, outer.flag, outer.meters)
        self._put_lift(told, moment, state)
        return told

    def _state(self, seen: Seen) -> int:
        """By the words of the heat pumps; where they do not tell, by heat and power."""
        words = [seen.moment.value(unit.heat_pump, "state") for unit in self._plant.units]
        word = plant_state(words)
        if word not in (OperatingState.OFF, OperatingState.STANDBY, UNKNOWN):
            return word
        by_heat = self._by_heat(seen)
        if word == UNKNOWN:
            return by_heat
        # while all rest, cold that the ground takes up is free cooling; else a buffer gives it
        cold = by_heat in COOLING_STATES
        source = self._source
        if cold and source and seen.believable(source) and (seen.heat(source) or 0.0) < 0.0:
            return int(OperatingState.FREE_COOLING)
        return word

    def _by_heat(self, seen: Seen) -> int:
        meters = self._heat["overall"] or self._heat["cooling"]
        if meters is None or seen.heat(meters) is None:
            return UNKNOWN
        sure = {n: seen.rates[n] or 0.0 for n in meters.plus if believable(seen.circuits[n])}
        water = {name for name in meters.plus if self._meters[name].hot_water}
        power = seen.moment.power(self._power) if self._power else None
        running = self._running(seen.moment)
        state = operating_states(
            heating=_flag(any(rate > 0.0 for name, rate in sure.items() if name not in water)),
            cooling=_flag(any(rate < 0.0 for rate in sure.values())),
            powered=_flag(power is None or power > 0.0),
            running=None if running is None else _flag(running),
            hot_water=_flag(any(sure.get(n, 0.0) > 0.0 for n in water)) if water else None,
        )
        return int(state[0])

    def _running(self, moment: Moment) -> bool | None:
        """Whether a compressor works, by the heat pumps' power; None when that is not known."""
        known = [_runs(unit, moment) for unit in self._plant.units]
        return True if True in known else (None if None in known else False)

    def _put_lift(self, told: Figures, moment: Moment, state: int) -> None:
        """Water to the load less water from the ground, the other way when cooling."""
        mode = _MODES.get(state)
        if state == UNKNOWN or state in _WITHOUT_LIFT:
            told.put("lift_k", None, NO_VALUE if state == UNKNOWN else NOT_RUNNING)
            return
        if mode is None:  # heat and cold at once have no one lift
            told.put("lift_k", None, NOT_CLAIMABLE)
            return
        plant = self._plant
        hot_water = plant.hot_water if state == OperatingState.DHW else None
        of_load = (hot_water or plant.load).heat_meter
        load, where = self._temperature(moment, of_load, "load_leaving_temp_c")
        source, there = self._temperature(moment, plant.source.heat_meter, "source_entering_temp_c")
        lift = None if load is None or source is None else load - source
        if lift is not None and mode == "cooling":
            lift = -lift
        told.put("lift_k", lift, "" if lift is not None else NO_VALUE, (*where, *there))

    def _temperature(
        self, moment: Moment, meter: str | None, of_unit: str
    ) -> tuple[float | None, tuple[str, ...]]:
        """A loop's supply temperature, else the mean of the heat pumps at work. [°C]"""
        shown = moment.value(meter, "supply_temp_c")
        if shown is not None and meter is not None:
            return shown, (meter,)
        pumps = [unit.heat_pump for unit in self._plant.units]
        at_work = [n for n in pumps if (moment.value(n, "state") or 0.0) not in RESTING]
        found = {n: value for n in at_work if (value := moment.value(n, of_unit)) is not None}
        return (float(np.mean(list(found.values()))) if found else None), tuple(found)

    def _heat_meters(self) -> dict[str, HeatMeter]:
        """Every heat meter that is needed, with what flows through it."""
        plant = self._plant
        hot_water = plant.hot_water.heat_meter if plant.hot_water else None
        source = self._source.meters if self._source else ()
        outputs = [side.meters for side in self._heat.values() if side]
        found = {}
        for name in dict.fromkeys(meter for side in outputs for meter in side):
            hot = plant.hot_water if name == hot_water else None
            pipes, title = (hot, "hot_water") if hot else (plant.load, "load")
            found[name] = HeatMeter(pipes, title, self._accuracy.get(name), hot is not None)
        for name in source:
            found[name] = HeatMeter(plant.source, "source", self._accuracy.get(name))
        return found

    def _wanted(self, measured: Measured) -> dict[str, tuple[str, ...]]:
        asked: dict[str, tuple[str, ...]] = dict.fromkeys(self._meters, OF_HEAT_METER)
        asked |= {unit.heat_pump: OF_UNIT for unit in self._plant.units}
        claims = [claim for of_mode in self._claims.values() for claim in of_mode.values()]
        sums = [claim.electricity.meters + claim.dedicated + claim.resistance for claim in claims]
        sums += [self._power.meters] if self._power else []
        sums += [(unit.electricity,) for unit in self._plant.units if unit.electricity]
        asked |= {meter: (POWER,) for meters in sums for meter in meters}
        known = {
            device: tuple(name for name in fields if name in measured.get(device, ()))
            for device, fields in asked.items()
        }
        return {device: fields for device, fields in known.items() if fields}


def _source_side(plant: Plant) -> MeterSum | None:
    """Heat meters of the ground loop: its own, else those of all heat pumps."""
    if plant.source.heat_meter:
        return MeterSum((plant.source.heat_meter,))
    units = tuple(unit.source_heat_meter for unit in plant.units if unit.source_heat_meter)
    return MeterSum(units) if len(units) == len(plant.units) else None


def _put_sum(told: Figures, name: str, meters: MeterSum | None, value: float | None) -> None:
    if meters is None:
        told.put(name, None, NOT_MEASURED)
    else:
        told.put(name, value, "" if value is not None else NO_VALUE, meters.meters)


def _runs(unit: Unit, moment: Moment) -> bool | None:
    power = moment.value(unit.electricity, POWER)
    if power is None:
        power = moment.value(unit.heat_pump, POWER)
    if power is None or unit.rated_power_kw is None:
        return None
    return power > RUNNING_SHARE * unit.rated_power_kw


def _flag(value: bool) -> BoolArray:
    return np.array([value])
