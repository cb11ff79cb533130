"""Water-to-water heat pumps: measured maps over the lift, part load, start-up, standby."""

import csv
import functools
from dataclasses import dataclass
from importlib import resources

_KELVIN = 273.15
_CARNOT_SHARE_LIMIT = 0.6
"""A real machine does not pass this share of the Carnot COP; guards against tiny lifts."""
_LOWEST_LIFT_K = 5.0
_SYMMETRY = 1e-3


@dataclass(frozen=True)
class LiftMap:
    """Laboratory map of one machine over the lift, condenser outlet minus evaporator inlet.

    Attributes
    ----------
    cop_at_zero, cop_per_k : float
        COP = cop_at_zero + cop_per_k · lift. [-, 1/K]
    heat_at_zero, heat_per_k : float
        Condenser heat over its reference, in the same form. [-, 1/K]
    """

    cop_at_zero: float
    cop_per_k: float
    heat_at_zero: float
    heat_per_k: float


@dataclass(frozen=True)
class FullLoad:
    """What a machine does at full load; heat_kw = cold_kw + power_kw."""

    heat_kw: float
    cold_kw: float
    power_kw: float


@functools.cache
def lift_map(model: str) -> LiftMap:
    """Read the map of a machine from the packaged laboratory data.

    Parameters
    ----------
    model : str
        Value of the column `model`.

    Returns
    -------
    LiftMap

    Raises
    ------
    ValueError
        If the model is unknown, or its map is not a function of the lift.
    """
    packaged = resources.files("firmware_sims").joinpath("data", "heat_pumps", "water_water.csv")
    for row in csv.DictReader(packaged.read_text("utf-8").splitlines()):
        if row["model"] == model:
            return _lift_map_of(row)
    raise ValueError(f"model: no laboratory map named {model!r}")


def _lift_map_of(row: dict[str, str]) -> LiftMap:
    for quantity in ("cop", "heat"):
        if abs(float(row[f"p1_{quantity}"]) + float(row[f"p2_{quantity}"])) > _SYMMETRY:
            raise ValueError(f"model: {quantity} of {row['model']!r} is no function of the lift")
    return LiftMap(
        cop_at_zero=float(row["p3_cop"]),
        cop_per_k=float(row["p2_cop"]),
        heat_at_zero=float(row["p3_heat"]),
        heat_per_k=float(row["p2_heat"]),
    )


@dataclass(frozen=True)
class HeatPump:
    """One unit of the plant.

    Attributes
    ----------
    lift : LiftMap
        Shape of capacity and COP.
    rated_heat_kw : float
        Condenser heat at `rated_lift_k`; scales the map to plant size. [kW]
    rated_lift_k : float
        Lift of the rating, W10/W45. [K]
    condition : float
        COP over that of the laboratory; below 1 for fouling and wear. [-]
    lowest_part_load : float
        Below this the unit can only switch off. [-]
    start_up_s, start_up_heat_share : float
        After a start the unit draws full power but gives only this share of its heat,
        until the circuit has settled. [s, -]
    standby_kw, controls_kw : float
        Crankcase heater and electronics when off, electronics when on. [kW]
    """

    lift: LiftMap
    rated_heat_kw: float
    rated_lift_k: float = 35.0
    condition: float = 1.0
    lowest_part_load: float = 0.25
    start_up_s: float = 120.0
    start_up_heat_share: float = 0.5
    standby_kw: float = 0.65
    controls_kw: float = 0.4

    def full_load(self, source_c: float, sink_c: float) -> FullLoad:
        """Return heat, cold and compressor power at full load.

        Parameters
        ----------
        source_c : float
            Water entering the evaporator. [°C]
        sink_c : float
            Water leaving the condenser. [°C]

        Returns
        -------
        FullLoad
            `heat_kw` = `cold_kw` + `power_kw`. [kW]

        Notes
        -----
        Linear maps over the lift as in hplib (doi:10.5281/zenodo.5521597), bounded by a share of
        the Carnot COP. Cooling is the same circuit with the loops swapped, so EER = COP - 1.
        """
        lift_k = max(sink_c - source_c, _LOWEST_LIFT_K)
        shape = self.lift
        rated = shape.heat_at_zero + shape.heat_per_k * self.rated_lift_k
        heat_kw = self.rated_heat_kw * (shape.heat_at_zero + shape.heat_per_k * lift_k) / rated
        carnot = (sink_c + _KELVIN) / lift_k
        cop = (shape.cop_at_zero + shape.cop_per_k * lift_k) * self.condition
        power_kw = heat_kw / max(min(cop, _CARNOT_SHARE_LIMIT * carnot), 1.5)
        return FullLoad(heat_kw, heat_kw - power_kw, power_kw)


def part_load_power_share(part_load: float) -> float:
    """Return compressor power over full-load power.

    Parameters
    ----------
    part_load : float
        Useful output over full-load output, 0 to 1. [-]

    Returns
    -------
    float
        Share of the full-load power. [-]

    Notes
    -----
    Quadratic energy-input function of a variable-speed screw machine: the best COP lies near half
    load, +6 % over full load, because the heat exchangers are then oversized; below 30 % the losses
    of the drive win.
    """
    return 0.045 + 0.745 * part_load + 0.21 * part_load * part_load
