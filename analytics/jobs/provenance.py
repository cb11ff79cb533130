"""Where a figure comes from: points, registers, constants and version, for its `Inputs`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version

from analytics.figures import Inputs
from analytics.jobs.readings import Readings
from analytics.jobs.tabulation import Table
from analytics.uncertainty import COVERAGE_FACTOR

CONSTANTS: Mapping[str, str] = {
    "k": f"{COVERAGE_FACTOR:g} (expanded uncertainty, JCGM 100, 6.3)",
    "permissible errors": "EN 1434-1, IEC 62053; rectangular, u = bound/√3 (JCGM 100, 4.3.7)",
    "ρ·cp of water": "polynomial fitted to IAPWS-IF97 at 1.6 MPa, within 2e-4",
}


class Provenance:
    """Inputs of figures that are made of one table.

    Parameters
    ----------
    table : Table
        Everything that was read.
    readings : Readings
        For the facts of the registers.
    """

    def __init__(self, table: Table, readings: Readings) -> None:
        self._table = table
        self._readings = readings
        self._version = version("groundwatt")

    def of(self, devices: Iterable[str], constants: Mapping[str, str] = CONSTANTS) -> Inputs:
        """Inputs of a figure that these devices' readings enter."""
        points, registers = [], []
        for device in dict.fromkeys(devices):
            its = self._table.devices.get(device)
            for field in dict.fromkeys(field for field, _ in its.figures) if its else ():
                points.append(f"{device}/{field}")
                facts = self._readings.facts(device).get(field)
                if facts is not None:
                    registers.append(f"{device}/{field} @ {facts.text}")
        return Inputs(tuple(points), tuple(registers), constants, self._version)
