"""What a meter says about itself: transformer ratios, unit codes, identity. Pure.

These cells are not values to store but needed to decode values. Nothing is guessed: as long as a
ratio or unit is not known, the fields that need it have no value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from collector.registers import Identity, RatioCell, Register, RegisterMap, ratio_names
from collector.words import Word

NO_RATIO = "bad:no-ratio"
NO_UNIT = "bad:no-unit"


class Nameplate:
    """Ratios, units and identity of one device, as far as they are known.

    Parameters
    ----------
    register_map : RegisterMap
        Says in which cells they stand.
    registers : sequence of Register
        The registers in use: what they do not need is not asked for.
    ratios : mapping of str to float
        Ratios that the site file states; they go before what the meter says.
    """

    def __init__(
        self,
        register_map: RegisterMap,
        registers: Sequence[Register],
        ratios: Mapping[Literal["ct", "pt"], float],
    ) -> None:
        self._map = register_map
        needed = {name for register in registers for name in ratio_names(register)}
        self.ratios: dict[str, float] = {
            name: ratio
            for name, ratio in (*register_map.ratios.items(), *ratios.items())
            if not isinstance(ratio, RatioCell)
        }
        self.units: dict[str, str] = {}
        self._ratio_cells: dict[str, RatioCell] = {
            name: cell
            for name, cell in register_map.ratios.items()
            if isinstance(cell, RatioCell) and name in needed and name not in ratios
        }
        self._unit_cells = {
            name: cell
            for name, cell in register_map.units.items()
            if name in {register.unit_from for register in registers}
        }
        self._verdicts: dict[int, bool] = {}

    def cells(self) -> Iterator[tuple[int, Word]]:
        """Function code and word of every cell to read."""
        for name, ratio in self._ratio_cells.items():
            word = self._map.cell_word(f"ratio:{name}", ratio, ratio.scale)
            yield self._map.function_of(ratio), word
        for name, unit in self._unit_cells.items():
            yield self._map.function_of(unit), self._map.cell_word(f"unit:{name}", unit)
        for index, identity in enumerate(self._map.identity):
            word = self._map.cell_word(f"identity:{index}", identity, identity.scale)
            yield self._map.function_of(identity), word

    @property
    def complete(self) -> bool:
        """Whether every ratio and unit that a register needs is known."""
        return self._ratio_cells.keys() <= self.ratios.keys() and (
            self._unit_cells.keys() <= self.units.keys()
        )

    @property
    def identified(self) -> bool | None:
        """Whether the cells that prove the identity agree; None when none was read."""
        cells = self._map.identity
        proofs = [agrees for index, agrees in self._verdicts.items() if cells[index].equals]
        return all(proofs) if proofs else None

    def missing(self, register: Register) -> str:
        """Flag of a register that cannot be decoded yet; '' when it can."""
        if any(name not in self.ratios for name in ratio_names(register)):
            return NO_RATIO
        if register.unit_from and register.unit_from not in self.units:
            return NO_UNIT
        return ""

    def word(self, register: Register) -> Word:
        """Describe a register for the decoder; ratios not known yet count as 1."""
        unit = None
        if register.unit_from:
            codes = self._unit_cells[register.unit_from].codes
            unit = self.units.get(register.unit_from, next(iter(codes.values())))
        return self._map.word(register, {"ct": 1.0, "pt": 1.0} | self.ratios, unit)

    def learn(self, values: Mapping[str, float]) -> tuple[str, ...]:
        """Take over what the cells said; returns sentences about what is new or wrong."""
        news: list[str] = []
        for name, cell in self._ratio_cells.items():
            if (value := values.get(f"ratio:{name}")) is not None:
                news += self._learn_ratio(name, cell, value)
        for name in self._unit_cells:
            if (value := values.get(f"unit:{name}")) is not None:
                news += self._learn_unit(name, value)
        for index, identity in enumerate(self._map.identity):
            if (value := values.get(f"identity:{index}")) is not None:
                news += self._identify(index, identity, value)
        return tuple(news)

    def _learn_ratio(self, name: str, cell: RatioCell, value: float) -> Iterator[str]:
        before = self.ratios.get(name)
        if not cell.low <= value <= cell.high:
            yield f"the {name} ratio {value:g} is outside {cell.low:g}..{cell.high:g}"
        elif before is None:
            self.ratios[name] = value
            yield f"the {name} ratio is {value:g}"
        elif before != value:
            self.ratios[name] = value
            yield f"the {name} ratio was {before:g} and is now {value:g}"

    def _learn_unit(self, name: str, value: float) -> Iterator[str]:
        unit = self._unit_cells[name].codes.get(int(value))
        before = self.units.get(name)
        if unit is None:
            self.units.pop(name, None)
            yield f"the code {value:g} of {name} is no known unit"
        elif before != unit:
            self.units[name] = unit
            yield f"{name} is {unit}" + (f" and was {before}" if before else "")

    def _identify(self, index: int, identity: Identity, value: float) -> Iterator[str]:
        agrees = identity.accepts(value)
        if agrees is not self._verdicts.get(index, True):
            yield (
                f"{identity.field} is {identity.text(value)}, {'as' if agrees else 'not what'} "
                f"{self._map.map} has ({identity.expectation})"
            )
        self._verdicts[index] = agrees
