"""Judging what a device shows, and finding the word order, byte order or base that fits."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from collector.config import DeviceEntry
from collector.evidence import chance, evidence
from collector.layout import Layout
from collector.probe import (
    DOUBTFUL,
    IMPLAUSIBLE,
    NO_VALUE,
    PLAUSIBLE,
    UNREAD,
    VARIANTS,
    best_reading,
    identity_verdicts,
    read_device,
)
from collector.registers import RegisterMap, parse_map
from collector.sitefile import find_map, shipped_maps
from collector.words import Word
from tests.collector.golden import golden

OWN = VARIANTS[0]


def shipped(name: str) -> RegisterMap:
    file = find_map(name)
    assert file is not None
    return parse_map(file.read_text("utf-8"), file)


def entry(name: str, **more) -> DeviceEntry:
    return DeviceEntry.model_validate(
        {"id": "d", "name": {"zh": "设备", "en": "device"}, "bus": "b", "unit": 1, "map": name,
         **more}
    )  # fmt: skip


def swapped(name: str, words: dict) -> dict:
    """The words of a device that sends long values in the contrary word order."""
    other = dict(words)
    for block in Layout(shipped(name), entry(name)).requests():
        for word in block.words:
            places = [(block.function, word.address + i) for i in range(word.count)]
            other |= dict(zip(places, [words[p] for p in reversed(places)], strict=True))
    return other


def proposal(name: str, memory: dict) -> dict | None:
    register_map = shipped(name)
    _, better = best_reading(register_map, entry(name), memory)
    return None if better is None else better.variant.changes(register_map)


@pytest.mark.parametrize("name", shipped_maps())
def test_device_that_is_as_its_map_says_needs_no_proposal(name):
    own, better = best_reading(shipped(name), entry(name), golden(name).words)
    assert better is None
    assert {field.verdict for field in own.fields} <= {PLAUSIBLE, NO_VALUE}
    assert all(check.holds for check in own.checks)


LONG = [n for n in shipped_maps() if n != "generic_weather"]


@pytest.mark.parametrize("name", LONG)
def test_contrary_word_order_is_found(name):
    contrary = {"big": "little", "little": "big"}[shipped(name).word_order]
    assert proposal(name, swapped(name, golden(name).words)) == {"word_order": contrary}


SURE = [n for n in LONG if n not in {"generic_water_meter", "generic_gas_meter"}]


@pytest.mark.parametrize("name", SURE)
def test_swapped_bytes_are_found(name):
    words = {place: (w & 0xFF) << 8 | w >> 8 for place, w in golden(name).words.items()}
    assert proposal(name, words) == {"byte_order": "little"}


@pytest.mark.parametrize("name", SURE)
@pytest.mark.parametrize("shift", [-1, 1])
def test_other_address_base_is_found(name, shift):
    base = shipped(name).address_base - shift
    words = {(f, address + shift): w for (f, address), w in golden(name).words.items()}
    if base in (0, 1):
        expected = {"address_base": str(base)}
    else:
        expected = {"address": f"every address 1 {'higher' if shift > 0 else 'lower'}"}
    assert proposal(name, words) == expected


def test_swapped_words_and_another_base_at_once_are_found():
    words = swapped("eastron_sdm630", golden("eastron_sdm630").words)
    moved = {(f, address - 1): w for (f, address), w in words.items()}
    assert proposal("eastron_sdm630", moved) == {"word_order": "little", "address_base": "1"}


def test_values_of_another_kind_of_device_make_no_proposal():
    words = {(4, address): 0x2020 for address in range(400)}
    own, better = best_reading(shipped("eastron_sdm630"), entry("eastron_sdm630"), words)
    assert better is None
    assert own.plausible < len(own.fields) / 2


def one(name: str, words: dict, **more):
    reading = read_device(shipped(name), entry(name, **more), words, OWN)
    return {field.field: field for field in reading.fields}


def test_reading_tells_words_value_unit_and_range():
    field = one("acrel_adw300", golden("acrel_adw300").words)["power_kw"]
    assert (field.function, field.address, field.hex) == (3, 36, "0000 1046")
    assert (field.value, field.unit, field.low, field.high) == (4.166, "kW", -1800, 1800)


def test_value_out_of_its_range_is_implausible():
    words = golden("acrel_adw300").words | {(3, 20): 9999}
    field = one("acrel_adw300", words)["voltage_l1_v"]
    assert (field.value, field.verdict) == (999.9, IMPLAUSIBLE)


def test_range_of_the_site_file_counts():
    words = golden("acrel_adw300").words
    fields = one("acrel_adw300", words, ranges={"power_kw": (0, 1)})
    assert fields["power_kw"].verdict == IMPLAUSIBLE


def test_float_that_is_almost_nothing_is_implausible():
    words = golden("eastron_sdm630").words | {(4, 0x48): 0, (4, 0x49): 0x4640}
    assert one("eastron_sdm630", words)["energy_kwh"].verdict == IMPLAUSIBLE


def test_sensor_that_is_not_fitted_is_no_fault():
    assert one("nibe_s1155", golden("nibe_s1155").words)["hot_water_temp_c"].verdict == NO_VALUE


def test_register_that_the_device_refuses_is_not_read():
    words = {p: w for p, w in golden("acrel_adw300").words.items() if p != (3, 36)}
    field = one("acrel_adw300", words)["power_kw"]
    assert (field.verdict, field.remark) == (UNREAD, "refused by the device")


def test_field_without_its_ratio_is_not_read():
    words = {p: w for p, w in golden("chint_dtsu666").words.items() if p != (3, 6)}
    assert one("chint_dtsu666", words)["current_l1_a"].remark == "bad:no-ratio"
    fields = one("chint_dtsu666", words, ratios={"ct": 40})
    assert fields["current_l1_a"].value == 60.0


def test_values_that_contradict_one_another_are_doubtful():
    words = golden("acrel_adw300").words | {(3, 37): 0x2046}
    fields = one("acrel_adw300", words)
    assert fields["power_kw"].verdict == DOUBTFUL
    assert fields["power_kw"].remark.startswith("total power 8.262 kW, sum of the phases 4.166 kW")
    assert fields["voltage_l1_v"].verdict == PLAUSIBLE


def test_identity_is_compared_with_the_map():
    words = golden("schneider_iem3000").words
    ((identity, value, agrees),) = identity_verdicts(shipped("schneider_iem3000"), words)
    assert (identity.field, value, agrees) == ("meter_model", 1766149427.0, True)
    other = words | {(3, 49): 0x504D}
    ((_, _, agrees),) = identity_verdicts(shipped("schneider_iem3000"), other)
    assert agrees is False
    ((_, value, agrees),) = identity_verdicts(shipped("schneider_iem3000"), {})
    assert (value, agrees) == (None, None)


@pytest.mark.parametrize(
    ("word", "share"),
    [
        (Word("x", 0, "u16", low=0, high=65535), 1.0),
        (Word("x", 0, "u16", divisor=10, low=80, high=300), 2201 / 65536),
        (Word("x", 0, "s16", low=0, high=99), 100 / 65536),
        (Word("x", 0, "u16", bits=(0, 3), low=0, high=3), 4 / 16),
        (Word("x", 0, "u16", states={0: 0.0, 1: 1.0}), 2 / 65536),
        (Word("x", 0, "u16", factor=-1.0, low=-9, high=0), 10 / 65536),
    ],
)
def test_chance_of_random_bits_is_counted_from_type_and_range(word, share):
    assert chance(word) == pytest.approx(min(share, 1 - 1e-6))


def test_chance_of_a_float_agrees_with_counting_bit_patterns():
    """Every 65 537th pattern of 32 bits, about sixty-five thousand of them."""
    word = Word("x", 0, "f32", low=-40, high=150)
    patterns = range(0, 2**32, 65_537)
    values = [struct.unpack(">f", pattern.to_bytes(4, "big"))[0] for pattern in patterns]
    inside = sum(-40 <= v <= 150 and abs(v) >= 1e-12 for v in values) / len(values)
    assert chance(word) == pytest.approx(inside, abs=1e-4)


def test_narrow_range_tells_more_than_a_wide_one():
    narrow, wide = Word("x", 0, "f32", low=80, high=300), Word("x", 0, "f32", low=0, high=1e8)
    assert evidence(narrow, plausible=True) > evidence(wide, plausible=True) > 0
    assert evidence(narrow, plausible=False) < 0


def test_map_of_the_integrator_is_probed_the_same_way():
    own_map = parse_map(
        "map: m\nkind: heat_meter\nmaker: x\nmodels: [x]\nsource: a document\ntrust: template\n"
        "address_base: 0\nfunction: 3\nregisters:\n"
        "  - {field: flow_m3h, address: 0, type: f32, unit: m3/h, low: 0, high: 100}\n"
        "  - {field: supply_temp_c, address: 2, type: f32, unit: °C, low: 0, high: 120}\n"
        "  - {field: return_temp_c, address: 4, type: f32, unit: °C, low: 0, high: 120}\n"
        "  - {field: heat_kw, address: 6, type: f32, unit: kW, low: -5000, high: 5000}\n",
        Path("m.yaml"),
    )
    words = struct.unpack(">8H", struct.pack(">4f", 12.3, 45.6, 39.7, 83.5))
    memory = {(3, address): word for address, word in enumerate(words)}
    own, better = best_reading(own_map, entry("m"), memory)
    assert (own.plausible, better) == (4, None)
    other = {(3, address ^ 1): word for address, word in enumerate(words)}
    _, better = best_reading(own_map, entry("m"), other)
    assert better is not None
    assert better.variant.changes(own_map) == {"word_order": "little"}
