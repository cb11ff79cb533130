"""One heat pump over one step: part load, start-up loss, electricity."""

from dataclasses import dataclass

from firmware_sims.physics.heat_pump import FullLoad, HeatPump, part_load_power_share
from firmware_sims.physics.staging import UnitState


@dataclass(frozen=True, slots=True)
class UnitStep:
    """Means of one unit over a step; condenser heat = evaporator heat + compressor power.

    Attributes
    ----------
    part_load : float
        Useful output over full-load output; 0 when off. [-]
    condenser_kw, evaporator_kw, compressor_kw : float
        Heat given, heat taken, shaft and motor of the compressor. [kW]
    load_kw, source_kw : float
        Into the load loop, negative when it cools; into the ground loop. [kW]
    """

    part_load: float
    condenser_kw: float
    evaporator_kw: float
    compressor_kw: float
    load_kw: float
    source_kw: float


IDLE = UnitStep(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def run_unit(
    unit: HeatPump,
    memory: UnitState,
    full: FullLoad,
    part_load: float,
    *,
    heating: bool,
    dt_s: float,
) -> UnitStep:
    """Run one unit for a step; counts its hours in `memory`.

    Parameters
    ----------
    unit : HeatPump
    memory : UnitState
        Says whether it runs and how much of the start-up is left.
    full : FullLoad
        At the temperatures of the step. [kW]
    part_load : float
        Asked share of the full output; raised to the lowest that the unit can hold. [-]
    heating : bool
        Whether the condenser or the evaporator serves the load loop.
    dt_s : float
        Step width. [s]

    Returns
    -------
    UnitStep
    """
    if not memory.running:
        return IDLE
    part_load = max(part_load, unit.lowest_part_load)
    settling_s = min(memory.start_up_left_s, dt_s)
    memory.start_up_left_s -= settling_s
    memory.run_s += dt_s
    given = part_load * (1.0 - (1.0 - unit.start_up_heat_share) * settling_s / dt_s)
    compressor_kw = full.power_kw * part_load_power_share(part_load)
    if heating:
        condenser_kw = full.heat_kw * given
        evaporator_kw = condenser_kw - compressor_kw
        return UnitStep(
            part_load, condenser_kw, evaporator_kw, compressor_kw, condenser_kw, -evaporator_kw
        )
    evaporator_kw = full.cold_kw * given
    condenser_kw = evaporator_kw + compressor_kw
    return UnitStep(
        part_load, condenser_kw, evaporator_kw, compressor_kw, -evaporator_kw, condenser_kw
    )
