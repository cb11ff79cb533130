"""Energies of one instrument over time, with the instrument's own errors.

An instrument errs the same way all year, so its error grows linearly with the energy that it
counts (`analytics.uncertainty`): no part of it averages out.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analytics.series import BoolArray, FloatArray
from analytics.uncertainty import Uncertain

Relative = Mapping[str, float | FloatArray]
"""Relative standard uncertainty by source, `<device>:<part>`: one, or one per interval. [-]"""


def accumulated(energy_kwh: FloatArray, relative: Relative) -> Uncertain:
    """Sum of interval energies, each source of error added linearly in time.

    Parameters
    ----------
    energy_kwh : array of float64, shape (n,)
        Without gaps: the caller has dropped what is not known. [kWh]
    relative : mapping of str to float or array of float64, shape (n,)
        Relative standard uncertainty by source; an array where it changes with the operating
        point, as the limits of a heat meter do. [-]

    Returns
    -------
    Uncertain
        [kWh]

    Notes
    -----
    u(Σ E) = Σ u(E) for one source: JCGM 100, F.1.2.3 with correlation 1.
    """
    terms = {source: float(np.sum(energy_kwh * share)) for source, share in relative.items()}
    return Uncertain(float(np.sum(energy_kwh)), terms)


def of_intervals(relative: Relative, kept: BoolArray) -> Relative:
    """The same errors for some of the intervals; `kept` is a mask."""
    return {
        source: share[kept] if isinstance(share, np.ndarray) and share.ndim else share
        for source, share in relative.items()
    }
