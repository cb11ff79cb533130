"""Raw data as jobs read it: repaired, with joints, with margins."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.jobs.readings import Readings, Readout, margin_ms
from analytics.records import exchanges, repairs
from analytics.records.exchanges import Change, Handover
from analytics.records.repairs import Correction
from collector.model import Kind
from tests.analytics.jobs.polled_site import MIDNIGHT, MINUTE, QUARTER, Plant, steady


def at(minute: int) -> int:
    return MIDNIGHT + minute * MINUTE


async def read(plant: Plant, device: str, field: str, first: int, last: int) -> Readout:
    readings = Readings(plant.configuration, plant.store, plant.records)
    return (await readings.of(device, [field], at(first), at(last)))[field]


async def test_a_field_comes_with_its_unit_rhythm_kind_and_register(plant: Plant) -> None:
    await plant.poll("m2", steady, range(120))
    energy = await read(plant, "m2", "energy_kwh", 30, 60)
    assert (energy.series.unit, energy.series.interval_ms) == ("kWh", 5 * MINUTE)
    assert energy.kind is Kind.COUNTER
    assert energy.register is not None
    assert energy.register.text == "62 u32 × 0.01 kWh"
    assert not np.isnan(energy.series.value).any()  # the minutes in which it is not due are no gap


async def test_what_stands_around_a_span_is_read_with_it(plant: Plant) -> None:
    await plant.poll("m2", steady, range(120))
    energy = await read(plant, "m2", "energy_kwh", 60, 75)
    device = plant.configuration.site.devices["m2"]
    assert margin_ms(device, ["energy_kwh"]) == 20 * MINUTE
    assert energy.series.at[0] == at(40)
    assert energy.series.at[-1] == at(90)
    assert energy.amounts(np.array([at(60), at(75)])).energy == pytest.approx([1.5])


async def test_repairs_are_applied_in_their_order_and_told(plant: Plant) -> None:
    await plant.poll("m1", steady, range(60))
    with plant.records.transaction() as connection:
        for correction in (
            Correction("m1", "power_kw", at(10), at(20), "offset", 2.0, estimated=True),
            Correction("m1", "power_kw", at(15), at(20), "scale", 3.0),
            Correction("m1", "*", at(18), at(19), "exclude"),
            Correction("m1", "power_kw", at(5000), at(6000), "exclude"),
        ):
            repairs.add(connection, correction, plant.act)
    power = await read(plant, "m1", "power_kw", 0, 60)
    given = power.series.on(np.array([at(m) for m in (9, 10, 15, 18, 20)]))
    assert given[[0, 1, 2, 4]].tolist() == [6.0, 8.0, 24.0, 6.0]
    assert np.isnan(given[3])
    assert [repair.id for repair in power.repairs] == [1, 2, 3]
    assert power.estimated
    energy = await read(plant, "m1", "energy_kwh", 0, 60)
    assert [repair.id for repair in energy.repairs] == [3]
    assert not energy.estimated


async def test_the_raw_data_never_changes(plant: Plant) -> None:
    await plant.poll("m1", steady, range(60))
    with plant.records.transaction() as connection:
        repairs.add(connection, Correction("m1", "*", at(0), at(60), "exclude"), plant.act)
    its = plant.configuration.site.devices["m1"]
    columns = await plant.store.columns(its, ["power_kw"], at(0), at(60))
    assert columns.values["power_kw"].tolist() == [6.0] * 60


async def test_an_exchange_that_says_nothing_of_a_register_leaves_it_open(plant: Plant) -> None:
    await plant.poll("m1", lambda m: steady(m if m < 30 else m - 1000 + 900), range(60))
    change = Change("m1", at(30), {"energy_kwh": Handover(103.0, None)})
    with plant.records.transaction() as connection:
        exchanges.add(connection, change, plant.act)
    energy = await read(plant, "m1", "energy_kwh", 0, 60)
    [joint] = energy.joints
    assert (joint.at, joint.old_end) == (at(30), 103.0)
    assert np.isnan(joint.new_start)
    amounts = energy.amounts(np.array([at(0), at(15), at(30), at(45)]))
    assert amounts.energy[0] == pytest.approx(1.5)
    assert np.isnan(amounts.energy[1])
    assert amounts.energy[2] == pytest.approx(1.5)


async def test_an_exchange_within_a_scaled_span_is_scaled_on_its_side(plant: Plant) -> None:
    """The old meter was read with half its ratio until it was exchanged at minute 30."""
    await plant.poll(
        "m1",
        lambda m: {"energy_kwh": 100 + m / 20 if m < 30 else (m - 30) / 10, "power_kw": 6.0},
        range(60),
    )
    with plant.records.transaction() as connection:
        correction = Correction("m1", "energy_kwh", at(-1000), at(30), "scale", 2.0)
        repairs.add(connection, correction, plant.act)
        change = Change("m1", at(30), {"energy_kwh": Handover(101.5, 0.0)})
        exchanges.add(connection, change, plant.act)
    energy = await read(plant, "m1", "energy_kwh", 0, 60)
    assert energy.joints == ((at(30), 203.0, 0.0),)
    edges = np.arange(at(0), at(59), QUARTER)
    assert energy.amounts(edges).energy == pytest.approx([1.5] * 3)


async def test_a_register_that_rolls_over_within_a_scaled_span_counts_on(plant: Plant) -> None:
    await plant.poll(
        "m1", lambda m: {"energy_kwh": (999 + m / 10) % 1000, "power_kw": 6.0}, range(90)
    )
    with plant.records.transaction() as connection:
        correction = Correction("m1", "energy_kwh", at(-60), at(600), "scale", 2.0)
        repairs.add(connection, correction, plant.act)
    energy = await read(plant, "m1", "energy_kwh", 0, 60)
    assert energy.amounts(np.array([at(0), at(60)])).energy == pytest.approx([12.0])


async def test_the_seam_of_a_scaled_span_between_two_readings_is_shared(plant: Plant) -> None:
    await plant.poll("m2", steady, range(120))
    with plant.records.transaction() as connection:
        correction = Correction("m2", "energy_kwh", at(32), at(62), "scale", 3.0)
        repairs.add(connection, correction, plant.act)
    energy = await read(plant, "m2", "energy_kwh", 0, 90)
    amounts = energy.amounts(np.array([at(0), at(30), at(35), at(60), at(65), at(90)])).energy
    assert amounts == pytest.approx([3.0, 0.2 + 0.9, 7.5, 0.6 + 0.3, 2.5])


async def test_what_does_not_add_up_is_refused(plant: Plant) -> None:
    await plant.poll("m1", steady, range(5))
    power = await read(plant, "m1", "power_kw", 0, 5)
    with pytest.raises(ValueError, match="is no counter"):
        power.counted()


async def test_uncertain_values_count_and_are_told(plant: Plant) -> None:
    await plant.poll("m1", steady, range(5))
    [sample] = [await plant.store.latest(plant.configuration.site.devices["m1"])]
    assert sample is not None
    flagged = type(sample)(
        "m1", at(5), "run", 5, 5, {"power_kw": 9.0}, {"power_kw": "uncertain:out-of-range"}
    )
    await plant.store.write([flagged])
    power = await read(plant, "m1", "power_kw", 0, 6)
    assert power.uncertain == 1
    assert power.series.value[-1] == 9.0
