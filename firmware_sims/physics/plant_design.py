"""Design of the heat pump plant: sizes, curves and rules, no state."""

from dataclasses import dataclass, field

from firmware_sims.physics.borefield import BoreField
from firmware_sims.physics.control import ControlRules
from firmware_sims.physics.heat_pump import HeatPump, lift_map
from firmware_sims.physics.pump import PumpCurve, PumpGroup
from firmware_sims.physics.staging import StagingRules


def _units() -> tuple[HeatPump, ...]:
    """Three units of one size, a little below their laboratory COP; the third is the oldest."""
    return (
        HeatPump(lift_map("WWC 190H/X"), rated_heat_kw=1_000.0, condition=0.94),
        HeatPump(lift_map("WWC 190H/X"), rated_heat_kw=1_000.0, condition=0.93),
        HeatPump(lift_map("WWC 130H/X"), rated_heat_kw=1_000.0, condition=0.91),
    )


def _source_pumps() -> PumpGroup:
    curve = PumpCurve(rated_flow_m3h=190.0, rated_head_m=26.0, shutoff_head_m=33.0)
    return PumpGroup(curve, pumps=3, held_head_m=0.0, common_head_m=15.0)


def _load_pumps() -> PumpGroup:
    curve = PumpCurve(rated_flow_m3h=175.0, rated_head_m=28.0, shutoff_head_m=35.0)
    return PumpGroup(curve, pumps=3, held_head_m=8.0, common_head_m=11.0)


@dataclass(frozen=True)
class PlantDesign:
    """The plant room and its loops.

    Attributes
    ----------
    units : tuple of HeatPump
        Each has its own source pump and load pump.
    source_pumps, load_pumps : PumpGroup
        As many as there are units.
    bore_field : BoreField
    staging, control : StagingRules, ControlRules
    load_capacity_kwh_k : float
        Water of load pipes and buffer. [kWh/K]
    load_loss_kw_k, plant_room_c : float
        Pipe losses [kW/K] and what surrounds the pipes [°C].
    least_unit_flow, least_idle_flow : float
        Flow through a running unit, circulation without one, over rated flow. [-]
    free_effectiveness : float
        Of the free-cooling heat exchanger. [-]
    auxiliary_kw : float
        Controls, valves and light of the plant room. [kW]
    """

    units: tuple[HeatPump, ...] = field(default_factory=_units)
    source_pumps: PumpGroup = field(default_factory=_source_pumps)
    load_pumps: PumpGroup = field(default_factory=_load_pumps)
    bore_field: BoreField = field(default_factory=BoreField)
    staging: StagingRules = field(default_factory=StagingRules)
    control: ControlRules = field(default_factory=ControlRules)
    load_capacity_kwh_k: float = 95.0
    load_loss_kw_k: float = 1.0
    plant_room_c: float = 21.0
    least_unit_flow: float = 0.6
    least_idle_flow: float = 0.35
    free_effectiveness: float = 0.78
    auxiliary_kw: float = 2.4

    def __post_init__(self) -> None:
        """Refuse a design whose pumps do not match its units."""
        if not len(self.units) == self.source_pumps.pumps == self.load_pumps.pumps:
            raise ValueError("source_pumps, load_pumps: one pump for each of the units is needed")
