"""The ground loop: fluid in the pipes, resistance of the bores, memory of the ground."""

import math
from dataclasses import dataclass, field

from firmware_sims.physics.gfunction import BoreGeometry, short_form

_SECONDS_PER_HOUR = 3_600.0
_WIDTHS_KEPT = 32
"""Step widths in use at once are few; more would be a clock that jitters."""


@dataclass(frozen=True)
class BoreField:
    """The field as seen by the plant room.

    Attributes
    ----------
    geometry : BoreGeometry
        Layout and ground properties.
    undisturbed_c : float
        Ground temperature before the first load. [°C]
    bore_resistance_mk_w : float
        Fluid to bore wall, per metre of bore. [m K/W]
    loop_capacity_kwh_k : float
        Heat held by the fluid of pipes and headers. [kWh/K]
    """

    geometry: BoreGeometry = field(default_factory=BoreGeometry)
    undisturbed_c: float = 17.6
    bore_resistance_mk_w: float = 0.11
    loop_capacity_kwh_k: float = 180.0

    @property
    def conductance_kw_k(self) -> float:
        """Fluid to bore wall, all bores [kW/K]."""
        return self.geometry.total_length_m / self.bore_resistance_mk_w / 1_000.0


@dataclass(slots=True)
class GroundState:
    """What the loop and the ground remember.

    Attributes
    ----------
    fluid_c : float
        Mean fluid temperature. [°C]
    memories_k : list of float
        Rise of the bore wall, one entry per memory of the short form. [K]
    """

    fluid_c: float
    memories_k: list[float]


@dataclass(frozen=True, slots=True)
class GroundStep:
    """Means over one step.

    Attributes
    ----------
    fluid_c, wall_c : float
        Mean fluid and bore wall temperature. [°C]
    ground_heat_kw : float
        Heat passed to the ground; negative when heat is taken. [kW]
    """

    fluid_c: float
    wall_c: float
    ground_heat_kw: float


@dataclass(frozen=True, slots=True)
class _StepFactors:
    """Everything that depends on the step width alone."""

    hours: float
    kept: tuple[float, ...]
    kept_mean: tuple[float, ...]
    wall_k_per_kw: float
    fluid_kept_mean: float


class GroundLoop:
    """Advance the ground loop under the heat that the plant rejects.

    Within a step the rejected heat and the bore wall temperature are constant, the fluid relaxes
    exponentially; wall and fluid are solved together, so any step width is stable and the heat that
    leaves the fluid is exactly what the ground receives.
    """

    def __init__(self, design: BoreField) -> None:
        self.design = design
        response = short_form(design.geometry)
        kelvin_per_kw = 1_000.0 / (
            2.0 * math.pi * design.geometry.conductivity_w_mk * design.geometry.total_length_m
        )
        self._times_s = response.times_s
        self._gain_k_per_kw = tuple(weight * kelvin_per_kw for weight in response.weights)
        self._factors: dict[float, _StepFactors] = {}

    def undisturbed(self) -> GroundState:
        """Return the loop before its first load."""
        return GroundState(self.design.undisturbed_c, [0.0] * len(self._times_s))

    def advance(self, state: GroundState, rejected_kw: float, dt_s: float) -> GroundStep:
        """Advance by one step; changes `state`.

        Parameters
        ----------
        state : GroundState
            At the start of the step; at its end afterwards.
        rejected_kw : float
            Heat that plant and pumps put into the loop; negative when they take heat. [kW]
        dt_s : float
            Step width. [s]

        Returns
        -------
        GroundStep
        """
        factors = self._factors.get(dt_s) or self._prepare(dt_s)
        conductance, before_c = self.design.conductance_kw_k, state.fluid_c
        rest_c = self.design.undisturbed_c
        for memory, share in zip(state.memories_k, factors.kept_mean, strict=True):
            rest_c += memory * share
        # ground = rejected + M (UA (T0 - wall) - rejected) with wall = rest + b · ground
        share = factors.fluid_kept_mean
        ground_kw = (rejected_kw * (1.0 - share) + share * conductance * (before_c - rest_c)) / (
            1.0 + share * conductance * factors.wall_k_per_kw
        )
        wall_c = rest_c + factors.wall_k_per_kw * ground_kw
        state.fluid_c = (
            before_c + (rejected_kw - ground_kw) * factors.hours / self.design.loop_capacity_kwh_k
        )
        state.memories_k = [
            final * ground_kw + (memory - final * ground_kw) * kept
            for memory, kept, final in zip(
                state.memories_k, factors.kept, self._gain_k_per_kw, strict=True
            )
        ]
        return GroundStep(wall_c + ground_kw / conductance, wall_c, ground_kw)

    def wall_temp_c(self, state: GroundState) -> float:
        """Return the bore wall temperature at this instant [°C]."""
        return self.design.undisturbed_c + sum(state.memories_k)

    def _prepare(self, dt_s: float) -> _StepFactors:
        kept = tuple(math.exp(-dt_s / time_s) for time_s in self._times_s)
        kept_mean = tuple(
            _mean_of_decay(dt_s / time_s, share)
            for time_s, share in zip(self._times_s, kept, strict=True)
        )
        fluid_s = self.design.loop_capacity_kwh_k / self.design.conductance_kw_k * _SECONDS_PER_HOUR
        factors = _StepFactors(
            hours=dt_s / _SECONDS_PER_HOUR,
            kept=kept,
            kept_mean=kept_mean,
            wall_k_per_kw=sum(
                gain * (1.0 - mean)
                for gain, mean in zip(self._gain_k_per_kw, kept_mean, strict=True)
            ),
            fluid_kept_mean=_mean_of_decay(dt_s / fluid_s, math.exp(-dt_s / fluid_s)),
        )
        if len(self._factors) >= _WIDTHS_KEPT:
            self._factors.clear()
        self._factors[dt_s] = factors
        return factors


def _mean_of_decay(width: float, end: float) -> float:
    """Return the mean of exp(-x) over 0 ≤ x ≤ width, given its value at the end [-]."""
    if width < 1e-6:
        return 1.0 - 0.5 * width
    return (1.0 - end) / width
