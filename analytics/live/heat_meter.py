"""A heat meter at one moment: its heat rate with its sign, and whether it can be believed.

The moment stands in a `Circuit` as an interval of one hour, so that kWh are kW and everything that
holds for intervals holds here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analytics.heat import Circuit, heat
from analytics.instruments import HeatLimits, heat_limits
from analytics.series import FloatArray
from analytics.states import tells_direction
from collector import topology
from collector.topology import Accuracy

ONE_HOUR = 1.0


@dataclass(frozen=True, slots=True)
class HeatMeter:
    """What is known of a heat meter beside its values.

    Parameters
    ----------
    pipes : topology.Circuit
        Fluid of the circuit that it sits in.
    name : str
        Name of the circuit, for the uncertainty of its fluid.
    accuracy : Accuracy or None
        From site.yaml.
    hot_water : bool
        It heats hot water, not the load loop.
    """

    pipes: topology.Circuit
    name: str
    accuracy: Accuracy | None = None
    hot_water: bool = False

    def at(self, values: Mapping[str, float]) -> Circuit:
        """Make a circuit of what the meter shows.

        Parameters
        ----------
        values : mapping of str to float
            `heat_kw`, `flow_m3h`, `supply_temp_c`, `return_temp_c`, as far as they are known.

        Returns
        -------
        Circuit
            Of one interval. The meter's own heat rate goes before flow and temperatures, as its
            registers do; without either, heat is unknown.
        """
        limits = heat_limits(self.accuracy)
        flow, supply, back = (
            values.get(name) for name in ("flow_m3h", "supply_temp_c", "return_temp_c")
        )
        seen = flow is not None and supply is not None and back is not None
        told = values.get("heat_kw")
        if told is not None and supply is not None and back is not None:
            told = _signed(told, supply - back, limits)
        counted = told is not None or not seen
        return Circuit(
            flow_m3h=_one(flow) if seen else None,
            supply_temp_c=_one(supply) if seen else None,
            return_temp_c=_one(back) if seen else None,
            heating_kwh=_one(None if told is None else max(told, 0.0)) if counted else None,
            cooling_kwh=_one(None if told is None else max(-told, 0.0)) if counted else None,
            fluid=self.pipes.fluid,
            mass_fraction=self.pipes.mass_fraction,
            flow_sensor=self.accuracy.flow_sensor if self.accuracy else None,
            limits=limits,
            hot_water=self.hot_water,
            circuit=self.name,
        )


def rate_kw(circuit: Circuit) -> float | None:
    """Heat rate of a circuit of one interval, negative when cooling; None: unknown. [kW]"""
    if circuit.heating_kwh is not None and circuit.cooling_kwh is not None:
        rate = float(circuit.heating_kwh[0] - circuit.cooling_kwh[0])
    else:
        rate = float(heat(circuit, ONE_HOUR).energy_kwh[0])
    return None if np.isnan(rate) else rate


def believable(circuit: Circuit) -> bool:
    """Whether flow and temperature difference are large enough for the heat to have a sign.

    A meter that tells its heat rate only is believed at the limits of the end of its range.
    """
    if circuit.flow_m3h is None or circuit.supply_temp_c is None or circuit.return_temp_c is None:
        return True
    enough = bool(circuit.flow_m3h[0] >= circuit.limits.least_flow_m3h)
    difference = circuit.supply_temp_c - circuit.return_temp_c
    return enough and bool(tells_direction(circuit.limits, difference)[0])


def _signed(told: float, difference_k: float, limits: HeatLimits) -> float:
    """Give a rate the sign of its temperatures where the meter shows none.

    Meters that count heat and cold apart often show both rates as positive numbers.
    """
    cold = difference_k < 0.0 and bool(tells_direction(limits, np.array([difference_k]))[0])
    return -told if cold and told > 0.0 else told


def _one(value: float | None) -> FloatArray:
    return np.array([np.nan if value is None else value])
