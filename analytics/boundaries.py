"""Which boundaries around a heat pump plant its meters support, and by which sum of meters.

SEPEMO draws four lines around a plant: 1 the heat pumps, 2 with source pumps, 3 with back-up heat
(heating) or auxiliary cooling (cooling), 4 with all load pumps. Plant-room controls count into 4.
Annex 52 of the IEA HPT programme calls them 1, 2, 2+ and 4+; its 5+ adds the distribution in the
building, for which SEPEMO has no number of its own: its name here is H5, C5 or HC5.

A component is known by its own meters, or as the plant's whole meter less everything else in the
plant room. What cannot be separated is told with an asterisk; what cannot be known is missing,
with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from analytics.figures import Boundary
from analytics.metertree import (
    CONTROLS,
    UNITS,
    HeatSide,
    MeterSum,
    MeterTree,
    heat_side,
    meter_tree,
    named,
)
from collector.model import Title
from collector.topology import Plant, Unit

Mode = Literal["heating", "cooling", "overall"]
MODES: tuple[Mode, ...] = ("heating", "cooling", "overall")
LEVELS = (1, 2, 3, 4, 5)
LETTERS: dict[Mode, str] = {"heating": "H", "cooling": "C", "overall": "HC"}
_ANNEX52 = {1: "1", 2: "2", 3: "2+", 4: "4+", 5: "5+"}
_SUPPLEMENT: dict[Mode, tuple[str, ...]] = {
    "heating": ("backup_heater",),
    "cooling": ("auxiliary_cooling",),
    "overall": ("backup_heater", "auxiliary_cooling"),
}
_INTERNAL_PUMP = Title("热泵电表含内置循环泵", "the meter also counts a built-in circulation pump")
_CONTROLLER = Title("由热泵控制器计量", "counted by the heat pump's controller, not by a meter")


@dataclass(frozen=True, slots=True)
class Claim:
    """A boundary that the meters support.

    Parameters
    ----------
    name : str
        Key of the boundary: H1 to H5, C1 to C5, HC1 to HC5; never with an asterisk.
    boundary : Boundary
        As it is published, by both names.
    mode : str
        heating, cooling or overall.
    level : int
        1 to 5.
    electricity : MeterSum
        Meters of the denominator.
    heat : MeterSum
        Meters of the numerator.
    resistance : tuple of str
        Meters of resistance heaters, whose electricity counts as heat too (levels 3 and up).
    dedicated : tuple of str
        Meters of back-up heaters or auxiliary cooling: their electricity is not shared between the
        modes, all of it is for this one.
    notes : tuple of Title
        What is impure about it.
    """

    name: str
    boundary: Boundary
    mode: Mode
    level: int
    electricity: MeterSum
    heat: MeterSum
    resistance: tuple[str, ...] = ()
    dedicated: tuple[str, ...] = ()
    notes: tuple[Title, ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """A boundary that the meters do not support, and why."""

    name: str
    boundary: Boundary
    mode: Mode
    level: int
    reason: Title


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Everything that can and cannot be claimed, each by mode and then by level."""

    claims: tuple[Claim, ...]
    missing: tuple[Missing, ...] = ()

    def widest(self, mode: Mode) -> Claim | None:
        """The claim of the highest level; None when there is none."""
        return max((c for c in self.claims if c.mode == mode), key=_level, default=None)

    def claim(self, name: str) -> Claim | None:
        """The claim of that name, such as H2."""
        return next((claim for claim in self.claims if claim.name == name), None)


def name_of(mode: Mode, level: int) -> str:
    """Key of a boundary: H1 to HC5."""
    return f"{LETTERS[mode]}{level}"


def boundary_of(mode: Mode, level: int, *, impure: bool = False) -> Boundary:
    """Both published names of a boundary.

    Parameters
    ----------
    mode : str
        heating, cooling or overall.
    level : int
        1 to 5; 5 is SEPEMO's 4 with the terminals in the building.
    impure : bool
        Something in it does not belong there: an asterisk.

    Returns
    -------
    Boundary
        Such as H2 and 2H, H3* and 2+H.
    """
    sepemo = f"{LETTERS[mode]}{min(level, 4)}" + ("*" if impure else "")
    return Boundary(sepemo, _ANNEX52[level] + LETTERS[mode])


def infer(plant: Plant) -> Boundaries:
    """Tell which boundaries of a plant its meters support.

    Parameters
    ----------
    plant : Plant
        As site.yaml describes it.

    Returns
    -------
    Boundaries
        For heating, cooling and overall, levels 1 to 4, and 5 where distribution is named.

    Notes
    -----
    Inference as in heatpumpmonitor.org's system view: a pump or heater that exists without a meter
    takes away every boundary that includes it, unless `whole` less the others gives it.
    """
    tree = meter_tree(plant)
    internal = any(unit.internal_pump for unit in plant.units)
    found = [
        _judge(tree, mode, level, heat_side(plant, mode), internal=internal)
        for mode in MODES
        for level in LEVELS
        if level <= 4 or "distribution" in tree.own
    ]
    return _sorted_out(found)


def infer_unit(unit: Unit) -> Boundaries:
    """Tell what can be claimed for one heat pump: level 1, by its meters or its controller.

    Parameters
    ----------
    unit : Unit

    Returns
    -------
    Boundaries
        H1, C1 and HC1; a value that the controller counts has an asterisk.
    """
    electricity = MeterSum((unit.electricity or unit.heat_pump,))
    heat = MeterSum((unit.heat_meter or unit.heat_pump,))
    own = unit.electricity is not None and unit.heat_meter is not None
    notes = ((_INTERNAL_PUMP,) if unit.internal_pump else ()) + (() if own else (_CONTROLLER,))
    return Boundaries(
        tuple(
            Claim(
                name_of(mode, 1),
                boundary_of(mode, 1, impure=bool(notes)),
                mode,
                1,
                electricity,
                heat,
                notes=notes,
            )
            for mode in MODES
        )
    )


def of_components(components: Iterable[str], heat: Iterable[str]) -> Boundaries:
    """Tell what can be claimed when electricity is given by component, without a plant.

    Parameters
    ----------
    components : iterable of str
        Among units, source_pumps, backup_heater, auxiliary_cooling, load_pumps, controls,
        distribution. Back-up, auxiliary cooling and controls exist only when they are named.
    heat : iterable of str
        Heat channels; all are added.

    Returns
    -------
    Boundaries
        The sums refer to the names given.

    Raises
    ------
    ValueError
        components: a name is unknown.
    """
    given = tuple(components)
    tree = MeterTree.of_names(given)
    side = HeatSide(MeterSum(tuple(heat)))
    found = [
        _judge(tree, mode, level, side, internal=False)
        for mode in MODES
        for level in LEVELS
        if level <= 4 or "distribution" in given
    ]
    return _sorted_out(found)


def _level(claim: Claim) -> int:
    return claim.level


def _sorted_out(found: Iterable[Claim | Missing]) -> Boundaries:
    everything = tuple(found)
    return Boundaries(
        tuple(one for one in everything if isinstance(one, Claim)),
        tuple(one for one in everything if isinstance(one, Missing)),
    )


def _included(tree: MeterTree, mode: Mode, level: int) -> tuple[str, ...]:
    """Components that exist inside a boundary."""
    inside = [UNITS]
    if level >= 2:
        inside.append("source_pumps")
    if level >= 3:
        inside += _SUPPLEMENT[mode]
    if level >= 4:
        inside += ["load_pumps", CONTROLS]
    if level >= 5:
        inside.append("distribution")
    return tuple(component for component in inside if component in tree.own)


def _tolerable(mode: Mode) -> tuple[str, ...]:
    """What a difference may hold that lies outside: controls, and what rests in this mode."""
    other = [name for supplement in _SUPPLEMENT.values() for name in supplement]
    return (CONTROLS, *(name for name in other if name not in _SUPPLEMENT[mode]))


def _lacking(tree: MeterTree, inside: tuple[str, ...], side: HeatSide) -> Title | None:
    """Why a boundary is out of reach although its electricity is known; None when it is not.

    A back-up heater's heat is its electricity: unmetered, the numerator is unknown.
    """
    if side.meters is None:
        return side.lacking
    if "backup_heater" in inside and not tree.own["backup_heater"]:
        return named(("backup_heater",), tree)
    return None


def _judge(
    tree: MeterTree, mode: Mode, level: int, side: HeatSide, *, internal: bool
) -> Claim | Missing:
    inside = _included(tree, mode, level)
    reading = tree.express(inside, _tolerable(mode))
    name = name_of(mode, level)
    lacking = _lacking(tree, inside, side)
    if lacking is not None or reading is None or side.meters is None:
        why = lacking or named(tree.unmetered(inside), tree)
        reason = Title(f"{name} 不可用：{why.zh}", f"{name} not available: {why.en}")
        return Missing(name, boundary_of(mode, level), mode, level, reason)
    impurities = reading.impurities + ((_INTERNAL_PUMP,) if internal and level == 1 else ())
    return Claim(
        name,
        boundary_of(mode, level, impure=bool(impurities)),
        mode,
        level,
        reading.meters,
        side.meters,
        resistance=tree.own["backup_heater"] if "backup_heater" in inside else (),
        dedicated=tuple(
            meter for part in _SUPPLEMENT[mode] if part in inside for meter in tree.own[part]
        ),
        notes=impurities + side.notes,
    )
