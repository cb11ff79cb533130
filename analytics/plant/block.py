"""One block of a plant's intervals: what is summed, and for what.

The table has a row for everything that is summed: ones, what the limits of each heat meter's errors
are sums of, electricity. The weights say for what: heat, cold, share of heating, of cooling, idle.
The product of both holds every sum that figures and uncertainties are made of. All is written into
buffers that are used again, small enough for the processor's cache.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.heat import Circuit, HeatSpace, Rows, fill
from analytics.instruments import HeatLimits, lowest_flow
from analytics.series import BoolArray, FloatArray, IntArray
from analytics.states import UNKNOWN, StateArray, allowed, operating_states, tells_direction
from collector.model import OperatingState

BLOCK_ROWS = 14_400
"""Intervals of a block: ten days of minutes, some 110 KiB a channel."""

ONE = 0
"""The row of ones."""
BY_FLOW, BY_DIFFERENCE, UNCLAIMED, CAPACITY = 1, 2, 3, 4
"""Rows of the first circuit: 1/flow, 1/ΔT, outside the meter's range, capacity; four a circuit."""
HEAT, COLD, WARMING, CHILLING = 0, 1, 2, 3
"""Weights of the first circuit: heat, cold [kWh], and whether there is any; four a circuit."""


@dataclass(frozen=True, slots=True)
class Channels:
    """What is measured; arrays of shape (n,).

    Parameters
    ----------
    circuits : tuple of Circuit
    electricity : tuple of array of float64
        [kWh per interval]
    heat_pumps : tuple of int
        Which of `electricity` are heat pumps.
    running_kwh : float
        Above it a heat pump runs. [kWh per interval]
    interval_h : float
        [h]
    status : array of int, optional
        The plant's own state.
    """

    circuits: tuple[Circuit, ...]
    electricity: tuple[FloatArray, ...]
    heat_pumps: tuple[int, ...]
    running_kwh: float
    interval_h: float
    status: npt.NDArray[np.integer] | None = None

    @property
    def rows(self) -> int:
        """Rows of the table: ones, four a circuit, electricity."""
        return 1 + 4 * len(self.circuits) + len(self.electricity)

    @property
    def plain(self) -> bool:
        """Whether one circuit's signed heat is all: then every interval heats, cools or idles."""
        return len(self.circuits) == 1 and self.circuits[0].heating_kwh is None

    @property
    def weights(self) -> int:
        """Weights of the table: four a circuit, then heating, cooling, idle.

        The shares of a plain plant are whether its circuit warms or chills, and not kept twice.
        """
        return 4 * len(self.circuits) + (1 if self.plain else 3)

    def row_of(self, electricity: int) -> int:
        """Row of a channel of electricity."""
        return 1 + 4 * len(self.circuits) + electricity


@dataclass(slots=True)
class Counts:
    """What was met on the way, over all intervals.

    Parameters
    ----------
    negative_flow, negative_heat, negative_electricity : list of int
        Intervals, by circuit and by channel of electricity.
    contrary, agreeing : int
        Intervals whose heat flows against the status word, and with it.
    clipped_kwh : float
        Heat and cold that counted in neither mode. [kWh]
    """

    negative_flow: list[int]
    negative_heat: list[int]
    negative_electricity: list[int]
    contrary: int = 0
    agreeing: int = 0
    clipped_kwh: float = 0.0

    @classmethod
    def of(cls, channels: Channels) -> Counts:
        """Nothing met yet."""
        circuits = len(channels.circuits)
        return cls([0] * circuits, [0] * circuits, [0] * len(channels.electricity))


class Workspace:
    """Buffers of one block, and the functions that fill them."""

    def __init__(self, channels: Channels, size: int) -> None:
        self.channels = channels
        self.table = np.ones((channels.rows, size))
        self.weights = np.empty((channels.weights, size))
        self.heat = HeatSpace(size)
        self.used = np.empty(size)
        self.bad = np.empty(size, np.bool_)
        self.states: StateArray = np.empty(size, np.int8)
        self.energy = np.empty(size)
        self._spare = np.empty(size)
        if channels.plain:  # what the heat is computed into is what the table holds
            self.energy, self.heat.capacity = self.heat.energy, self.table[CAPACITY]

    def load(self, rows: Rows, season: npt.NDArray[np.int8] | None, counts: Counts) -> None:
        """Fill table, weights, states and `bad` (a channel is unknown) for some rows."""
        self._electricity(rows, counts)
        warm, chilled, hot_water = self._circuits(rows, counts)
        running = self._running()
        powered = self.used > 0.0
        told = None if self.channels.status is None else self.channels.status[rows]
        self.states = operating_states(
            heating=warm, cooling=chilled, powered=powered, running=running,
            hot_water=hot_water, status=told,
        )  # fmt: skip
        if told is not None:
            self._judge(warm, chilled, counts)
            self._clip(np.arange(self.used.size), season, counts)
        elif season is not None:  # a difference without a believable sign follows the season
            doubt = self.states <= OperatingState.STANDBY
            doubt &= self.energy != 0.0
            self._clip(np.flatnonzero(doubt), season, counts)
        self._shares()
        np.add(self.energy, self.used, out=self._spare)
        np.isnan(self._spare, out=self.bad)

    def _electricity(self, rows: Rows, counts: Counts) -> None:
        channels = self.channels
        table = self.table[channels.row_of(0) :]
        for row, array in zip(table, channels.electricity, strict=True):
            row[:] = array[rows]
        if table.size and np.fmin.reduce(table, axis=None) < 0.0:
            for index, row in enumerate(table):
                counts.negative_electricity[index] += _refuse_negative(row)
        np.add.reduce(table, axis=0, out=self.used)

    def _circuits(
        self, rows: Rows, counts: Counts
    ) -> tuple[BoolArray, BoolArray, BoolArray | None]:
        """Heat of all circuits; where it is told beyond doubt: heating, cooling, hot water."""
        circuits = self.channels.circuits
        warm = np.zeros(self.used.size, np.bool_)
        chilled = np.zeros(self.used.size, np.bool_)
        hot_water = warm.copy() if any(circuit.hot_water for circuit in circuits) else None
        if not self.channels.plain:
            self.energy[:] = 0.0
        for index, circuit in enumerate(circuits):
            if circuit.seen:
                fill(self.heat, circuit, rows, self.channels.interval_h)
                counts.negative_flow[index] += int(np.count_nonzero(self.heat.low))
            heat, cold = self._split(index, circuit, rows, counts)
            gives, takes = heat > 0.0, cold > 0.0
            if circuit.seen:
                sure = tells_direction(circuit.limits, self.heat.difference)
                if circuit.heating_kwh is not None:  # a register's word counts without temperatures
                    sure |= np.isnan(self.heat.difference)
                gives &= sure
                takes &= sure
            chilled |= takes
            if circuit.hot_water and hot_water is not None:
                hot_water |= gives
            else:
                warm |= gives
            self._limits(index, circuit, rows)
        return warm, chilled, hot_water

    def _split(
        self, index: int, circuit: Circuit, rows: Rows, counts: Counts
    ) -> tuple[FloatArray, FloatArray]:
        """Heat and cold of a circuit, both positive; what is unknown is zero, and `energy` NaN."""
        heat, cold, spare = self.weights[4 * index], self.weights[4 * index + 1], self._spare
        if circuit.heating_kwh is not None and circuit.cooling_kwh is not None:
            heat[:], cold[:] = circuit.heating_kwh[rows], circuit.cooling_kwh[rows]
            counts.negative_heat[index] += _refuse_negative(heat) + _refuse_negative(cold)
            np.subtract(heat, cold, out=spare)
            np.fmax(heat, 0.0, out=heat)
            np.fmax(cold, 0.0, out=cold)
            self.energy += spare
            return heat, cold
        np.fmax(self.heat.energy, 0.0, out=heat)
        np.subtract(heat, self.heat.energy, out=cold)
        if not self.channels.plain:
            self.energy += self.heat.energy
        return heat, cold

    def _limits(self, index: int, circuit: Circuit, rows: Rows) -> None:
        """Rows that the limits of errors are sums of; of heat that nobody saw, all zero."""
        first = 1 + 4 * index
        if not circuit.seen or circuit.flow_m3h is None:
            self.table[first : first + 4] = 0.0
            return
        limits, difference = circuit.limits, self.heat.difference
        np.maximum(circuit.flow_m3h[rows], lowest_flow(limits), out=self._spare)
        np.divide(1.0, self._spare, out=self.table[first])
        np.abs(difference, out=self._spare)
        unclaimed = (self._spare < limits.least_difference_k) | self.heat.small
        np.maximum(self._spare, limits.least_difference_k, out=self._spare)
        np.divide(1.0, self._spare, out=self.table[first + 1])
        self.table[first + 2] = unclaimed
        if not self.channels.plain:
            self.table[first + 3] = self.heat.capacity
        if circuit.heating_kwh is not None:
            self._at_worst(index, circuit.limits)

    def _at_worst(self, index: int, limits: HeatLimits) -> None:
        """Judge counted heat without flow and temperatures as at the end of the meter's range."""
        where = np.flatnonzero(np.isnan(self.heat.capacity) | self.heat.small)
        if where.size:
            first, heat = 1 + 4 * index, self.weights[4 * index] + self.weights[4 * index + 1]
            self.table[first, where] = 1.0 / lowest_flow(limits)
            self.table[first + 1, where] = 1.0 / limits.least_difference_k
            self.table[first + 2, where] = 1.0
            self.table[first + 3, where] = heat[where] / limits.least_difference_k

    def doubtful(self, where: IntArray) -> StateArray:
        """States of intervals in which something is unknown: only what can still be told."""
        state, status = self.states[where], self.channels.status
        if status is not None:
            return state
        sure = (state == OperatingState.HEAT) | (state == OperatingState.DHW)
        sure |= state == OperatingState.SIMULTANEOUS
        sure &= ~np.isnan(self.energy[where])
        return np.where(sure, state, UNKNOWN).astype(np.int8)

    def _running(self) -> BoolArray | None:
        channels = self.channels
        if not channels.heat_pumps:
            return None
        row = channels.row_of(channels.heat_pumps[0])
        together = self.table[row]
        for index in channels.heat_pumps[1:]:
            together = np.add(together, self.table[channels.row_of(index)], out=self._spare)
        return np.asarray(together > channels.running_kwh)

    def _judge(self, warm: BoolArray, chilled: BoolArray, counts: Counts) -> None:
        """Compare the heat's direction with the status word."""
        may_heat, may_cool = allowed(self.states)
        wrong = (chilled & ~may_cool) | (warm & ~may_heat)
        counts.contrary += int(np.count_nonzero(wrong))
        counts.agreeing += int(np.count_nonzero(warm | chilled) - np.count_nonzero(wrong))

    def _clip(self, where: IntArray, season: npt.NDArray[np.int8] | None, counts: Counts) -> None:
        """Count heat only in the modes in which it can be useful; keep what is left out."""
        flags = None if season is None else season[where]
        for weight_of_mode, may in enumerate(allowed(self.states[where], flags)):
            wrong = where[~may]
            for weight in self.weights[weight_of_mode : 4 * len(self.channels.circuits) : 4]:
                counts.clipped_kwh += float(np.nansum(weight[wrong]))
                weight[wrong] = 0.0

    def _shares(self) -> None:
        """Weights for electricity: share of heating, of cooling, and idle."""
        count = len(self.channels.circuits)
        for index in range(count):
            heat, cold, warming, chilling = self.weights[4 * index : 4 * index + 4]
            warming[:] = heat > 0.0
            chilling[:] = cold > 0.0
        heating, cooling, idle = self.weights[-3:]
        if not self.channels.plain:
            heat = np.add.reduce(self.weights[HEAT : 4 * count : 4])
            load = np.add(heat, np.add.reduce(self.weights[COLD : 4 * count : 4]))
            heating[:] = 0.0
            np.divide(heat, load, out=heating, where=load > 0.0)
            np.subtract(load > 0.0, heating, out=cooling)
        np.subtract(1.0, heating, out=idle)
        idle -= cooling


def _refuse_negative(row: FloatArray) -> int:
    """Make negative energy unknown; how often that was. Registers run forward."""
    if not row.size or not np.fmin.reduce(row) < 0.0:
        return 0
    negative = row < 0.0
    row[negative] = np.nan
    return int(np.count_nonzero(negative))
