"""Which points make up the figures at the top of the page. Pure.

Each figure is the sum or the mean of points that stand in the site file; where a meter measures
it directly, the meter comes before the heat pumps' own figures. A figure without any point is
left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from collector.model import Device, Site, Title

Member = tuple[str, str]
"""Device id and field."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a tile: its members and how they are combined."""

    combine: Literal["sum", "mean"]
    members: tuple[Member, ...]
    title: Title | None = None


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile of the headline: one figure, or two that belong together (supply and return)."""

    key: str
    title: Title
    unit: str
    figures: tuple[Figure, ...]

    def body(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "key": self.key,
            "title": {"zh": self.title.zh, "en": self.title.en},
            "unit": self.unit,
            "figures": [
                {
                    "combine": figure.combine,
                    "members": [list(member) for member in figure.members],
                    "title": figure.title and {"zh": figure.title.zh, "en": figure.title.en},
                }
                for figure in self.figures
            ],
        }


def headline(site: Site) -> tuple[Tile, ...]:
    """Tiles of a site, as far as its devices measure what belongs there."""
    devices = list(site.devices.values())
    pumps = [device for device in devices if device.kind == "heat_pump"]
    weather = [device for device in devices if device.kind == "weather"]
    tiles = (
        Tile("power", Title("热泵站电功率", "Plant power"), "kW", _sum(_plant_power(devices))),
        Tile("heat", Title("热泵供热（冷）功率", "Heat output"), "kW", _sum(_heat(pumps))),
        Tile("ground", Title("地源侧 进 / 出", "Ground loop in / out"), "°C", _pair(
            pumps, "source_entering_temp_c", "source_leaving_temp_c")),
        Tile("load", Title("负荷侧 供 / 回", "Load loop supply / return"), "°C", _pair(
            pumps, "load_leaving_temp_c", "load_entering_temp_c")),
        Tile("outdoor", Title("室外温度", "Outdoor"), "°C", _mean(_all(weather, "outdoor_temp_c"))),
    )  # fmt: skip
    return tuple(tile for tile in tiles if tile.figures)


def _plant_power(devices: Iterable[Device]) -> tuple[Member, ...]:
    return _all((d for d in devices if d.kind in ("heat_pump", "pump")), "power_kw")


def _heat(pumps: Iterable[Device]) -> tuple[Member, ...]:
    return _all(pumps, "heat_kw")


def _all(devices: Iterable[Device], field: str) -> tuple[Member, ...]:
    return tuple((device.id, field) for device in devices if field in device.points)


def _sum(members: tuple[Member, ...]) -> tuple[Figure, ...]:
    return (Figure("sum", members),) if members else ()


def _mean(members: tuple[Member, ...]) -> tuple[Figure, ...]:
    return (Figure("mean", members),) if members else ()


def _pair(devices: list[Device], first: str, second: str) -> tuple[Figure, ...]:
    return _mean(_all(devices, first)) + _mean(_all(devices, second))
