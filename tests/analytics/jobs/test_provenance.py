from __future__ import annotations

import pytest

from analytics.jobs.provenance import CONSTANTS, Provenance
from tests.analytics.jobs.known_plant import QUARTER_MS, START, opened

WANTED = {"h-load": ("heat_energy_kwh", "supply_temp_c"), "e-hp": ("energy_kwh",)}


@pytest.mark.asyncio
async def test_inputs_are_the_fields_that_were_read_and_their_registers(
    plant_store, tmp_path
) -> None:
    async with opened(plant_store, tmp_path) as its:
        table = await its.tabulator.table(WANTED, START, START + 96 * QUARTER_MS)
        provenance = Provenance(table, its.readings)
        facts = its.readings.facts("h-load")["heat_energy_kwh"]
        inputs = provenance.of(["h-load", "h-load", "e-unknown"])
    assert inputs.points == ("h-load/heat_energy_kwh", "h-load/supply_temp_c")
    assert inputs.registers == (f"h-load/heat_energy_kwh @ {facts.text}",)
    assert "0 u32 × 0.1 kWh" in facts.text
    assert inputs.constants == CONSTANTS
    assert inputs.version
