"""Design parameters of the whole complex, in one frozen object."""

from dataclasses import dataclass, field

from firmware_sims.physics.building import Tower
from firmware_sims.physics.electricity import Supply, TowerLoads
from firmware_sims.physics.occupancy import OfficeHours
from firmware_sims.physics.plant_design import PlantDesign
from firmware_sims.physics.services import TowerServices
from firmware_sims.physics.weather import Climate


@dataclass(frozen=True)
class TowerDesign:
    """A tower with its electric loads, water and gas."""

    tower: Tower
    loads: TowerLoads = field(default_factory=TowerLoads)
    services: TowerServices = field(default_factory=TowerServices)

    @property
    def name(self) -> str:
        """Prefix of the tower's columns."""
        return self.tower.name


def _two_towers() -> tuple[TowerDesign, ...]:
    """Tower A is the main building with the canteen; B is smaller and keeps longer hours."""
    return (
        TowerDesign(
            Tower("tower_a", area_m2=32_000.0, people=1_450.0),
            services=TowerServices(canteen_water_m3h=3.2, gas_m3h=26.0),
        ),
        TowerDesign(
            Tower(
                "tower_b",
                area_m2=21_000.0,
                people=980.0,
                hours=OfficeHours(arrive_h=8.6, leave_h=18.1, late_share=0.16, plant_off_h=18.5),
                envelope_w_m2k=1.55,
            ),
            loads=TowerLoads(servers_w_m2=1.9, kitchen_w_m2=0.3),
        ),
    )


@dataclass(frozen=True)
class ComplexDesign:
    """Everything that makes this complex and not another.

    Attributes
    ----------
    seed : int
        Of all noise; the same seed gives the same complex.
    utc_offset_h : float
        Local clock minus UTC. [h]
    climate : Climate
    towers : tuple of TowerDesign
    plant : PlantDesign
    supply : Supply
    """

    seed: int = 20240
    utc_offset_h: float = 8.0
    climate: Climate = field(default_factory=Climate)
    towers: tuple[TowerDesign, ...] = field(default_factory=_two_towers)
    plant: PlantDesign = field(default_factory=PlantDesign)
    supply: Supply = field(default_factory=Supply)

    @property
    def area_m2(self) -> float:
        """Gross floor area of all towers [m²]."""
        return sum(design.tower.area_m2 for design in self.towers)
