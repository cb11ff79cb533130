"""Which meters count the components of a heat pump plant, alone or as a difference.

`whole` counts everything in the plant room: heat pumps, source and load pumps, back-up heater,
auxiliary cooling, controls. The distribution in the building is outside it.
"""

from __future__ import annotations

from collections.abc import Iterable, KeysView, Mapping
from dataclasses import dataclass
from typing import Literal

from collector.model import Title
from collector.topology import Consumers, Plant

UNITS = "units"
CONTROLS = "controls"
COMPONENTS: Mapping[str, Title] = {
    UNITS: Title("热泵", "heat pump"),
    "source_pumps": Title("源侧泵", "source pump"),
    "backup_heater": Title("辅助加热器", "back-up heater"),
    "auxiliary_cooling": Title("辅助冷却", "auxiliary cooling"),
    "load_pumps": Title("负荷侧泵", "load pump"),
    CONTROLS: Title("站房附属设备", "plant-room controls"),
    "distribution": Title("末端输配", "distribution in the building"),
}
"""Everything of a plant that uses electricity, from the inside out."""

_NOTHING = Title("", "")
_ALWAYS = (UNITS, "source_pumps", "load_pumps")


@dataclass(frozen=True, slots=True)
class MeterSum:
    """Meters that are added, and others that are taken away."""

    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return it as a formula: e-plant − e-load-pumps."""
        return " − ".join((" + ".join(self.plus), *self.minus))

    @property
    def meters(self) -> tuple[str, ...]:
        """All of them."""
        return self.plus + self.minus


@dataclass(frozen=True, slots=True)
class Reading:
    """A sum of meters, and what is in it that does not belong there."""

    meters: MeterSum
    impurities: tuple[Title, ...] = ()


@dataclass(frozen=True, slots=True)
class MeterTree:
    """Own meters of every component that exists; none: not metered.

    Parameters
    ----------
    own : mapping of str to tuple of str
        In the order of `COMPONENTS`.
    whole : str or None
        Meter of the plant room.
    detail : mapping of str to str
        Which part of a component lacks a meter.
    """

    own: Mapping[str, tuple[str, ...]]
    whole: str | None = None
    detail: Mapping[str, str] | None = None

    @classmethod
    def of_names(cls, components: Iterable[str]) -> MeterTree:
        """A tree whose components are their own meters; heat pumps and pumps always exist.

        Raises
        ------
        ValueError
            components: a name is unknown.
        """
        given = tuple(components)
        for name in given:
            if name not in COMPONENTS:
                raise ValueError(f"components: {name!r} is none of {', '.join(COMPONENTS)}")
        own = {n: (n,) if n in given else () for n in COMPONENTS if n in given or n in _ALWAYS}
        return cls(own)

    def unmetered(self, components: Iterable[str]) -> tuple[str, ...]:
        """Those that have no meters of their own."""
        return tuple(name for name in components if not self.own[name])

    def express(self, inside: tuple[str, ...], tolerable: tuple[str, ...] = ()) -> Reading | None:
        """Electricity of some components; None when the meters do not give it.

        Parameters
        ----------
        inside : tuple of str
            The components, all of which exist.
        tolerable : tuple of str
            What may be in the sum although it lies outside, because it is small or rests then.

        Notes
        -----
        With the controls inside, the whole meter is better than the sum of the others, because it
        also holds what nobody named. Otherwise own meters come first.
        """
        own = None if self.unmetered(inside) else self._own(inside)
        if self.whole is None or (own is not None and CONTROLS not in inside):
            return own
        difference = self._difference(inside, self.whole, tolerable)
        if difference is None or (own is not None and difference.impurities):
            return own
        return difference

    def _own(self, inside: tuple[str, ...]) -> Reading:
        """The meters of the components; one that also counts another component makes it impure."""
        meters = self._meters(inside)
        shared = [n for n in self.own if n not in inside and not meters.isdisjoint(self.own[n])]
        return Reading(MeterSum(tuple(meters)), tuple(_inseparable(name) for name in shared))

    def _difference(
        self, inside: tuple[str, ...], whole: str, tolerable: tuple[str, ...]
    ) -> Reading | None:
        """The whole meter less what lies outside, plus what it does not hold."""
        if "distribution" in inside and not self.own["distribution"]:
            return None
        beyond = self.own["distribution"] if "distribution" in inside else ()
        outside = [n for n in self.own if n not in inside and n != "distribution"]
        unknown = self.unmetered(outside)
        minus = self._meters(outside)
        if not set(unknown) <= set(tolerable) or not minus.isdisjoint(self._meters(inside)):
            return None
        impurities = tuple(_inseparable(name) for name in unknown)
        return Reading(MeterSum((whole, *beyond), tuple(minus)), impurities)

    def _meters(self, components: Iterable[str]) -> KeysView[str]:
        """Every meter of some components once, in their order."""
        return dict.fromkeys(meter for name in components for meter in self.own[name]).keys()


@dataclass(frozen=True, slots=True)
class HeatSide:
    """Heat meters of the numerator, or what is lacking; notes on where they sit."""

    meters: MeterSum | None
    notes: tuple[Title, ...] = ()
    lacking: Title = _NOTHING


def meter_tree(plant: Plant) -> MeterTree:
    """Return the own meters of a plant's components.

    With a whole meter, controls always exist: they are what it holds beside the others.
    """
    own: dict[str, tuple[str, ...]] = {}
    lacking = [unit.heat_pump for unit in plant.units if unit.electricity is None]
    meters = tuple(unit.electricity for unit in plant.units if unit.electricity is not None)
    own[UNITS] = () if lacking else meters
    for name in COMPONENTS:
        consumers: Consumers | None = getattr(plant, name) if name != UNITS else None
        if consumers is not None:
            own[name] = consumers.electricity
        elif name == CONTROLS and plant.whole is not None:
            own[name] = ()
    ordered = {name: own[name] for name in COMPONENTS if name in own}
    return MeterTree(ordered, plant.whole, {UNITS: ", ".join(lacking)} if lacking else None)


def heat_side(plant: Plant, mode: Literal["heating", "cooling", "overall"]) -> HeatSide:
    """Return the heat meters of a plant's output.

    The load loop's meter, else those of all heat pumps, else those of the buildings served. Hot
    water is a circuit beside the load loop and counts into heating; the heat pumps' own meters hold
    it already. A back-up heater is taken to sit behind the heat meter, as in the SEPEMO formulas.
    """
    units = tuple(unit.heat_meter for unit in plant.units if unit.heat_meter is not None)
    of_units = MeterSum(units) if len(units) == len(plant.units) else None
    hot_water = plant.hot_water if mode != "cooling" else None
    extra = (hot_water.heat_meter,) if hot_water and hot_water.heat_meter else ()
    if hot_water and not extra:
        lacking = Title("生活热水热量未计量", "hot water heat unmetered")
        return HeatSide(of_units, lacking=lacking)
    if plant.load.heat_meter:
        return HeatSide(MeterSum((plant.load.heat_meter, *extra)))
    if of_units is not None:
        return HeatSide(of_units)
    if plant.serves:
        buildings = tuple(served.heat_meter for served in plant.serves)
        note = Title("热量在楼栋计量", "heat is counted at the buildings, behind the pipes")
        return HeatSide(MeterSum((*buildings, *extra)), (note,))
    return HeatSide(None, lacking=Title("供热（冷）量未计量", "heat of the load side unmetered"))


def named(components: Iterable[str], tree: MeterTree) -> Title:
    """What is unmetered, in words: source pump unmetered."""
    zh, en = [], []
    for name in components:
        which = (tree.detail or {}).get(name)
        zh.append(COMPONENTS[name].zh + (f"（{which}）" if which else ""))
        en.append(COMPONENTS[name].en + (f" ({which})" if which else ""))
    return Title("、".join(zh) + "未计量", ", ".join(en) + " unmetered")


def _inseparable(name: str) -> Title:
    title = COMPONENTS[name]
    return Title(f"含{title.zh}，无法分开", f"includes {title.en}, which cannot be separated")
