"""What the meters of a plant may be wrong by in each quarter-hour, source by source.

Errors of one instrument add linearly in time (`analytics.uncertainty`), so a sum over any intervals
follows from these by adding up. Heat is signed, heating (or extraction) positive: a flow sensor's
error changes its sign with the heat, the offset of a sensor pair does not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analytics.buckets import QUARTER_H
from analytics.fluids import fluid_bound
from analytics.heat import Circuit, heat
from analytics.instruments import (
    calculator_percent,
    class_percent,
    flow_percent,
)
from analytics.metered_energy import Relative
from analytics.series import BoolArray, FloatArray
from analytics.uncertainty import Uncertain, rectangular
from collector.topology import Accuracy

_PERCENT = 100.0
_USUAL_TEMP_C = 20.0
"""Where the heat capacity of a mixture is judged."""


@dataclass(frozen=True, slots=True, eq=False)
class Metered:
    """Energy of a meter by interval, with its standard uncertainties.

    Parameters
    ----------
    energy_kwh : array of float64, shape (n,)
        Signed for heat; NaN where unknown. [kWh]
    errors : mapping of str to array of float64, shape (n,)
        Signed standard uncertainty by source, 0 where the energy is unknown. [kWh]
    register : tuple of str and float
        Source and resolution of the register that is read at both ends of a span. [kWh]
    counted : bool
        From a register; otherwise the product of interval means, which is only right while nothing
        switches.
    """

    energy_kwh: FloatArray
    errors: Mapping[str, FloatArray]
    register: tuple[str, float] = ("", 0.0)
    counted: bool = True

    def relative(self) -> Relative:
        """Errors as shares of the energy, for kernels that take them so; 0 where there is none.

        The same for heat and for cold told as a positive number: error and energy both change sign.
        """
        energy = np.nan_to_num(self.energy_kwh)
        some = energy != 0.0
        return {
            source: np.divide(error, energy, out=np.zeros(energy.shape), where=some)
            for source, error in self.errors.items()
        }

    def over(self, kept: BoolArray, factor: float = 1.0) -> Uncertain:
        """Sum over some intervals, all known, times a factor. [kWh]"""
        terms = {source: float(error[kept].sum()) for source, error in self.errors.items()}
        source, step = self.register
        if step:
            terms[source] = step / math.sqrt(6.0)
        return Uncertain(float(self.energy_kwh[kept].sum()), terms) * factor


def of_circuit(device: str, circuit: Circuit) -> Metered:
    """Heat of a circuit by its registers, or by flow and temperatures where it has none.

    Parameters
    ----------
    device : str
        Prefix of the sources.
    circuit : Circuit
        Quarter-hours.

    Notes
    -----
    The parts of EN 1434 as in `analytics.plant.ratios`: flow and calculator are shares of the heat,
    the pair has a share and a constant difference that acts on the volume. Intervals of unknown
    flow are judged at the ends of the meter's range.
    """
    seen = heat(circuit, QUARTER_H) if circuit.seen else None
    if circuit.heating_kwh is not None and circuit.cooling_kwh is not None:
        net = circuit.heating_kwh - circuit.cooling_kwh
    elif seen is not None:
        net = seen.energy_kwh
    else:
        raise ValueError(f"circuit: {device} measures no heat at all")
    limits, known = circuit.limits, np.nan_to_num(net)
    least = np.full(net.shape, limits.least_difference_k)
    flow = np.full(net.shape, limits.least_flow_m3h)
    if seen is not None and circuit.flow_m3h is not None:
        sound = ~np.isnan(seen.capacity_kwh_k)
        difference = np.where(sound, seen.difference_k, least)
        flow = np.where(sound, circuit.flow_m3h, flow)
        per_k = np.where(sound, seen.capacity_kwh_k, np.abs(known) / least)
    else:
        difference, per_k = least, np.abs(known) / least
    constant = limits.pair_k * per_k * (~np.isnan(net))
    slope = limits.pair_percent / _PERCENT * np.abs(known)
    errors = {
        f"{device}:flow": _share(flow_percent(limits, flow)) * known,
        f"{device}:pair": rectangular(1.0) * (slope + constant),
        f"{device}:calculator": _share(calculator_percent(limits, difference)) * known,
    }
    bound = fluid_bound(circuit.fluid, circuit.mass_fraction, _USUAL_TEMP_C)
    errors[f"{circuit.circuit}:fluid"] = rectangular(bound) * known
    counted = circuit.heating_kwh is not None
    step = circuit.register_kwh if counted else 0.0
    return Metered(net, errors, (f"{device}:register", step), counted)


def of_electricity(
    device: str, energy_kwh: FloatArray, kind: str, accuracy: Accuracy | None, step: float = 0.0
) -> Metered:
    """Electricity of a meter, or of a controller that measures its own (`kind`)."""
    percent, _ = class_percent(kind, accuracy)
    error = rectangular(percent / _PERCENT) * np.nan_to_num(energy_kwh)
    return Metered(energy_kwh, {f"{device}:class": error}, (f"{device}:register", step))


def together(parts: list[Metered]) -> Metered:
    """Sum of several meters; sources that they share add up."""
    errors = dict[str, FloatArray]()
    for part in parts:
        for source, error in part.errors.items():
            errors[source] = errors.get(source, 0.0) + error
    energy = np.asarray(np.add.reduce([part.energy_kwh for part in parts]), np.float64)
    return Metered(energy, errors, counted=all(part.counted for part in parts))


def _share(percent: FloatArray) -> FloatArray:
    return np.asarray(rectangular(1.0 / _PERCENT) * percent, np.float64)
