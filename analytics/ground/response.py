"""Temperature response of a field of vertical bores to a steady heat flow: its g-function.

Finite line sources, superposed in space, with the same heat flow in every bore along its whole
depth ("uniform heat extraction"). Bores connected in parallel come closer to one common wall
temperature, which leads to a smaller response after years: against pygfunction, a field of 6 × 6
bores 5 m apart responds here by 0.3 % more after a month, 3 % after a year, 12 % after five and
23 % after 25 years; one of 22 × 22 by 53 % after 25 years. Uniform extraction is taken because it
is exact for what it assumes, quick for any layout, and errs to the safe side: it never promises
a smaller drift than the field will show. The first years, on which a site is calibrated, hardly
differ; `forecast` widens its band by what the later ones may differ (`common_wall`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import erf

from analytics.series import FloatArray
from collector.topology import BoreField

_LEAST_M2, _MOST_M2 = 1e-6, 1e4
"""Range of diffusivity x time: a minute in clay to hundreds of years in rock. [m²]"""
_STEPS_PER_E = 4
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_TAIL_PANELS = 24


@dataclass(frozen=True, slots=True)
class Response:
    """The g of a field over diffusivity x time: the mean bore wall warms by q g / (2 π k).

    Geometry alone decides it: conductivity and capacity only scale time, so one table serves every
    trial of a calibration.

    Parameters
    ----------
    log_reach : array of float64, shape (m,)
        ln(α t), evenly spaced. [ln m²]
    g : array of float64, shape (m,)
        [-]
    slope : array of float64, shape (m,)
        dg / d ln(α t), exact. [-]
    """

    log_reach: FloatArray
    g: FloatArray
    slope: FloatArray

    def at(self, reach_m2: FloatArray) -> FloatArray:
        """Evaluate g by cubic Hermite interpolation.

        Parameters
        ----------
        reach_m2 : array of float64
            Diffusivity x time since the heat flow began; 0 and less give 0. [m²]

        Returns
        -------
        array of float64, the shape of `reach_m2`
            [-]
        """
        begun = reach_m2 > 0
        low, high = np.exp(self.log_reach[0]), np.exp(self.log_reach[-1])
        x = np.log(np.clip(np.where(begun, reach_m2, low), low, high))
        step = self.log_reach[1] - self.log_reach[0]
        place = np.clip(((x - self.log_reach[0]) / step).astype(np.int64), 0, self.g.size - 2)
        u = (x - self.log_reach[place]) / step
        value = (
            (1 + 2 * u) * (1 - u) ** 2 * self.g[place]
            + u**2 * (3 - 2 * u) * self.g[place + 1]
            + step * u * (1 - u) ** 2 * self.slope[place]
            - step * u**2 * (1 - u) * self.slope[place + 1]
        )
        return np.where(begun, value, 0.0)


def layout(field: BoreField) -> tuple[int, int, int]:
    """Columns, full rows, and bores of the last row that is not full.

    Without `columns` the field is as square as can be.

    >>> layout(BoreField(bores=7, depth_m=100, columns=3, conductivity_w_mk=2,
    ...                  capacity_mj_m3k=2, resistance_mk_w=0.1))
    (3, 2, 1)
    """
    columns = field.columns or int(np.ceil(np.sqrt(field.bores)))
    columns = min(columns, field.bores)
    return (columns, *divmod(field.bores, columns))


def distances(field: BoreField) -> tuple[FloatArray, FloatArray]:
    """Return every distance between bores once, and how many partners a bore has at it.

    Returns
    -------
    distance_m : array of float64, shape (d,)
        Increasing; the first is the bore's own radius. [m]
    partners : array of float64, shape (d,)
        Mean number of bores at that distance, itself included; they add up to the bores. [-]

    Notes
    -----
    The number of pairs at each offset is the autocorrelation of the layout: no list of all pairs,
    ten thousand bores take no longer than ten.
    """
    columns, rows, rest = layout(field)
    drilled = np.zeros((2 * (rows + 1), 2 * columns))
    drilled[:rows, :columns] = 1.0
    drilled[rows, :rest] = 1.0
    spectrum = np.fft.rfft2(drilled)
    pairs = np.rint(np.fft.irfft2(np.abs(spectrum) ** 2, drilled.shape))
    down = np.fft.fftfreq(drilled.shape[0], 1 / drilled.shape[0])
    across = np.fft.fftfreq(drilled.shape[1], 1 / drilled.shape[1])
    squared = np.rint(down[:, None] ** 2 + across[None, :] ** 2).astype(np.int64)
    count = np.bincount(squared.ravel(), weights=pairs.ravel())
    found = np.flatnonzero(count)
    distance_m = np.sqrt(found) * field.spacing_m
    distance_m[0] = field.radius_m
    return distance_m, count[found] / field.bores


def response(field: BoreField) -> Response:
    """Tabulate g of a field of equal heat flows.

    Parameters
    ----------
    field : BoreField
        Layout, depth, cover and radius; the ground's properties do not enter.

    Returns
    -------
    Response

    Notes
    -----
    Claesson and Javed (2011), "An analytical method to calculate borehole fluid temperatures for
    time-scales from minutes to decades", ASHRAE Transactions 117(2), equations 11 to 16, here per
    2πk instead of 4πk. Time enters their integral only by its lower end, so one pass from the
    short times to the long ones gives all of them, by Gauss-Legendre rules of eight points between
    one time and the next. Shorter than a few hours a line is no bore any more (5 r² / α): what
    happens inside the bore is left to its resistance.
    """
    count = round(_STEPS_PER_E * np.log(_MOST_M2 / _LEAST_M2)) + 1
    log_reach = np.linspace(np.log(_LEAST_M2), np.log(_MOST_M2), count)
    distance_m, partners = distances(field)
    # u = ln s with s = 1 / sqrt(4 α t)
    edges = -0.5 * (np.log(4.0) + log_reach)
    top = np.log(max(8.0 / field.radius_m, 2.0 * float(np.exp(edges[0]))))
    tail = np.linspace(top, edges[0], _TAIL_PANELS + 1)
    ends = np.concatenate([tail, edges[1:]])
    middle, half = 0.5 * (ends[:-1] + ends[1:]), 0.5 * (ends[:-1] - ends[1:])
    u = middle[:, None] + half[:, None] * _NODES
    panels = half * (_integrand(field, u, distance_m, partners) @ _WEIGHTS)
    g = np.cumsum(panels)[_TAIL_PANELS - 1 :]
    slope = 0.5 * _integrand(field, edges, distance_m, partners)
    return Response(log_reach, g, slope)


def _integrand(
    field: BoreField, u: FloatArray, distance_m: FloatArray, partners: FloatArray
) -> FloatArray:
    """Return dg / du at u = ln s, for all bores together."""
    s = np.exp(u)
    near = np.exp(-np.square(s[..., None] * distance_m)) @ partners
    deep, cover = field.depth_m * s, field.cover_m * s
    ends = (
        2.0 * _ierf(deep)
        + 2.0 * _ierf(deep + 2.0 * cover)
        - _ierf(2.0 * (deep + cover))
        - _ierf(2.0 * cover)
    )
    return np.asarray(0.5 * near * ends / deep, dtype=np.float64)


def _ierf(x: FloatArray) -> FloatArray:
    """Return the integral of the error function from 0 to x."""
    return np.asarray(x * erf(x) + np.expm1(-x * x) / np.sqrt(np.pi), dtype=np.float64)
