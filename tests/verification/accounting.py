"""Coal equivalent, CO2 and the correction of office limits, as published in China."""

from __future__ import annotations

from collections.abc import Iterator

from analytics.conversion import convert
from analytics.factor_sets import shipped
from analytics.statistics import use_correction
from analytics.uncertainty import Uncertain
from tests.verification.table import Check

GROUP = "Coal equivalent, CO₂ and limits in China"
ONE_GWH = Uncertain(1e6)


def checks() -> Iterator[Check]:
    """One GWh of electricity by three sets; the correction of GB/T 51161."""
    for what, name, published, unit in (
        ("1 GWh, GB/T 2589-2020 当量 0.1229", "gbt2589-2020-equivalent", 122.9, "tce"),
        ("1 GWh, DB37/T 2672-2019 0.31", "db37t-2672-2019", 310.0, "tce"),
        ("1 GWh, national grid 2023 0.5306", "cn-grid-2023-national", 530.6, "tCO₂"),
    ):
        converted = convert(ONE_GWH, "electricity", shipped()[name]).value
        assert converted is not None
        yield Check(GROUP, what, published, converted.value, 1e-6, unit)
    ours = use_correction(3000.0, 8.0)
    yield Check(GROUP, "GB/T 51161 correction, 3000 h/a, 8 m²/person", 0.830333, ours, 1e-6)
