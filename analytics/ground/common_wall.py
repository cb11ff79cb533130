"""g of a field whose bores share one wall temperature, as bores connected in parallel nearly do.

Then the bores at the edge, and the ends of all bores, carry more of the load than those in the
middle, and the field responds less after years than under equal heat flows (`response`). Which of
the two a real field is nearer to, its first years do not show: the forecast takes the difference
into its band.
"""

from __future__ import annotations

import numpy as np

from analytics.ground.response import (
    LOG_REACH,
    TAIL_PANELS,
    WEIGHTS,
    Response,
    between,
    ierf,
    layout,
    panels_of,
    response,
)
from analytics.series import FloatArray, IntArray
from collector.topology import BoreField

_DEPTHS = np.array([0.0, 0.02, 0.08, 0.2, 0.5, 0.8, 0.92, 0.98, 1.0])
"""Edges of the segments along a bore, finer towards its ends. [-]"""
_RINGS = np.array([0, 1, 2, 3, 5, 8])
"""First ring from the edge of each group of bores that are taken as alike."""
_FROM_M2 = 0.05
"""Before (half a day) neighbours and ends do not matter yet. [m²]"""


def common_wall_response(field: BoreField) -> Response:
    """Tabulate g for one wall temperature of all bores along their whole depth.

    Parameters
    ----------
    field : BoreField
        Layout, depth, cover and radius.

    Returns
    -------
    Response

    Notes
    -----
    Segments of finite lines with image sources; at each of a sequence of times the heat flows of
    all segments are found that give one temperature and sum up to the load, with the earlier flows
    superposed: Cimmino and Bernier (2014), "A semi-analytical method to generate g-functions for
    geothermal bore fields", Int. J. Heat and Mass Transfer 70. Bores of like distance from the edge
    are one group, after Prieto and Cimmino (2021), J. Building Performance Simulation 14(4).
    Against pygfunction (8 segments): 6 × 6 and 22 × 22 bores within 2 % up to 25 years.
    """
    uniform = response(field)
    first = int(np.searchsorted(LOG_REACH, np.log(_FROM_M2)))
    g = uniform.g.copy()
    g[first:] = _common_temperature(field, np.exp(LOG_REACH[first:]))
    slope = np.gradient(g, LOG_REACH)
    slope[:first] = uniform.slope[:first]
    return Response(LOG_REACH, g, slope)


def _common_temperature(field: BoreField, reach_m2: FloatArray) -> FloatArray:
    """Step through the times; every earlier change of the flows still acts."""
    table, slope, share = _influences(field)
    parts = share.size
    flows, changes, wall = np.zeros(parts), list[FloatArray](), list[float]()
    begun = np.concatenate([[0.0], reach_m2[:-1]])
    for now, reach in enumerate(reach_m2):
        acting = between(LOG_REACH, table, slope, reach - begun[: now + 1])
        earlier = np.zeros(parts)
        for change, matrix in zip(changes, acting[:-1], strict=True):
            earlier += matrix @ change
        system = np.zeros((parts + 1, parts + 1))
        system[:parts, :parts], system[:parts, parts] = acting[-1], -1.0
        system[parts, :parts] = share
        known = np.append(acting[-1] @ flows - earlier, 1.0)
        *new, temperature = np.linalg.solve(system, known)
        changes.append(np.array(new) - flows)
        flows = np.array(new)
        wall.append(temperature)
    return np.array(wall)


def _influences(field: BoreField) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return how each part warms each, its slope, and each part's share of all bore metres.

    A part is a segment of a group: shapes (times, parts, parts) twice and (parts,).
    """
    squared, pairs, size = _groups(field)
    edges = -0.5 * (np.log(4.0) + LOG_REACH)
    u, half = panels_of(edges, field.radius_m)
    panels = np.einsum("pnij,n,p->pij", _integrand(field, u, squared, pairs), WEIGHTS, half)
    table = np.cumsum(panels, axis=0)[TAIL_PANELS - 1 :]
    slope = 0.5 * _integrand(field, edges, squared, pairs)
    share = np.outer(size / size.sum(), np.diff(_DEPTHS)).ravel()
    return table, slope, share


def _groups(field: BoreField) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return squared distances [m²], mean partners by them and two groups, and groups' sizes."""
    ring = _rings(field)
    found = np.unique(ring[ring >= 0])
    shape = (2 * ring.shape[0], 2 * ring.shape[1])
    spectra = [np.fft.rfft2(ring == group, shape) for group in found]
    down, across = (np.fft.fftfreq(n, 1 / n) for n in shape)
    offset = np.rint(down[:, None] ** 2 + across[None, :] ** 2).astype(np.int64).ravel()
    size = np.array([np.count_nonzero(ring == group) for group in found], dtype=np.float64)
    counts = np.zeros((int(offset.max()) + 1, found.size, found.size))
    for one, spectrum in enumerate(spectra):
        for other, partner in enumerate(spectra):
            pairs = np.rint(np.fft.irfft2(np.conj(spectrum) * partner, shape)).ravel()
            counts[:, one, other] = np.bincount(offset, weights=pairs) / size[one]
    present = np.flatnonzero(counts.any(axis=(1, 2)))
    squared = present.astype(np.float64) * field.spacing_m**2
    squared[0] = field.radius_m**2
    return squared, counts[present].astype(np.float64), size


def _rings(field: BoreField) -> IntArray:
    """Return the group of each place of the layout; -1 where no bore is."""
    columns, rows, rest = layout(field)
    row, column = np.mgrid[: rows + 1, :columns]
    last = np.where(column < rest, rows, rows - 1)
    depth = np.minimum.reduce([column, columns - 1 - column, row, last - row])
    drilled = (row < rows) | (column < rest)
    group = np.searchsorted(_RINGS, depth, side="right") - 1
    return np.where(drilled, group, -1)


def _integrand(
    field: BoreField, u: FloatArray, squared: FloatArray, pairs: FloatArray
) -> FloatArray:
    """Return dh / du of all parts at u = ln s; shape of `u` and (parts, parts)."""
    s = np.exp(u)
    near = np.tensordot(np.exp(-np.square(s)[..., None] * squared), pairs, axes=1)
    along = _segments(field, s)
    both = near[..., :, None, :, None] * along[..., None, :, None, :]
    parts = near.shape[-1] * along.shape[-1]
    return np.asarray(both.reshape(*u.shape, parts, parts), dtype=np.float64)


def _segments(field: BoreField, s: FloatArray) -> FloatArray:
    """Return how segment j warms segment i at equal distance, both and their mirror images."""
    edges = _DEPTHS * field.depth_m + field.cover_m
    top, length = edges[:-1], np.diff(edges)
    real = top[:, None] - top[None, :]
    image = top[:, None] + top[None, :]
    own, source = length[:, None], length[None, :]
    x = s[..., None, None]
    seen = (
        ierf((real + own) * x)
        - ierf(real * x)
        + ierf((real - source) * x)
        - ierf((real + own - source) * x)
        + ierf((image + own) * x)
        - ierf(image * x)
        + ierf((image + source) * x)
        - ierf((image + own + source) * x)
    )
    return np.asarray(0.5 * seen / (own * x), dtype=np.float64)
