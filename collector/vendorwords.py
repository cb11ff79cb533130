"""The words of vendors' register tables, English and Chinese, and what they mean in our maps.

Data only. docs/register-maps.md lists the headings; a test compares it with this file.
"""

from __future__ import annotations

from collections.abc import Mapping

from collector.spreadsheet import Headers

MAP_HEADERS: Headers = {
    "field": ["point", "quantity", "tag", "字段", "测点", "点名"],
    "name": ["description", "parameter", "register name", "parameter name", "designation",
             "名称", "参数", "参数名称", "描述", "变量名", "数据内容", "含义"],
    "address": ["register", "register address", "addr", "modbus address", "modbus offset",
                "start address", "reg", "地址", "寄存器", "寄存器地址", "起始地址", "数据地址"],
    "type": ["data type", "format", "data format", "datatype", "encoding", "类型", "数据类型",
             "格式", "数据格式"],
    "unit": ["units", "engineering unit", "uom", "单位"],
    "scale": ["factor", "multiplier", "gain", "resolution", "scaling", "scale factor", "系数",
              "倍率", "比例", "比例系数", "分辨率", "精度", "缩放"],
    "divisor": ["division factor", "divide by", "除数"],
    "add": ["offset", "value offset", "bias", "偏移", "偏移量"],
    "function": ["fc", "function code", "register type", "area", "功能码", "寄存器类型"],
    "order": ["word order", "byte order", "endian", "endianness", "字节序", "字序", "字节顺序"],
    "low": ["min", "minimum", "lower limit", "下限", "最小值"],
    "high": ["max", "maximum", "upper limit", "上限", "最大值"],
    "ratio": ["ct pt", "transformer ratio", "变比"],
    "every": ["cycle", "poll every", "周期", "采集周期"],
    "bits": ["bit", "bit position", "位"],
    "states": ["enumeration", "enum", "value list", "枚举", "取值"],
    "sentinels": ["invalid", "not a value", "invalid value", "无效值"],
    "note": ["notes", "remark", "remarks", "comment", "备注", "说明", "注释"],
}  # fmt: skip
"""Columns of a register table; `address` and one of `field` and `name` must be there."""

DEVICE_HEADERS: Headers = {
    "id": ["device", "device id", "meter", "tag", "编号", "设备编号", "表号"],
    "name_zh": ["chinese name", "名称", "设备名称", "中文名", "中文名称"],
    "name_en": ["name", "english name", "description", "英文名", "英文名称"],
    "bus": ["line", "gateway", "channel", "port", "总线", "网关", "通道", "串口"],
    "unit": ["unit id", "slave", "slave id", "slave address", "modbus id", "station", "从站",
             "从站地址", "站号", "通讯地址"],
    "map": ["model", "register map", "type", "device type", "型号", "设备型号", "点表"],
    "building": ["tower", "建筑", "楼栋", "楼宇"],
    "system": ["category", "系统", "分项"],
    "interval": ["poll interval", "cycle", "采集周期", "周期"],
    "serial": ["serial number", "sn", "序列号", "出厂编号"],
    "ct": ["ct ratio", "current transformer", "电流变比"],
    "pt": ["pt ratio", "vt", "vt ratio", "voltage transformer", "电压变比"],
    "only": ["fields", "points", "测点"],
}  # fmt: skip
"""Columns of a device list; `id`, `bus`, `unit` and `map` must be there."""

TYPES: Mapping[str, str] = {
    "float": "f32", "float32": "f32", "real": "f32", "single": "f32", "ieee754": "f32",
    "f32": "f32", "fp32": "f32", "浮点": "f32", "浮点数": "f32", "浮点型": "f32", "单精度": "f32",
    "单精度浮点": "f32", "单精度浮点数": "f32",
    "double": "f64", "float64": "f64", "lreal": "f64", "f64": "f64", "双精度": "f64",
    "双精度浮点": "f64",
    "u8": "u8", "uint8": "u8", "byte": "u8",
    "u16": "u16", "uint16": "u16", "uint": "u16", "word": "u16", "ushort": "u16",
    "unsigned": "u16", "unsignedshort": "u16", "unsignedint16": "u16", "无符号": "u16",
    "无符号整型": "u16", "无符号整数": "u16", "无符号16位": "u16", "16位无符号": "u16",
    "s16": "s16", "int16": "s16", "int": "s16", "short": "s16", "smallint": "s16", "signed": "s16",
    "有符号": "s16", "有符号整型": "s16", "有符号整数": "s16", "16位有符号": "s16",
    "u32": "u32", "uint32": "u32", "udint": "u32", "dword": "u32", "ulong": "u32",
    "unsignedlong": "u32", "unsignedint32": "u32", "32位无符号": "u32", "无符号长整型": "u32",
    "s32": "s32", "int32": "s32", "dint": "s32", "long": "s32", "integer": "s32",
    "32位有符号": "s32", "长整型": "s32", "有符号长整型": "s32",
    "u64": "u64", "uint64": "u64", "ulint": "u64", "qword": "u64", "64位无符号": "u64",
    "s64": "s64", "int64": "s64", "lint": "s64", "64位有符号": "s64",
    "bcd": "bcd16", "bcd16": "bcd16", "bcd32": "bcd32", "bcd64": "bcd64",
    "bit": "bit", "bool": "bit", "boolean": "bit", "coil": "bit", "discrete": "bit",
    "布尔": "bit", "开关量": "bit",
}  # fmt: skip
"""Types by their normalised spelling."""

FUNCTIONS: Mapping[str, int] = {
    "1": 1, "01": 1, "01h": 1, "0x01": 1, "coil": 1, "coils": 1, "0x": 1, "线圈": 1,
    "2": 2, "02": 2, "02h": 2, "0x02": 2, "discrete": 2, "discreteinput": 2, "1x": 2,
    "离散输入": 2,
    "3": 3, "03": 3, "03h": 3, "0x03": 3, "holding": 3, "holdingregister": 3, "4x": 3,
    "保持寄存器": 3,
    "4": 4, "04": 4, "04h": 4, "0x04": 4, "input": 4, "inputregister": 4, "3x": 4,
    "输入寄存器": 4,
}  # fmt: skip

ORDERS: Mapping[str, tuple[str, str]] = {
    "abcd": ("big", "big"), "cdab": ("little", "big"), "badc": ("big", "little"),
    "dcba": ("little", "little"), "big": ("big", "big"), "little": ("little", "big"),
    "bigendian": ("big", "big"), "littleendian": ("little", "little"), "msw": ("big", "big"),
    "lsw": ("little", "big"), "highwordfirst": ("big", "big"), "lowwordfirst": ("little", "big"),
    "大端": ("big", "big"), "小端": ("little", "little"), "高字在前": ("big", "big"),
    "低字在前": ("little", "big"), "abcdefgh": ("big", "big"), "ghefcdab": ("little", "big"),
    "hgfedcba": ("little", "little"),
}  # fmt: skip
"""Word order and byte order by the way they are written."""

UNITS: Mapping[str, str] = {
    "℃": "°C", "c": "°C", "degc": "°C", "deg c": "°C", "°c": "°C", "摄氏度": "°C", "℉": "°F",
    "°f": "°F", "kw": "kW", "mw": "MW", "w": "W", "kwh": "kWh", "kw·h": "kWh", "kw.h": "kWh",
    "度": "kWh", "mwh": "MWh", "wh": "Wh", "gj": "GJ", "mj": "MJ", "kj": "kJ", "var": "var",
    "kvar": "kvar", "va": "VA", "kva": "kVA", "v": "V", "kv": "kV", "mv": "mV", "a": "A",
    "ma": "mA", "hz": "Hz", "%": "%", "％": "%", "%rh": "%", "m3": "m³", "m^3": "m³", "㎥": "m³",
    "立方米": "m³", "m3/h": "m³/h", "m³/h": "m³/h", "m^3/h": "m³/h", "㎥/h": "m³/h",
    "l": "l", "l/h": "l/h", "l/min": "l/min", "lpm": "l/min", "l/s": "l/s", "pa": "Pa",
    "kpa": "kPa", "mpa": "MPa", "bar": "bar", "mbar": "mbar", "k": "K", "s": "s", "min": "min",
    "h": "h", "hour": "h", "hours": "h", "小时": "h", "w/m2": "W/m²", "w/m²": "W/m²", "-": "1",
    "1": "1", "无": "1", "--": "1", "/": "1",
}  # fmt: skip
"""Units by their spelling in lower case."""

FIELDS: Mapping[str, str] = {
    # electricity
    "ua": "voltage_l1_v", "ub": "voltage_l2_v", "uc": "voltage_l3_v",
    "voltagel1n": "voltage_l1_v", "voltagel2n": "voltage_l2_v", "voltagel3n": "voltage_l3_v",
    "voltagel1": "voltage_l1_v", "voltagel2": "voltage_l2_v", "voltagel3": "voltage_l3_v",
    "phaseavoltage": "voltage_l1_v", "phasebvoltage": "voltage_l2_v",
    "phasecvoltage": "voltage_l3_v", "ia": "current_l1_a", "ib": "current_l2_a",
    "ic": "current_l3_a", "phaseacurrent": "current_l1_a", "phasebcurrent": "current_l2_a",
    "phaseccurrent": "current_l3_a", "pa": "power_l1_kw", "pb": "power_l2_kw", "pc": "power_l3_kw",
    "totalactivepower": "power_kw", "activepowertotal": "power_kw",
    "总有功功率": "power_kw", "三相总有功功率": "power_kw", "有功总功率": "power_kw",
    "totalreactivepower": "reactive_power_kvar", "总无功功率": "reactive_power_kvar",
    "totalapparentpower": "apparent_power_kva", "总视在功率": "apparent_power_kva",
    "totalpowerfactor": "power_factor", "总功率因数": "power_factor", "pf": "power_factor",
    "freq": "frequency_hz", "f": "frequency_hz", "电网频率": "frequency_hz",
    "totalactiveenergyimport": "energy_kwh", "importactiveenergy": "energy_kwh",
    "activeenergyimport": "energy_kwh", "正向有功电能": "energy_kwh",
    "正向有功总电能": "energy_kwh", "总有功电能": "energy_kwh", "总电能": "energy_kwh",
    "totalactiveenergyexport": "energy_export_kwh", "activeenergyexport": "energy_export_kwh",
    "反向有功总电能": "energy_export_kwh",
    # heat
    "power": "power_kw", "energy": "energy_kwh", "heatpower": "heat_kw", "thermalpower": "heat_kw",
    "瞬时热量": "heat_kw", "瞬时热功率": "heat_kw", "heatenergy": "heat_energy_kwh",
    "累计热量": "heat_energy_kwh", "累积热量": "heat_energy_kwh",
    "coolingenergy": "cooling_energy_kwh", "累计冷量": "cooling_energy_kwh",
    "累积冷量": "cooling_energy_kwh", "flowrate": "flow_m3h", "瞬时流量": "flow_m3h",
    "volume": "volume_m3", "累计流量": "volume_m3", "累积流量": "volume_m3",
    "supplytemp": "supply_temp_c", "flowtemperature": "supply_temp_c",
    "进水温度": "supply_temp_c", "returntemp": "return_temp_c", "出水温度": "return_temp_c",
    "温差": "temp_difference_k",
    # heat pump
    "源侧进水": "source_entering_temp_c", "源侧出水": "source_leaving_temp_c",
    "地源侧进水温度": "source_entering_temp_c", "地源侧出水温度": "source_leaving_temp_c",
    "brinein": "source_entering_temp_c", "brineout": "source_leaving_temp_c",
    "负荷侧进水": "load_entering_temp_c", "负荷侧出水": "load_leaving_temp_c",
    "用户侧进水温度": "load_entering_temp_c", "用户侧出水温度": "load_leaving_temp_c",
    "空调侧进水温度": "load_entering_temp_c", "空调侧出水温度": "load_leaving_temp_c",
    "outdoortemp": "outdoor_temp_c", "outsidetemperature": "outdoor_temp_c",
    "室外温度": "outdoor_temp_c", "机组状态": "state", "故障代码": "alarm_code",
    "alarm": "alarm_code", "运行时间": "run_hours_h", "runninghours": "run_hours_h",
}  # fmt: skip
"""Fields by the normalised name that vendors give them; titles of the quantities count as well."""

HEAT_METER_FIELDS: Mapping[str, str] = {
    "power": "heat_kw", "功率": "heat_kw", "energy": "heat_energy_kwh", "热能": "heat_energy_kwh",
}  # fmt: skip
"""Names that mean heat on a heat meter."""
