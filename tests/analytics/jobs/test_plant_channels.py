"""The known plant as arrays: each from the meter that the site file names for it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from analytics.buckets import QUARTER_H
from analytics.heat import heat
from analytics.jobs.plant_channels import PlantReader, all_points, electricity_meters, wanted
from analytics.jobs.readings import Readings
from analytics.jobs.tabulation import Table
from analytics.jobs.windows import Windows
from collector.topology import Circuit, Consumers, Plant, Unit
from tests.analytics.jobs.known_plant import END, METERS, START, content, opened, truth


async def read(store, folder, site: dict | None = None):
    async with opened(store, folder, site) as its:
        plant = its.configuration.settings.plant
        table = await its.tabulator.table(wanted(plant), START, END)
        return PlantReader(its.configuration, plant, its.readings).channels(table)


def test_what_is_wanted_names_every_device_once() -> None:
    plant = Plant(
        units=(Unit(heat_pump="hp-1", electricity="e-1", heat_meter="h-1"),
               Unit(heat_pump="hp-2", electricity="e-1")),
        load=Circuit(heat_meter="h-load"), hot_water=Circuit(heat_meter="h-dhw"),
        source_pumps=Consumers(electricity=("e-2",)), whole="e-whole", outdoor="w",
    )  # fmt: skip
    assert set(wanted(plant)) == {"h-load", "h-dhw", "h-1", "hp-1", "hp-2", "e-1", "e-2",
                                  "e-whole", "w"}  # fmt: skip
    assert sorted(electricity_meters(plant)) == ["e-1", "e-2", "e-whole"]


@pytest.mark.asyncio
async def test_arrays_are_those_of_the_truth(plant_store, tmp_path) -> None:
    channels = await read(plant_store, tmp_path)
    its = truth()
    assert set(channels.electricity) == set(METERS)
    for name, energy in channels.electricity.items():
        np.testing.assert_allclose(energy, its.electricity[name], atol=1e-9)
    [load] = channels.circuits.values()
    np.testing.assert_allclose(load.heating_kwh, its.heat["h-load"], atol=1e-9)
    np.testing.assert_allclose(load.cooling_kwh, its.cold["h-load"], atol=1e-9)
    np.testing.assert_allclose(load.supply_temp_c, its.supply)
    np.testing.assert_allclose(channels.source.supply_temp_c, its.entering)
    np.testing.assert_allclose(channels.source.heating_kwh, its.heat["h-source"], atol=1e-9)
    last = float(1000.0 + its.electricity["e-plant"].sum())
    assert channels.register_kwh["e-plant"] == pytest.approx(last * 2.0**-23, rel=1e-4)
    assert channels.accuracy["e-plant"].accuracy_class == "1"
    assert "h-load/heat_energy_kwh" in all_points(channels.table)


@pytest.mark.asyncio
async def test_a_day_belongs_to_the_season_that_the_site_file_names(plant_store, tmp_path) -> None:
    channels = await read(plant_store, tmp_path)
    first = date(2026, 1, 1)
    season = {
        date.fromordinal(first.toordinal() + n): int(flag)
        for n, flag in enumerate(channels.season)
    }  # fmt: skip
    assert len(season) == 59
    assert [day for day, flag in season.items() if flag == 1] == [
        date(2026, 1, day) for day in range(5, 21)
    ]
    assert [day for day, flag in season.items() if flag == -1] == [
        date(2026, 2, day) for day in range(2, 21)
    ]


@pytest.mark.asyncio
async def test_hot_water_has_the_fluid_of_its_own_circuit(plant_store, tmp_path) -> None:
    """The load loop runs on glycol; what heats the taps is water."""
    site = content()
    site["plant"]["load"] |= {"fluid": "ethylene_glycol", "mass_fraction": 0.25}
    site["plant"]["hot_water"] = {"heat_meter": "h-b"}
    channels = await read(plant_store, tmp_path, site)
    load, taps = channels.circuits["h-load"], channels.circuits["h-b"]
    assert (load.fluid, load.mass_fraction, load.hot_water) == ("ethylene_glycol", 0.25, False)
    assert (taps.fluid, taps.mass_fraction, taps.hot_water) == ("water", 0.0, True)


@pytest.mark.asyncio
async def test_a_heat_pump_that_measures_no_heat_has_none(plant_store, tmp_path) -> None:
    unit = (await read(plant_store, tmp_path)).units["hp-1"]
    assert (unit.meter, unit.heat_meter) == ("e-hp", None)
    assert unit.running_kw == pytest.approx(3.0)
    assert np.isnan(unit.circuit.heating_kwh).all()
    np.testing.assert_allclose(unit.electricity_kwh, truth().electricity["e-hp"], atol=1e-9)


@pytest.mark.asyncio
async def test_a_meter_with_a_register_of_heat_only_is_read_by_it(plant_store, tmp_path) -> None:
    """Its cold has no register: flow and temperatures tell it, weighted by what flowed."""
    edges = START + 900_000 * np.arange(4)
    told = {
        ("heat_energy_kwh", "energy"): [40.0, 0.0, 0.0],
        ("heat_energy_kwh", "last"): [1000.0, 1000.0, 1000.0],
        ("flow_m3h", "mean"): [4.0, 4.0, np.nan],
        ("supply_temp_c", "mean"): [42.0, 13.0, 13.0],
        ("supply_temp_c", "flowing"): [45.0, 7.0, np.nan],
        ("return_temp_c", "mean"): [40.0, 13.0, 13.0],
        ("return_temp_c", "flowing"): [40.0, 12.0, np.nan],
    }
    figures = {name: np.array(values) for name, values in told.items()}
    figures |= {(field, "coverage"): np.ones(3) for field, _ in told}
    table = Table(edges, {"h-load": Windows(edges[:-1], edges[1:], figures)})
    async with opened(plant_store, tmp_path) as its:
        plant, readings = its.configuration.settings.plant, its.readings
        assert isinstance(readings, Readings)
        reader = PlantReader(its.configuration, plant, readings)
        circuit = reader.heat_meter(table, "h-load", plant.load, "load")
    assert circuit.heating_kwh.tolist() == [40.0, 0.0, 0.0]
    assert circuit.cooling_kwh[0] == 0.0
    assert circuit.cooling_kwh[1] == pytest.approx(-heat(circuit, QUARTER_H).energy_kwh[1])
    assert circuit.cooling_kwh[1] == pytest.approx(4.0 * QUARTER_H * 1.1648 * 5.0, rel=1e-3)
    assert np.isnan(circuit.cooling_kwh[2])
    assert circuit.supply_temp_c.tolist() == [45.0, 7.0, 13.0]
