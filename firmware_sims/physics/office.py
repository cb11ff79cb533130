"""The office complex: the entry to the physics.

A year of history, a week at one minute and the live run are the same call with another step width:

    office = OfficeComplex(ComplexDesign())
    state = office.rest_state(start_ms)
    year = office.run(state, steps=35_040, dt_s=900)
    checkpoint = state.copy()
    truth = office.step(state, state.at_ms, dt_s=1).row()
"""

import copy
from dataclasses import dataclass, field

import numpy as np

from firmware_sims.physics.columns import Column, truth_columns
from firmware_sims.physics.design import ComplexDesign
from firmware_sims.physics.drive import outside_at
from firmware_sims.physics.plant import PlantModel, PlantState
from firmware_sims.physics.rows import plant_columns, plant_row
from firmware_sims.physics.truth import Trace, derive, integrate
from firmware_sims.physics.weather import weather_at

_MS = 1_000.0


@dataclass
class OfficeState:
    """All memory of the complex; everything else follows from design and time.

    Attributes
    ----------
    at_ms : int
        Instant that has been reached. [ms since epoch, UTC]
    plant : PlantState
        Towers, controller, units, loops and ground.
    totals : dict of str to float
        Running totals of powers and flows. [kWh, m³]
    """

    at_ms: int
    plant: PlantState
    totals: dict[str, float] = field(default_factory=dict)

    def copy(self) -> "OfficeState":
        """Return an independent checkpoint."""
        return copy.deepcopy(self)


class OfficeComplex:
    """Two towers, their plant and its ground, advanced in time."""

    def __init__(self, design: ComplexDesign) -> None:
        self.design = design
        self._plant = PlantModel(design.plant, tuple(part.tower for part in design.towers))
        self._plant_columns = plant_columns(
            [part.name for part in design.towers], len(design.plant.units)
        )

    @property
    def columns(self) -> list[Column]:
        """Every column of a trace with unit and meaning."""
        return truth_columns(self.design, self._plant_columns)

    def rest_state(self, at_ms: int) -> OfficeState:
        """Return the complex before its first start: ground undisturbed, counters at zero."""
        weather = weather_at(np.array([at_ms / _MS]), self.design.climate, self.design.seed)
        return OfficeState(at_ms, self._plant.rest_state(float(weather.outdoor_temp_c[0])))

    def step(self, state: OfficeState, at_ms: int, dt_s: float) -> Trace:
        """Advance by one step; changes `state`.

        Parameters
        ----------
        state : OfficeState
            Must stand at `at_ms`.
        at_ms : int
            Start of the step. [ms since epoch, UTC]
        dt_s : float
            Step width, whole milliseconds. [s]

        Returns
        -------
        Trace
            Of length one; `row()` gives its figures.

        Raises
        ------
        ValueError
            If the state stands elsewhere in time, or the step is not positive.
        """
        if at_ms != state.at_ms:
            raise ValueError(f"at_ms: the state stands at {state.at_ms}, not at {at_ms}")
        return self.run(state, 1, dt_s)

    def run(self, state: OfficeState, steps: int, dt_s: float) -> Trace:
        """Advance by equal steps; changes `state`.

        Parameters
        ----------
        state : OfficeState
        steps : int
            How many steps. [-]
        dt_s : float
            Step width, whole milliseconds. [s]

        Returns
        -------
        Trace
            One entry per step.

        Raises
        ------
        ValueError
            If there is no step to take or the step width is not positive.
        """
        width_ms = round(dt_s * _MS)
        if steps < 1 or width_ms < 1:
            raise ValueError(f"steps, dt_s: nothing to advance by {steps} steps of {dt_s} s")
        at_ms = state.at_ms + width_ms * np.arange(1, steps + 1, dtype=np.int64)
        outside = outside_at(self.design, (at_ms.astype(np.float64) - 0.5 * width_ms) / _MS)
        plant, rows = state.plant, []
        for outdoor_c, inputs in zip(
            outside.weather.outdoor_temp_c.tolist(), outside.inputs(), strict=True
        ):
            step = self._plant.advance(plant, outdoor_c, inputs, dt_s)
            rows.append(plant_row(step, plant))
        table = np.array(rows, dtype=np.float64).T
        raw = {c.name: values for c, values in zip(self._plant_columns, table, strict=True)}
        values = integrate(derive(self.design, outside, raw), state.totals, dt_s)
        state.at_ms = int(at_ms[-1])
        return Trace(at_ms, dt_s, values)
