"""Which points make up the figures at the top of the page. Pure.

Each figure is the sum or the mean of points that stand in the site file. What a meter of the
plant measures comes before what the heat pumps say of themselves. Systems have the names that the
documentation of site.yaml proposes: `incomer`, `plant`, `heat-pumps`, `source-loop`, `load-loop`.
A figure without any point is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from analytics.boundaries import infer
from collector.model import Device, Site, Title
from collector.topology import Plant
from dashboards.display import DECIMALS, FIELD_DECIMALS

Member = tuple[str, str]
"""Device id and field."""

SUPPLY_RETURN = Title("供 / 回", "supply / return")
WIDEST = 4
"""The fields of the plant's live COP end here."""
PLANT_SYSTEMS = ("plant", "heat-pumps", "source-loop", "load-loop")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a tile: its members and how they are combined."""

    combine: Literal["sum", "mean"]
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile of the headline: one figure, or two that belong together.

    Supply and return stand beside each other; after ± stands the expanded uncertainty.
    """

    key: str
    title: Title
    unit: str
    figures: tuple[Figure, ...]
    note: Title | None = None
    joint: Literal["/", "±"] = "/"

    def body(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "key": self.key,
            "title": {"zh": self.title.zh, "en": self.title.en},
            "note": self.note and {"zh": self.note.zh, "en": self.note.en},
            "unit": self.unit,
            "joint": self.joint,
            "decimals": FIELD_DECIMALS.get(
                self.figures[0].members[0][1], DECIMALS.get(self.unit, 0)
            ),
            "figures": [
                {"combine": f.combine, "members": [list(member) for member in f.members]}
                for f in self.figures
            ],
        }


def headline(site: Site, described: Plant | None = None) -> tuple[Tile, ...]:
    """Tiles of a site, as far as its devices measure what belongs there.

    A plant that the site file describes has the tile of its COP, as it is computed live.
    """
    devices = tuple(d for d in site.devices.values() if d.kind != "plant")
    plant = _plant_devices(devices)
    pumps = _of(plant, "heat_pump")
    source = _of(plant, "heat_meter", "source-loop")
    load = _of(plant, "heat_meter", "load-loop")
    tiles = (
        Tile("site_power", Title("园区用电", "Site power"), "kW", _sum(
            _members(_of(devices, "electricity_meter", "incomer"), "power_kw"))),
        Tile("plant_power", Title("热泵站用电", "Plant power"), "kW", _sum(_plant_power(plant))),
        Tile("plant_output", Title("供热（冷）功率", "Plant output"), "kW", _sum(
            _members(load, "heat_kw") or _members(pumps, "heat_kw"))),
        *(_cop(described) if described and described.id in site.devices else ()),
        Tile("source_loop", Title("源侧", "Source loop"), "°C", _pair(
            _members(source, "supply_temp_c") or _members(pumps, "source_entering_temp_c"),
            _members(source, "return_temp_c") or _members(pumps, "source_leaving_temp_c")),
            SUPPLY_RETURN),
        Tile("load_loop", Title("负荷侧", "Load loop"), "°C", _pair(
            _members(load, "supply_temp_c") or _members(pumps, "load_leaving_temp_c"),
            _members(load, "return_temp_c") or _members(pumps, "load_entering_temp_c")),
            SUPPLY_RETURN),
        Tile("outdoor", Title("室外温度", "Outdoor"), "°C", _pair(
            _members(_of(devices, "weather"), "outdoor_temp_c"))),
    )  # fmt: skip
    return tuple(tile for tile in tiles if tile.figures)


def widest_level(plant: Plant) -> int | None:
    """Widest boundary whose COP the meters of a plant support; None when there is none."""
    levels = (claim.level for claim in infer(plant).claims if claim.level <= WIDEST)
    return max(levels, default=None)


def _cop(plant: Plant) -> tuple[Tile, ...]:
    """COP at the widest boundary that the meters support, with its uncertainty."""
    level = widest_level(plant)
    if level is None:
        return ()
    figures = tuple(
        Figure("mean", ((plant.id, name),)) for name in (f"cop_level{level}", "cop_uncertainty")
    )
    name = f"H{level}/C{level}"
    title, note = Title(f"实时 COP（{name}）", f"COP now, {name}"), Title("k = 2", "k = 2")
    return (Tile("plant_cop", title, "", figures, note, "±"),)


def _plant_devices(devices: Sequence[Device]) -> tuple[Device, ...]:
    """Devices in the building in which the plant stands; meters of the loops elsewhere are not."""
    buildings = [d.building for d in devices if d.system in PLANT_SYSTEMS]
    return tuple(d for d in devices if buildings and d.building == buildings[0])


def _plant_power(plant: Sequence[Device]) -> tuple[Member, ...]:
    meters = _members(_of(plant, "electricity_meter", "plant"), "power_kw")
    return meters or _members((d for d in plant if d.kind in ("heat_pump", "pump")), "power_kw")


def _of(devices: Iterable[Device], kind: str, system: str | None = None) -> tuple[Device, ...]:
    return tuple(d for d in devices if d.kind == kind and system in (None, d.system))


def _members(devices: Iterable[Device], field: str) -> tuple[Member, ...]:
    return tuple((device.id, field) for device in devices if field in device.points)


def _sum(members: tuple[Member, ...]) -> tuple[Figure, ...]:
    return (Figure("sum", members),) if members else ()


def _pair(*figures: tuple[Member, ...]) -> tuple[Figure, ...]:
    return tuple(Figure("mean", members) for members in figures if members)
