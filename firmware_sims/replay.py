"""Measured data that simulated devices show in their registers, row by row.

A row is shown until the next one is due: by the clock (slower or faster than it was measured), by a
call of `show`, or, in steps, one row a poll for every device.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from collector.errors import ConfigError, Problem
from collector.sitefile import Configuration
from firmware_sims.scenario import ReplayColumn, ReplayDevice, ReplayScenario

Row = Mapping[str, float]


class ReplaySimulation:
    """The devices of a replay scenario.

    Parameters
    ----------
    configuration : Configuration
        The site.
    scenario : ReplayScenario
        Which columns its devices show.
    file : Path
        The scenario's file; the data lie beside it.
    speed : float
        How much faster than measured the rows follow each other.
    start_ms : int
        When the first row is shown. [ms since epoch, UTC]

    Raises
    ------
    ConfigError
        The data cannot be read, lack a column, or leave a polled field without a value.
    """

    def __init__(
        self,
        configuration: Configuration,
        scenario: ReplayScenario,
        file: Path,
        *,
        speed: float = 1.0,
        start_ms: int = 0,
    ) -> None:
        self._step_ms = scenario.step / speed
        self._start_ms = start_ms
        self._rows = _read(file.parent / scenario.file, scenario)
        self._at: dict[str, int] = dict.fromkeys(self._rows, 0)
        _check(configuration, scenario, file)

    @property
    def length(self) -> int:
        """How many rows there are."""
        return len(next(iter(self._rows.values())))

    def values(self, device: str) -> Row:
        """What a device shows now."""
        return self._rows[device][self._at[device]]

    def advance(self, now_ms: int) -> None:
        """Show the row that is due at `now_ms`; the last one stays."""
        if self._step_ms > 0:
            self.show(int((now_ms - self._start_ms) / self._step_ms))

    def show(self, row: int, device: str | None = None) -> None:
        """Show a row, on one device or on all; beyond the ends the first or last."""
        row = min(max(row, 0), self.length - 1)
        for name in self._at if device is None else (device,):
            self._at[name] = row

    def show_next(self) -> None:
        """Show the next row of every device."""
        for device, row in self._at.items():
            self.show(row + 1, device)

    def stepper(self, device: str) -> Callable[[], None]:
        """Return what is to be called at the beginning of every poll: it shows the next row.

        The first poll finds the first row.
        """
        polled = False

        def step() -> None:
            nonlocal polled
            if polled:
                self.show(self._at[device] + 1, device)
            polled = True

        return step


def _read(file: Path, scenario: ReplayScenario) -> dict[str, Sequence[Row]]:
    """Rows of every device, with running totals; new mappings, as a source has to give them."""
    try:
        table = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(file, None, "", f"cannot be read: {error}")]) from error
    if not table:
        raise ConfigError([Problem(file, None, "", "there is no row of data")])
    rows: dict[str, Sequence[Row]] = {}
    for device in scenario.devices:
        columns = {name: _column(file, table, binding) for name, binding in device.fields.items()}
        columns |= {name: [value] * len(table) for name, value in device.fixed.items()}
        rows[device.device] = [
            dict(zip(columns, values, strict=True))
            for values in zip(*columns.values(), strict=True)
        ]
    return rows


def _column(file: Path, table: Sequence[Mapping[str, str]], binding: ReplayColumn) -> list[float]:
    values, total = [], binding.start
    for index, row in enumerate(table):
        try:
            value = float(row[binding.column]) * binding.scale
        except (KeyError, TypeError, ValueError) as error:
            line, key = index + 2, binding.column
            raise ConfigError([Problem(file, line, key, "no such column, or no number")]) from error
        total += value
        values.append(total if binding.total else value)
    return values


def _check(configuration: Configuration, scenario: ReplayScenario, file: Path) -> None:
    problems = []
    for device in scenario.devices:
        wanted = set(configuration.site.devices[device.device].points)
        if missing := sorted(wanted - _given(device)):
            wording = f"nothing is bound to {', '.join(missing)}"
            problems.append(Problem(file, None, device.device, wording))
    if problems:
        raise ConfigError(problems)


def _given(device: ReplayDevice) -> set[str]:
    return set(device.fields) | set(device.fixed)
