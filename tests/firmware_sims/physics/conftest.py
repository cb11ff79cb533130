from datetime import UTC, datetime

import pytest

from firmware_sims.physics.design import ComplexDesign
from firmware_sims.physics.office import OfficeComplex
from firmware_sims.physics.truth import Trace

YEAR_STEPS = 35_040
START_MS = int(datetime(2025, 11, 15, 16, tzinfo=UTC).timestamp() * 1000)
"""Local midnight in China, in the middle of November: the heating season begins."""


@pytest.fixture(scope="session")
def office() -> OfficeComplex:
    return OfficeComplex(ComplexDesign())


@pytest.fixture(scope="session")
def year(office: OfficeComplex) -> Trace:
    """A year at 900 s, as the history is computed."""
    return office.run(office.rest_state(START_MS), YEAR_STEPS, 900.0)
