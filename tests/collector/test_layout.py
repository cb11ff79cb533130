"""The layout of a device: plans by due fields, ratios and units, setup, identity."""

from __future__ import annotations

import struct

import pytest

from tests.collector.bench_meter import (
    HOUR_MS,
    IDENTITY,
    PLAIN,
    RATIOS,
    UNITS,
    layout,
    requests,
)


def test_fields_are_due_by_their_rhythm_counted_from_the_epoch():
    plain = layout(PLAIN)
    assert "energy_kwh" in plain.due(60_000)
    assert plain.due(10_000) == {"voltage_l1_v", "power_kw", "frequency_hz"}
    assert plain.due(70_000) is plain.due(10_000)


def test_site_file_changes_the_rhythm_of_a_field():
    plain = layout(PLAIN, every={"frequency_hz": 3})
    assert plain.due(20_000) == {"voltage_l1_v", "power_kw"}
    assert plain.due(30_000) == {"voltage_l1_v", "power_kw", "frequency_hz"}


def test_plan_of_a_due_set_is_made_once():
    plain = layout(PLAIN)
    assert plain.plan(plain.due(0)) is plain.plan(plain.due(60_000))
    assert requests(plain.plan(plain.due(0))) == [(3, 0, 12)]
    assert requests(plain.plan(plain.due(10_000))) == [(3, 0, 7)]


def test_block_decodes_its_payload_into_canonical_units():
    (block,) = layout(PLAIN).plan(frozenset({"voltage_l1_v", "power_kw"}))
    assert block.decode(struct.pack(">ff", 230.5, 41_250.0)) == (
        {"voltage_l1_v": 230.5, "power_kw": 41.25}, None
    )  # fmt: skip


def test_range_of_the_site_file_goes_before_the_map():
    (block,) = layout(PLAIN, ranges={"power_kw": (0, 40)}).plan(frozenset({"power_kw"}))
    values, flags = block.decode(struct.pack(">f", 41_250.0))
    assert values == {"power_kw": 41.25}
    assert flags == {"power_kw": "uncertain:out-of-range"}


def test_word_order_of_the_site_file_goes_before_the_map():
    (block,) = layout(PLAIN, word_order="little").plan(frozenset({"power_kw"}))
    words = struct.pack(">f", 41_250.0)
    assert block.decode(words[2:] + words[:2])[0] == {"power_kw": 41.25}


def test_only_the_named_fields_are_read():
    assert requests(layout(PLAIN, only=["frequency_hz"]).plan(frozenset({"frequency_hz"}))) == [
        (3, 6, 1)
    ]


def test_extent_counts_requests_registers_and_points():
    assert str(layout(PLAIN).extent) == "1 requests, 12 registers, 4 points"


def test_fields_wait_for_the_ratio_that_the_meter_keeps():
    ratios = layout(RATIOS)
    everything = ratios.due(0)
    assert ratios.excluded() == {
        "voltage_l1_v": "bad:no-ratio", "current_l1_a": "bad:no-ratio", "power_kw": "bad:no-ratio"
    }  # fmt: skip
    assert requests(ratios.plan(everything)) == [(3, 4, 1)]
    assert requests(ratios.setup_blocks()) == [(3, 100, 1), (3, 101, 1)]
    values = {}
    for block, raw in zip(ratios.setup_blocks(), (40, 100), strict=True):
        values |= block.decode(struct.pack(">H", raw))[0]
    assert ratios.apply_setup(values, 0) == ("the ct ratio is 40", "the pt ratio is 10")
    assert ratios.excluded(everything) == {}
    (block,) = ratios.plan(everything)
    payload = struct.pack(">HHiH", 2305, 1500, 250, 5000)
    assert block.decode(payload)[0] == {
        "voltage_l1_v": 2305.0, "current_l1_a": 60.0, "power_kw": 100.0, "frequency_hz": 50.0
    }  # fmt: skip


def test_ratio_of_the_site_file_is_not_asked_of_the_meter():
    ratios = layout(RATIOS, ratios={"ct": 60, "pt": 1})
    assert ratios.setup_blocks() == ()
    assert ratios.excluded() == {}


def test_implausible_ratio_is_not_used():
    ratios = layout(RATIOS, ratios={"pt": 1})
    assert ratios.apply_setup({"ratio:ct": 0.0}, 0) == ("the ct ratio 0 is outside 1..2000",)
    assert ratios.excluded()["current_l1_a"] == "bad:no-ratio"


def test_changed_ratio_is_told_and_used():
    ratios = layout(RATIOS, ratios={"pt": 1})
    ratios.apply_setup({"ratio:ct": 40.0}, 0)
    assert ratios.apply_setup({"ratio:ct": 60.0}, HOUR_MS) == ("the ct ratio was 40 and is now 60",)
    (block,) = ratios.plan(frozenset({"current_l1_a"}))
    assert block.decode(struct.pack(">H", 1500))[0] == {"current_l1_a": 90.0}


def test_ratio_once_known_survives_a_setup_read_that_failed():
    ratios = layout(RATIOS, ratios={"pt": 1})
    ratios.apply_setup({"ratio:ct": 40.0}, 0)
    assert ratios.apply_setup({}, HOUR_MS) == ()
    assert ratios.excluded() == {}


def test_fields_wait_for_the_unit_that_the_meter_shows():
    units = layout(UNITS)
    assert units.excluded() == {"energy_kwh": "bad:no-unit"}
    assert units.apply_setup({"unit:energy": 2.0}, 0) == ("energy is MWh",)
    (block,) = units.plan(frozenset({"energy_kwh"}))
    assert block.decode(struct.pack(">f", 12.5))[0] == {"energy_kwh": 12_500.0}


def test_unit_code_that_is_not_known_is_never_guessed():
    units = layout(UNITS)
    units.apply_setup({"unit:energy": 2.0}, 0)
    assert units.apply_setup({"unit:energy": 77.0}, 1) == (
        "the code 77 of energy is no known unit",
    )
    assert units.excluded() == {"energy_kwh": "bad:no-unit"}


def test_setup_is_due_at_first_then_every_hour_and_soon_while_something_is_missing():
    units = layout(UNITS)
    assert units.setup_due(0)
    units.apply_setup({}, 0)
    assert not units.setup_due(59_999)
    assert units.setup_due(60_000)
    units.apply_setup({"unit:energy": 1.0}, 60_000)
    assert not units.setup_due(60_000 + HOUR_MS - 1)
    assert units.setup_due(60_000 + HOUR_MS)


def test_values_of_another_meter_than_the_map_describes_are_doubted():
    other = layout(IDENTITY + PLAIN)
    assert other.identified is None
    assert other.apply_setup({"identity:0": 300.0, "identity:1": 50.0}, 0) == (
        "meter_code is 300, not what bench_meter has (112 or 113)",
    )
    (block,) = other.plan(frozenset({"frequency_hz"}))
    assert block.decode(struct.pack(">H", 5000)) == (
        {"frequency_hz": 50.0}, {"frequency_hz": "uncertain:identity"}
    )  # fmt: skip
    assert block.decode(struct.pack(">H", 9000))[1] == {"frequency_hz": "uncertain:out-of-range"}


def test_meter_that_is_recognised_is_not_doubted_and_a_blackout_is_no_other_meter():
    right = layout(IDENTITY + PLAIN)
    assert right.apply_setup({"identity:0": 113.0, "identity:1": 0.0}, 0) == (
        "frequency is 0, not what bench_meter has (45..65)",
    )
    assert right.identified is True
    (block,) = right.plan(frozenset({"frequency_hz"}))
    assert block.decode(struct.pack(">H", 5000))[1] is None


def test_inputs_and_registers_are_read_with_their_own_function_codes():
    mixed = layout(PLAIN + "  - {field: status_code, address: 3, type: bit, function: 2}\n")
    assert requests(mixed.plan(mixed.due(0))) == [(2, 3, 1), (3, 0, 12)]
    status, _ = mixed.plan(mixed.due(0))
    assert status.decode(b"\x01") == ({"status_code": 1.0}, None)


@pytest.mark.parametrize("field", ["power_kw", "voltage_l1_v"])
def test_device_without_site_settings_reads_every_field_of_its_map(field):
    assert field in layout(PLAIN).due(0)
