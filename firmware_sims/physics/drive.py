"""What acts on the complex from outside, over a whole time axis at once."""

from dataclasses import dataclass

from firmware_sims.physics.building import TowerDrive, tower_drive
from firmware_sims.physics.calendar import chinese_calendar
from firmware_sims.physics.design import ComplexDesign, TowerDesign
from firmware_sims.physics.electricity import lighting_sockets_kw
from firmware_sims.physics.noise import FloatArray
from firmware_sims.physics.occupancy import Occupancy, occupancy_at
from firmware_sims.physics.plant import TowerInputs
from firmware_sims.physics.weather import Weather, weather_at

_GAIN_SHARE = 0.9
"""Share of lighting and sockets that heats conditioned rooms."""


@dataclass(frozen=True)
class TowerOutside:
    """One tower's schedule and drive over the time axis."""

    design: TowerDesign
    occupancy: Occupancy
    lighting_kw: FloatArray
    drive: TowerDrive


@dataclass(frozen=True)
class Outside:
    """Weather and towers over the time axis; evaluated in the middle of each step."""

    middle_s: FloatArray
    weather: Weather
    towers: tuple[TowerOutside, ...]

    def inputs(self) -> list[list[TowerInputs]]:
        """Return, per step, what the plant model takes: one entry per tower."""
        per_tower = [
            list(
                zip(
                    tower.drive.gain_kw.tolist(),
                    tower.drive.exchange_kw_k.tolist(),
                    tower.drive.latent_kw.tolist(),
                    tower.drive.conditioned.tolist(),
                    strict=True,
                )
            )
            for tower in self.towers
        ]
        return [list(step) for step in zip(*per_tower, strict=True)]


def outside_at(design: ComplexDesign, middle_s: FloatArray) -> Outside:
    """Evaluate everything that does not feed back.

    Parameters
    ----------
    design : ComplexDesign
    middle_s : array of float64
        Middle of each step. [s since epoch]

    Returns
    -------
    Outside
    """
    weather = weather_at(middle_s, design.climate, design.seed)
    towers = tuple(_tower_outside(design, part, middle_s, weather) for part in design.towers)
    return Outside(middle_s, weather, towers)


def _tower_outside(
    design: ComplexDesign, part: TowerDesign, middle_s: FloatArray, weather: Weather
) -> TowerOutside:
    occupancy = occupancy_at(
        middle_s,
        part.tower.hours,
        chinese_calendar(),
        design.utc_offset_h,
        design.seed,
        part.name,
    )
    lighting_kw = lighting_sockets_kw(
        middle_s, part.tower.area_m2, part.loads, occupancy, weather, design.seed, part.name
    )
    drive = tower_drive(part.tower, weather, occupancy, _GAIN_SHARE * lighting_kw)
    return TowerOutside(part, occupancy, lighting_kw, drive)
