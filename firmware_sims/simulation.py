"""The office complex and its devices in time: a year of history, then second by second.

One object walks once through time. Where it has been decides what every counter shows, so history
and the live run that follows it come from two walks over the same `Timeline`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from collector.errors import ConfigError, Problem
from collector.sitefile import Configuration
from firmware_sims.devices.instruments import Instruments
from firmware_sims.devices.models import DeviceModel
from firmware_sims.display import Display
from firmware_sims.fault_plan import silenced, spoil
from firmware_sims.faults import BoolArray, Fault, FaultMemory, Fields, Instants
from firmware_sims.image import image_of
from firmware_sims.physics.design import ComplexDesign
from firmware_sims.physics.office import OfficeComplex, OfficeState
from firmware_sims.physics.truth import Trace
from firmware_sims.scenario import OfficeScenario

YEAR_STEP_S = 900
LIVE_STEP_S = 1
_DAY_MS = 86_400_000
_YEAR_DAYS = 365
_WARM_UP_DAYS = 60
_CATCH_UP = ((86_400, 900), (600, 60), (1, LIVE_STEP_S))
"""From how far behind on in which steps. [s]"""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Where history begins, changes its step, and ends.

    Attributes
    ----------
    start_ms, recent_ms, until_ms : int
        A year in steps of 900 s lies between the first two, days in finer steps between the last
        two. [ms since epoch, UTC]
    step_s : int
        The finer step. [s]
    """

    start_ms: int
    recent_ms: int
    until_ms: int
    step_s: int


def timeline(until_ms: int, days: int = 7, step_s: int = 60) -> Timeline:
    """Lay out history that ends at `until_ms`, on whole steps.

    Raises
    ------
    ValueError
        The step does not divide a day, or the days do not fit into a year.
    """
    if not 0 < days < _YEAR_DAYS or step_s < 1 or 86_400 % step_s:
        raise ValueError("days must be 1 to 364 and the step a divisor of a day")
    until = until_ms - until_ms % (step_s * 1000)
    recent = until - days * _DAY_MS
    recent -= recent % (YEAR_STEP_S * 1000)
    return Timeline(recent - (_YEAR_DAYS - days) * _DAY_MS, recent, until, step_s)


@dataclass(frozen=True, slots=True)
class Observation:
    """What one device shows over a trace."""

    at_ms: Instants
    fields: Fields
    silent: BoolArray


class OfficeSimulation:
    """The devices of an office scenario.

    Parameters
    ----------
    configuration : Configuration
        The site.
    scenario : OfficeScenario
        What its devices show.
    seed : int, optional
        Another complex than the scenario's own.
    faults : sequence of Fault
        What goes wrong; nothing unless given.
    live_ms : int
        Where the live run begins; faults count from there. [ms since epoch, UTC]

    Raises
    ------
    ConfigError
        A device is bound to a column that the truth does not have, or cannot fill its map.
    """

    def __init__(
        self,
        configuration: Configuration,
        scenario: OfficeScenario,
        *,
        seed: int | None = None,
        faults: Sequence[Fault] = (),
        live_ms: int = 0,
    ) -> None:
        self.seed = scenario.seed if seed is None else seed
        self.models: dict[str, DeviceModel] = {m.device: m for m in scenario.devices}
        self.faults = tuple(faults)
        self._live_ms = live_ms
        self._buses = {entry.id: entry.bus for entry in configuration.settings.devices}
        self._displays = {
            model.device: displays(configuration, model) for model in scenario.devices
        }
        self._office = OfficeComplex(ComplexDesign(seed=self.seed))
        self._state: OfficeState = self._office.rest_state(0)
        self._instruments = Instruments(self.seed)
        self._fault_memory: FaultMemory = {}
        self._current: dict[str, Mapping[str, float]] = {}
        self._check(configuration)

    def _check(self, configuration: Configuration) -> None:
        """Observe one step, so that a wrong binding is told before anything is started."""
        trace = self._office.run(self._office.rest_state(0), 1, YEAR_STEP_S)
        problems = []
        for device, model in self.models.items():
            try:
                given = set(model.observe(trace, Instruments(self.seed))) | set(model.fixed)
            except ValueError as error:
                problems.append(Problem(configuration.file, None, device, str(error)))
                continue
            wanted = set(configuration.site.devices[device].points)
            if missing := sorted(wanted - given):
                wording = f"a {model.model} does not know {', '.join(missing)}; see `only`, `fixed`"
                problems.append(Problem(configuration.file, None, device, wording))
        if problems:
            raise ConfigError(problems)

    # -- history --------------------------------------------------------------------------------

    def past(self, line: Timeline) -> tuple[Trace, Trace]:
        """Walk through the past from rest; return the truth of the year and of the last days."""
        warm_up_ms = _WARM_UP_DAYS * _DAY_MS
        self._state = self._office.rest_state(line.start_ms - warm_up_ms)
        self._office.run(self._state, warm_up_ms // (YEAR_STEP_S * 1000), YEAR_STEP_S)
        year_steps = (line.recent_ms - line.start_ms) // (YEAR_STEP_S * 1000)
        year = self._office.run(self._state, year_steps, YEAR_STEP_S)
        recent_steps = (line.until_ms - line.recent_ms) // (line.step_s * 1000)
        return year, self._office.run(self._state, recent_steps, line.step_s)

    def observe(self, trace: Trace) -> dict[str, Observation]:
        """Let every device measure a trace; traces must be given in the order of time."""
        at_ms = trace.at_ms
        return {
            device: Observation(
                at_ms,
                self._shown(device, self._measured(model, trace)),
                silenced(self.faults, device, self._buses[device], at_ms, self._live_ms),
            )
            for device, model in self.models.items()
        }

    def exactly(self, traces: Iterable[Trace]) -> list[dict[str, Fields]]:
        """What instruments without errors, steps and faults would have measured."""
        instruments = Instruments(self.seed, exact=True)
        return [
            {device: model.observe(trace, instruments) for device, model in self.models.items()}
            for trace in traces
        ]

    def _measured(self, model: DeviceModel, trace: Trace) -> Fields:
        fields = model.observe(trace, self._instruments)
        fields |= {name: np.full(trace.at_ms.shape, v) for name, v in model.fixed.items()}
        memory = self._fault_memory
        return spoil(self.faults, model.device, fields, trace.at_ms, self._live_ms, memory)

    def _shown(self, device: str, fields: Fields) -> Fields:
        return {
            name: display.shown(fields[name])
            for name, display in self._displays[device].items()
            if name in fields
        }

    # -- live -----------------------------------------------------------------------------------

    def start(self, line: Timeline) -> None:
        """Walk through the past without looking at it, to where the live run begins."""
        for trace in self.past(line):
            last = self.observe(trace)
        self._show(last)

    def advance(self, now_ms: int) -> None:
        """Walk on to `now_ms` in seconds, in longer steps while far behind."""
        for least_behind_s, step_s in _CATCH_UP:
            behind_s = (now_ms - self._state.at_ms) // 1000
            if behind_s >= least_behind_s:
                self._walk(behind_s // step_s, step_s)

    def values(self, device: str) -> Mapping[str, float]:
        """What a device shows now; a new mapping whenever that changes."""
        return self._current[device]

    def _walk(self, steps: int, step_s: int) -> None:
        self._show(self.observe(self._office.run(self._state, steps, step_s)))

    def _show(self, observed: Mapping[str, Observation]) -> None:
        self._current = {
            device: {name: float(values[-1]) for name, values in observation.fields.items()}
            for device, observation in observed.items()
        }


def displays(configuration: Configuration, model: DeviceModel) -> dict[str, Display]:
    """Displays of a device's fields."""
    entry = configuration.entry(model.device)
    register_map = configuration.maps[entry.map]
    image = image_of(entry, register_map, model.ratios, model.units)
    fields = {register.field for register in register_map.registers}
    return {cell.word.name: Display(cell) for cell in image.cells if cell.word.name in fields}
