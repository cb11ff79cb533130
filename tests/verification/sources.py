"""The sources of published figures, in the order of the page, and all checks against them."""

from __future__ import annotations

from tests.verification import accounting, fluids, regression, stockholm, uncertainty
from tests.verification.table import Check

SOURCES: dict[str, str] = {
    stockholm.GROUP: (
        "J. D. Spitler and S. E. A. Gehlin, *Measured Performance of a Mixed-Use "
        "Commercial-Building Ground Source Heat Pump System in Sweden*, Energies 2019, 12(10), "
        "2020, doi:10.3390/en12102020 (CC BY 4.0), with its supplementary workbook; "
        "`tests/data/studenthuset/`. The authors tabulate expanded uncertainties."
    ),
    uncertainty.GROUP: (
        "JCGM 100:2008, law of propagation for independent inputs: flow 2 %, two sensors of 0.1 K "
        "each, spread 5 K, heat capacity 1 %, electricity 1 %."
    ),
    fluids.GROUP: (
        "CoolProp 8.0.0: INCOMP::MEG, MPG, MEA at 300 kPa; water by IAPWS-IF97 at 1.6 MPa, as heat "
        "meters are tested. The unit tests compare the whole range of temperatures."
    ),
    regression.EEMETER: (
        "eemeter 3.1.1 (LF Energy, Apache-2.0) run on its own sample meters (synthetic meters, "
        "Illinois weather); `tests/data/eemeter_samples/`. Temperatures in °F, grid of 1 °F."
    ),
    regression.CHANGE_POINT: (
        "changepointmodel of the City University of New York (BSD-3-Clause), its own test vectors; "
        "`tests/data/changepointmodel/`."
    ),
    regression.NMECR: (
        "nmecr of kW-Labs (MIT), its own expectations for a measured building; `tests/data/nmecr/`."
    ),
    regression.GUIDELINE: "ASHRAE Guideline 14, eq. B-28, as pinned by changepointmodel's tests.",
    accounting.GROUP: (
        "GB/T 2589-2020, DB37/T 2672-2019, announcement 2025 No. 47 of MEE and NBS, GB/T "
        "51161-2016 as quoted in public documents; `tests/data/cn_factors/` says which are "
        "recalled and must still be checked against the standards."
    ),
}


def checks() -> list[Check]:
    """Every figure of every source."""
    return [
        *stockholm.checks(),
        *uncertainty.checks(),
        *fluids.checks(),
        *regression.checks(),
        *accounting.checks(),
    ]
