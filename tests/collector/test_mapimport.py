"""Vendors' register tables become maps; what is not understood is told, not guessed."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from collector.errors import ConfigError
from collector.mapimport import import_map
from collector.registers import RegisterMap, parse_map

HEAD = "name,address,type,scale,unit\n"
KINDS = "bcd16, bcd32, bcd64, bit, f32, f64, s16, s32, s64, u16, u32, u64, u8"
UNKNOWN = (
    "no quantity is called so: name one in a column `field` (`groundwatt check --quantities` "
    "lists them)"
)


def imported(tmp_path: Path, text: str, settings=None, *, skip_unknown=False) -> RegisterMap:
    file = tmp_path / "table.csv"
    file.write_text(text, encoding="utf-8")
    result = import_map(file, settings or {}, skip_unknown=skip_unknown)
    return parse_map(result.text, Path("table.yaml"))


def mistakes(tmp_path: Path, text: str, settings=None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        imported(tmp_path, text, settings)
    return [f"{p.line}: {p.key}: {p.problem}" for p in caught.value.problems]


def test_chinese_table_becomes_a_map(tmp_path):
    found = imported(
        tmp_path,
        "某电表通讯点表,,,,\nmap,dianbiao_1\nmaker,某厂\n"
        "参数名称,寄存器地址,数据类型,系数,单位\n"
        "A相电压,0x0000,浮点数,1,V\n"
        "总有功功率,16,INT32 CDAB,0.1,kW\n"
        "正向有功总电能,0014H,DWORD,×0.01,kW·h\n"
        "电网频率,50,UINT16,/100,Hz\n",
    )
    assert (found.map, found.maker, found.kind) == ("dianbiao_1", "某厂", "electricity_meter")
    places = {r.field: (r.address, r.type, r.unit) for r in found.registers}
    assert places == {
        "voltage_l1_v": (0, "f32", "V"),
        "power_kw": (16, "s32", "kW"),
        "energy_kwh": (20, "u32", "kWh"),
        "frequency_hz": (50, "u16", "Hz"),
    }
    by_field = {r.field: r for r in found.registers}
    assert (by_field["power_kw"].word_order, by_field["power_kw"].scale) == ("little", 0.1)
    assert by_field["frequency_hz"].scale == 0.01
    assert by_field["energy_kwh"].every > 1
    assert (by_field["voltage_l1_v"].low, by_field["voltage_l1_v"].high) == (80, 300)


def test_english_workbook_with_every_column_becomes_a_map(tmp_path):
    book = Workbook()
    book.active.append(
        ["Field", "Register", "Data Type", "Factor", "Divisor", "Offset", "Unit", "FC",
         "Byte order", "Min", "Max", "Ratio", "Every", "Invalid", "Remarks"]
    )  # fmt: skip
    book.active.append(
        ["power_kw", 100, "int32", 2, 10, 0.5, "W", 4, "BADC", -5, 5, "ct*pt", 3,
         "0x7FFFFFFF; -1", "total, of all"]
    )  # fmt: skip
    book.save(tmp_path / "t.xlsx")
    settings = {"map": "t", "address_base": 1, "kind": "electricity_meter"}
    text = import_map(tmp_path / "t.xlsx", settings, skip_unknown=False).text
    (register,) = parse_map(text, Path("t.yaml")).registers
    assert register.model_dump(exclude_defaults=True) == {
        "field": "power_kw", "address": 100, "type": "s32", "function": 4, "word_order": "big",
        "byte_order": "little", "scale": 2.0, "divisor": 10.0, "offset": 0.5, "unit": "W",
        "low": -5.0, "high": 5.0, "ratio": "ct*pt", "every": 3,
        "sentinels": frozenset({0x7FFFFFFF, -1}), "note": "total, of all",
    }  # fmt: skip


def test_states_and_bits_are_read(tmp_path):
    found = imported(
        tmp_path,
        "field;address;type;unit;bits;states\n"
        "state;5;word;;0-3;0=off,2=heat,3=cool\n"
        "alarm_code;5;word;;8-15;\n",
        {"kind": "heat_pump"},
    )
    state, alarm = found.registers
    assert (state.bits, state.states) == ((0, 3), {0: "off", 2: "heat", 3: "cool"})
    assert alarm.bits == (8, 15)


def test_power_of_a_heat_meter_is_heat(tmp_path):
    text = HEAD + "Power,0,float,1,kW\nEnergy,2,float,1,MWh\n"
    fields = [r.field for r in imported(tmp_path, text, {"kind": "heat_meter"}).registers]
    assert fields == ["heat_kw", "heat_energy_kwh"]


def test_every_bad_row_is_named_with_row_and_column(tmp_path):
    assert mistakes(
        tmp_path,
        "Parameter,Register Address,Data Type,Resolution,Unit\n"
        "Voltage L1,zero,float,1,V\n"
        "Voltage L2,2,quaternion,1,V\n"
        "Voltage L3,4,float,much,V\n"
        "Frequency,6,float,1,furlong\n"
        "Moon phase,8,float,1,V\n"
        "Power factor,,float,1,\n"
        "Apparent power,10,float,1,\n",
    ) == [
        "2: Register Address: not an address; write 4127, 0x101E or 101EH (found 'zero')",
        f"3: Data Type: not a known type; known: {KINDS} (found 'quaternion')",
        "4: Resolution: not a number (found 'much')",
        "5: Unit: not a known unit (found 'furlong')",
        f"6: Parameter: {UNKNOWN}, or leave the row out (found 'Moon phase')",
        "7: Register Address: the address is missing (found '')",
        "8: Unit: the unit is missing; apparent_power_kva is kept in kVA (found '')",
    ]


def test_mistakes_that_only_the_whole_map_shows_are_told_at_their_rows(tmp_path):
    assert mistakes(
        tmp_path,
        HEAD + "Voltage L1,0,float,1,V\nVoltage L2,1,float,1,V\nVoltage L1,4,float,1,V\n"
        "Frequency,6,float,1,kW\n",
    ) == ["5: unit: 'kW' does not measure frequency_hz [Hz] (found 'kW')"]
    assert mistakes(
        tmp_path, HEAD + "Voltage L1,0,float,1,V\nVoltage L2,1,float,1,V\nVoltage L1,4,float,1,V\n"
    ) == [
        "4: name: the field voltage_l1_v stands twice (found 'Voltage L1')",
        "3: address: voltage_l2_v overlaps voltage_l1_v at 1 (found '1')",
    ]


def test_mistake_in_the_head_is_told(tmp_path):
    text = HEAD + "Voltage L1,0,float,1,V\n"
    (mistake,) = mistakes(tmp_path, text, {"kind": "teapot"})
    assert mistake.startswith("None: kind: unknown kind")


def test_unknown_points_are_left_out_on_demand_and_told(tmp_path):
    file = tmp_path / "table.csv"
    file.write_text(HEAD + "Voltage L1,0,float,1,V\nMoon phase,2,float,1,V\n")
    result = import_map(file, {}, skip_unknown=True)
    assert [r.field for r in parse_map(result.text, file).registers] == ["voltage_l1_v"]
    assert [problem.line for problem in result.left_out] == [3]


def test_rows_without_a_field_are_passed_over_where_there_is_such_a_column(tmp_path):
    text = "field,name,address,type,unit\nvoltage_l1_v,U1,0,float,V\n,Moon phase,2,float,V\n"
    assert [r.field for r in imported(tmp_path, text).registers] == ["voltage_l1_v"]


@pytest.mark.parametrize(
    ("text", "address", "function"),
    [("0x101E", 0x101E, None), ("101EH", 0x101E, None), ("4127", 4127, None), ("4x0020", 20, 3),
     ("3X7", 7, 4), ("0010", 10, None)],
)  # fmt: skip
def test_ways_to_write_an_address(tmp_path, text, address, function):
    (register,) = imported(tmp_path, f"{HEAD}Voltage L1,{text},float,1,V\n").registers
    assert (register.address, register.function) == (address, function)


@pytest.mark.parametrize(
    ("text", "scale"), [("0.1", 0.1), ("×0.01", 0.01), ("/10", 0.1), ("÷100", 0.01), ("1/10", 0.1),
                        ("0.1V", 0.1), ("1e-3", 0.001), ("", 1.0)]
)  # fmt: skip
def test_ways_to_write_a_scale(tmp_path, text, scale):
    (register,) = imported(tmp_path, f"{HEAD}Voltage L1,0,float,{text},V\n").registers
    assert register.scale == pytest.approx(scale)


@pytest.mark.parametrize(
    ("order", "words", "bytes_"),
    [("ABCD", "big", "big"), ("CDAB", "little", "big"), ("BADC", "big", "little"),
     ("DCBA", "little", "little"), ("小端", "little", "little")],
)  # fmt: skip
def test_ways_to_write_an_order(tmp_path, order, words, bytes_):
    text = f"name,address,type,unit,字节序\nVoltage L1,0,float,V,{order}\n"
    (register,) = imported(tmp_path, text).registers
    assert (register.word_order, register.byte_order) == (words, bytes_)


def written(tmp_path, text, settings=None):
    file = tmp_path / "table.csv"
    file.write_text(text, encoding="utf-8")
    return import_map(file, settings or {}, skip_unknown=False)


def test_what_the_table_does_not_tell_is_said_and_stands_in_the_map(tmp_path):
    found = written(tmp_path, HEAD + "Voltage L1,0,float,1,V\n")
    assert [sentence.split(";")[0] for sentence in found.assumed] == [
        "kind electricity_meter, from the points",
        "address_base 0, addresses as on the wire",
        "function 3, holding registers",
        "word_order big, the high word first",
        "trust template until the map was compared",
    ]
    assert all(f"# Assumed: {sentence}.\n" in found.text for sentence in found.assumed)
    told = {"kind": "electricity_meter", "address_base": 0, "function": 3, "word_order": "big",
            "trust": "vendor-doc"}  # fmt: skip
    assert written(tmp_path, HEAD + "Voltage L1,0,float,1,V\n", told).assumed == ()


def test_order_is_not_assumed_where_it_does_not_matter(tmp_path):
    found = written(tmp_path, HEAD + "Voltage L1,0,u16,1,V\nVoltage L2,1,float CDAB,1,V\n")
    assert not any("word_order" in sentence for sentence in found.assumed)


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("Supply temp,0,s16,0.1,℃", "Return temp,1,s16,0.1,℃"), "heat_meter"),
        (("源侧进水,0,s16,0.1,℃", "Voltage L1,1,u16,1,V"), "heat_pump"),
    ],
)
def test_kind_is_told_by_the_points(tmp_path, names, kind):
    assert imported(tmp_path, HEAD + "\n".join(names)).kind == kind


@pytest.mark.parametrize("unit", ["power_kw,0,float,1,kW", "buffer_temp_c,0,float,1,℃"])
def test_kind_that_the_points_do_not_tell_must_be_given(tmp_path, unit):
    (mistake,) = mistakes(tmp_path, HEAD.replace("name", "field") + unit)
    assert mistake == (
        "None: kind: the points do not tell what kind of device it is; say it with --kind"
    )


@pytest.mark.parametrize(
    "remark", ["备注: 32位数据低字在前", "All floats: low word first", "order CDAB"]
)
def test_remark_above_the_table_tells_the_order(tmp_path, remark):
    text = f"{remark},,\n{HEAD}Voltage L1,0,float,1,V\n"
    found = written(tmp_path, text)
    assert parse_map(found.text, Path("table.yaml")).word_order == "little"
    assert any("from the remark" in sentence for sentence in found.assumed)
    told = imported(tmp_path, text, {"word_order": "big"})
    assert told.word_order == "big"


def test_remark_of_a_row_tells_its_order(tmp_path):
    found = imported(
        tmp_path,
        "name,address,type,unit,备注\nVoltage L1,0,float,V,低字在前\nVoltage L2,2,float,V,\n",
    )
    assert [register.word_order for register in found.registers] == ["little", None]


def test_addresses_like_40001_need_the_base(tmp_path):
    text = HEAD + "Voltage L1,40001,float,1,V\nVoltage L2,30003,float,1,V\n"
    (mistake,) = mistakes(tmp_path, text)
    assert mistake.startswith("2: address: addresses like 40001 can be meant in two ways")
    by_area = imported(tmp_path, text, {"address_base": 1})
    assert [(r.address, by_area.function_of(r)) for r in by_area.registers] == [(1, 3), (3, 4)]
    as_they_stand = imported(tmp_path, text, {"address_base": 0})
    assert [r.address for r in as_they_stand.registers] == [40001, 30003]
