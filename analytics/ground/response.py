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
LOG_REACH = np.linspace(np.log(_LEAST_M2), np.log(_MOST_M2), 93)
"""Four steps per factor e. [ln m²]"""
_NODES, WEIGHTS = np.polynomial.legendre.leggauss(8)
TAIL_PANELS = 24


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
        return between(self.log_reach, self.g, self.slope, reach_m2)


def between(
    log_reach: FloatArray, table: FloatArray, slope: FloatArray, reach_m2: FloatArray
) -> FloatArray:
    """Interpolate a table over ln(α t) by cubic Hermite polynomials; nothing before the start.

    Parameters
    ----------
    log_reach : array of float64, shape (m,)
        Evenly spaced. [ln m²]
    table, slope : array of float64, shape (m, ...)
        Values and their derivatives by ln(α t). [-]
    reach_m2 : array of float64, shape (n,)
        [m²]

    Returns
    -------
    array of float64, shape (n, ...)
        [-]
    """
    begun = reach_m2 > 0
    low, high = np.exp(log_reach[0]), np.exp(log_reach[-1])
    x = np.log(np.clip(np.where(begun, reach_m2, low), low, high))
    step = log_reach[1] - log_reach[0]
    place = np.clip(((x - log_reach[0]) / step).astype(np.int64), 0, log_reach.size - 2)
    further = (...,) + (None,) * (table.ndim - 1)
    u = ((x - log_reach[place]) / step)[further]
    value = (
        (1 + 2 * u) * (1 - u) ** 2 * table[place]
        + u**2 * (3 - 2 * u) * table[place + 1]
        + step * u * (1 - u) ** 2 * slope[place]
        - step * u**2 * (1 - u) * slope[place + 1]
    )
    return np.where(begun[further], value, 0.0)


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
    log_reach = LOG_REACH
    distance_m, partners = distances(field)
    edges = -0.5 * (np.log(4.0) + log_reach)
    u, half = panels_of(edges, field.radius_m)
    panels = half * (_integrand(field, u, distance_m, partners) @ WEIGHTS)
    g = np.cumsum(panels)[TAIL_PANELS - 1 :]
    slope = 0.5 * _integrand(field, edges, distance_m, partners)
    return Response(log_reach, g, slope)


def panels_of(edges: FloatArray, radius_m: float) -> tuple[FloatArray, FloatArray]:
    """Return Gauss points u = ln s, shape (panels, 8), and half widths, shape (panels,).

    The integral for edge i is the sum of the first `TAIL_PANELS` + i panels; the tail ends where
    nothing reaches the bore's wall any more.
    """
    top = np.log(max(8.0 / radius_m, 2.0 * float(np.exp(edges[0]))))
    ends = np.concatenate([np.linspace(top, edges[0], TAIL_PANELS + 1), edges[1:]])
    middle, half = 0.5 * (ends[:-1] + ends[1:]), 0.5 * (ends[:-1] - ends[1:])
    return middle[:, None] + half[:, None] * _NODES, half


def _integrand(
    field: BoreField, u: FloatArray, distance_m: FloatArray, partners: FloatArray
) -> FloatArray:
    """Return dg / du at u = ln s, for all bores together."""
    s = np.exp(u)
    near = np.exp(-np.square(s[..., None] * distance_m)) @ partners
    deep, cover = field.depth_m * s, field.cover_m * s
    ends = (
        2.0 * ierf(deep)
        + 2.0 * ierf(deep + 2.0 * cover)
        - ierf(2.0 * (deep + cover))
        - ierf(2.0 * cover)
    )
    return np.asarray(0.5 * near * ends / deep, dtype=np.float64)


def ierf(x: FloatArray) -> FloatArray:
    """Integrate the error function from 0 to x. [-]"""
    return np.asarray(x * erf(x) + np.expm1(-x * x) / np.sqrt(np.pi), dtype=np.float64)
