"""Temperature of a bore field under changing loads: superposition in time of its g-function.

Everything runs on equal intervals (an hour, a day), so the superposition is one convolution and is
done by Fourier transform: 25 years of hours take some hundredths of a second, and no load needs
to be lumped together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analytics.ground.response import Response
from analytics.series import FloatArray

HOURS_PER_YEAR = 8_766.0
_SECONDS_PER_HOUR = 3_600.0
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(3)
_NEAR = 300
"""Later than this the middle of an interval is its mean, to a millionth."""
_FIRST_NODES, _FIRST_WEIGHTS = np.polynomial.legendre.leggauss(16)


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a site's own data can tell about its field.

    Parameters
    ----------
    conductivity_w_mk : float
        Effective conductivity of the ground. [W/(m K)]
    capacity_mj_m3k : float
        Its volumetric heat capacity; with the conductivity it sets the time scale. [MJ/(m³ K)]
    resistance_mk_w : float
        Bore wall to the temperature that is observed, per metre of bore. [m K/W]
    undisturbed_c : float
        Ground before the first load. [°C]
    """

    conductivity_w_mk: float
    capacity_mj_m3k: float
    resistance_mk_w: float
    undisturbed_c: float

    def as_vector(self) -> FloatArray:
        """Ln k, ln C, R, T0: what is fitted; the logarithms keep k and C positive."""
        logs = math.log(self.conductivity_w_mk), math.log(self.capacity_mj_m3k)
        return np.array([*logs, self.resistance_mk_w, self.undisturbed_c])

    @staticmethod
    def of_vector(vector: FloatArray) -> Parameters:
        """Undo `as_vector`."""
        log_k, log_c, resistance, undisturbed = vector.tolist()
        return Parameters(math.exp(log_k), math.exp(log_c), resistance, undisturbed)


@dataclass(frozen=True, slots=True)
class FieldModel:
    """A field of bores and the interval on which its loads are given.

    Parameters
    ----------
    response : Response
        g of its layout. [-]
    length_m : float
        All bores together. [m]
    interval_hours : float
        [h]
    """

    response: Response
    length_m: float
    interval_hours: float

    @property
    def intervals_per_year(self) -> int:
        """Number of intervals that make a year."""
        return round(HOURS_PER_YEAR / self.interval_hours)

    def temperature_c(self, parameters: Parameters, rejected_kw: FloatArray) -> FloatArray:
        """Mean temperature of each interval where it is observed.

        Parameters
        ----------
        parameters : Parameters
            Of ground and bores.
        rejected_kw : array of float64, shape (n,)
            Heat into the ground from its first load on, negative when extracted. [kW]

        Returns
        -------
        array of float64, shape (n,)
            [°C]

        Notes
        -----
        T = T0 + R q + Σ (q_j - q_{j-1}) g(t - t_j) / (2 π k), q in W per metre of bore, each g
        averaged over the interval: superposition after Duhamel, as in Eskilson (1987).
        """
        per_metre = rejected_kw * (1_000.0 / self.length_m)
        wall_k = self.wall_rise_k(parameters, per_metre)
        return parameters.undisturbed_c + parameters.resistance_mk_w * per_metre + wall_k

    def wall_rise_k(self, parameters: Parameters, rejected_w_m: FloatArray) -> FloatArray:
        """Rise of the mean bore wall above the undisturbed ground, per interval. [W/m -> K]"""
        kernel = self._kernel(parameters, rejected_w_m.size)
        return _convolved(rejected_w_m, kernel) / (2.0 * math.pi * parameters.conductivity_w_mk)

    def _kernel(self, parameters: Parameters, count: int) -> FloatArray:
        """Mean g of each interval less that of the one before: answer to a load of one interval."""
        diffusivity = parameters.conductivity_w_mk / (parameters.capacity_mj_m3k * 1e6)
        reach = diffusivity * self.interval_hours * _SECONDS_PER_HOUR
        means = self.response.at(reach * (np.arange(count, dtype=np.float64) + 0.5))
        near = np.arange(min(count, _NEAR))[:, None] + 0.5 + 0.5 * _NODES
        means[:_NEAR] = self.response.at(reach * near) @ _WEIGHTS / 2.0
        # g rises like a logarithm from nothing: x³ brings its steep start apart
        x = 0.5 + 0.5 * _FIRST_NODES
        first = self.response.at(reach * x**3) * 3.0 * x**2
        means[0] = float(first @ _FIRST_WEIGHTS) / 2.0
        return np.diff(means, prepend=0.0)


def _convolved(load: FloatArray, kernel: FloatArray) -> FloatArray:
    """Return the first `load.size` terms of the convolution."""
    width = 1 << max(2 * load.size - 1, 1).bit_length()
    product = np.fft.rfft(load, width) * np.fft.rfft(kernel, width)
    return np.asarray(np.fft.irfft(product, width)[: load.size], dtype=np.float64)
