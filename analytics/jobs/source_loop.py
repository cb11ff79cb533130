"""The ground loop's meter, counting what really flows: often brine behind a calculator for water.

The kernels correct the load side themselves and tell it with COP; of the ground side nobody else
does, and its heat would be told some 7 % too high in a glycol of 25 %.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analytics.correction import corrected_circuits
from analytics.heat import Circuit
from collector.model import Finding


def counting_what_flows(device: str, raw: Circuit) -> tuple[Circuit, tuple[Finding, ...]]:
    """The circuit with corrected registers, and what was done for that.

    Parameters
    ----------
    device : str
        Of the findings.
    raw : Circuit
        As its meter counts; never changed.

    Returns
    -------
    circuit : Circuit
        Registers that nobody can correct have no values. Corrected once more, it stays as it is.
    findings : tuple of Finding
        `heat.fluid-corrected`, `heat.fluid-unknown`.
    """
    circuits, findings = corrected_circuits({device: raw})
    right = replace(circuits[device], calculator_fluid=raw.fluid)
    if findings and raw.heating_kwh is not None and right.heating_kwh is raw.heating_kwh:
        unknown = np.full(raw.heating_kwh.shape, np.nan)
        right = replace(right, heating_kwh=unknown, cooling_kwh=unknown)
    return right, findings
