"""The central types: what is measured, where, and one poll's worth of values.

Quantities are declared here and nowhere else: a field's unit is part of its name, the kind says
whether differences (counter), means (gauge) or codes (state) make sense. No I/O lives here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """How the values of a quantity behave over time."""

    GAUGE = "gauge"
    COUNTER = "counter"
    STATE = "state"


class OperatingState(IntEnum):
    """What a heat pump or plant does; the codes stored in `state`."""

    OFF = 0
    STANDBY = 1
    HEAT = 2
    COOL = 3
    DHW = 4
    SIMULTANEOUS = 5
    FREE_COOLING = 6
    DEFECT = 7


@dataclass(frozen=True, slots=True)
class Title:
    """A name for people, in the two languages of the plant."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """One kind of measured value: its name (ending in the unit), canonical unit and behaviour."""

    name: str
    unit: str
    kind: Kind
    title: Title


def _table(rows: Iterable[tuple[str, str, Kind, str, str]]) -> Mapping[str, Quantity]:
    return MappingProxyType(
        {name: Quantity(name, unit, kind, Title(zh, en)) for name, unit, kind, zh, en in rows}
    )


_G, _C, _S = Kind.GAUGE, Kind.COUNTER, Kind.STATE

QUANTITIES: Mapping[str, Quantity] = _table(
    [
        # electricity
        ("power_kw", "kW", _G, "有功功率", "Active power"),
        ("power_l1_kw", "kW", _G, "A相有功功率", "Active power L1"),
        ("power_l2_kw", "kW", _G, "B相有功功率", "Active power L2"),
        ("power_l3_kw", "kW", _G, "C相有功功率", "Active power L3"),
        ("reactive_power_kvar", "kvar", _G, "无功功率", "Reactive power"),
        ("apparent_power_kva", "kVA", _G, "视在功率", "Apparent power"),
        ("power_factor", "", _G, "功率因数", "Power factor"),
        ("voltage_l1_v", "V", _G, "A相电压", "Voltage L1-N"),
        ("voltage_l2_v", "V", _G, "B相电压", "Voltage L2-N"),
        ("voltage_l3_v", "V", _G, "C相电压", "Voltage L3-N"),
        ("voltage_thd_percent", "%", _G, "电压总谐波畸变率", "Voltage THD"),
        ("current_l1_a", "A", _G, "A相电流", "Current L1"),
        ("current_l2_a", "A", _G, "B相电流", "Current L2"),
        ("current_l3_a", "A", _G, "C相电流", "Current L3"),
        ("frequency_hz", "Hz", _G, "频率", "Frequency"),
        ("energy_kwh", "kWh", _C, "有功电能", "Active energy"),
        ("energy_export_kwh", "kWh", _C, "反向有功电能", "Active energy exported"),
        # heat, water, gas
        ("heat_kw", "kW", _G, "热功率", "Heat rate"),
        ("heat_energy_kwh", "kWh", _C, "热量", "Heat"),
        ("cooling_energy_kwh", "kWh", _C, "冷量", "Cooling"),
        ("flow_m3h", "m³/h", _G, "流量", "Flow"),
        ("volume_m3", "m³", _C, "体积", "Volume"),
        ("supply_temp_c", "°C", _G, "供水温度", "Supply temperature"),
        ("return_temp_c", "°C", _G, "回水温度", "Return temperature"),
        ("temp_difference_k", "K", _G, "供回水温差", "Temperature difference"),
        # heat pump
        ("source_entering_temp_c", "°C", _G, "源侧进水温度", "Source entering temperature"),
        ("source_leaving_temp_c", "°C", _G, "源侧出水温度", "Source leaving temperature"),
        ("load_entering_temp_c", "°C", _G, "负荷侧进水温度", "Load entering temperature"),
        ("load_leaving_temp_c", "°C", _G, "负荷侧出水温度", "Load leaving temperature"),
        ("source_flow_m3h", "m³/h", _G, "源侧流量", "Source flow"),
        ("load_flow_m3h", "m³/h", _G, "负荷侧流量", "Load flow"),
        ("condenser_temp_c", "°C", _G, "冷凝温度", "Condenser temperature"),
        ("discharge_temp_c", "°C", _G, "排气温度", "Discharge temperature"),
        ("suction_temp_c", "°C", _G, "吸气温度", "Suction temperature"),
        ("compressor_hz", "Hz", _G, "压缩机频率", "Compressor frequency"),
        ("load_percent", "%", _G, "负荷率", "Load"),
        ("source_pump_percent", "%", _G, "源侧泵转速", "Source pump speed"),
        ("load_pump_percent", "%", _G, "负荷侧泵转速", "Load pump speed"),
        ("hot_water_temp_c", "°C", _G, "生活热水温度", "Hot water temperature"),
        ("buffer_temp_c", "°C", _G, "缓冲水箱温度", "Buffer temperature"),
        ("heat_setpoint_c", "°C", _G, "供热设定温度", "Heating set-point"),
        ("cooling_setpoint_c", "°C", _G, "供冷设定温度", "Cooling set-point"),
        ("state", "", _S, "运行状态", "Operating state"),
        ("alarm_code", "", _S, "报警代码", "Alarm code"),
        ("status_code", "", _S, "状态代码", "Status code"),
        ("starts", "", _C, "启动次数", "Starts"),
        ("run_hours_h", "h", _C, "运行小时", "Run hours"),
        # plant, computed live
        ("source_heat_kw", "kW", _G, "源侧取热功率", "Heat taken from the source"),
        ("cop_level1", "", _G, "性能系数（H1/C1边界）", "COP at H1/C1"),
        ("cop_level2", "", _G, "性能系数（H2/C2边界）", "COP at H2/C2"),
        ("cop_level3", "", _G, "性能系数（H3/C3边界）", "COP at H3/C3"),
        ("cop_level4", "", _G, "性能系数（H4/C4边界）", "COP at H4/C4"),
        ("cop_uncertainty", "", _G, "性能系数扩展不确定度", "Expanded uncertainty of COP"),
        ("lift_k", "K", _G, "温升", "Lift"),
        # pump
        ("speed_percent", "%", _G, "转速", "Speed"),
        ("head_kpa", "kPa", _G, "扬程", "Head"),
        ("pressure_kpa", "kPa", _G, "压力", "Pressure"),
        # weather
        ("outdoor_temp_c", "°C", _G, "室外温度", "Outdoor temperature"),
        ("outdoor_humidity_percent", "%", _G, "室外相对湿度", "Outdoor humidity"),
        ("irradiance_wm2", "W/m²", _G, "太阳总辐照度", "Global irradiance"),
        # the collector's own health
        ("devices", "", _G, "设备数", "Devices"),
        ("devices_silent", "", _G, "无应答设备数", "Silent devices"),
        ("slots", "", _C, "采集时隙数", "Slots"),
        ("answered", "", _C, "应答数", "Answered"),
        ("missed", "", _C, "错过的时隙数", "Missed slots"),
        ("refused", "", _C, "被拒样本数", "Refused samples"),
        ("dropped", "", _C, "丢弃样本数", "Dropped samples"),
        ("outbox_depth", "", _G, "待发样本数", "Samples waiting"),
        ("outbox_bytes", "B", _G, "待发数据量", "Outbox size"),
        ("latency_ms", "ms", _G, "应答时延", "Answer latency"),
        ("reconnects", "", _C, "重连次数", "Reconnects"),
    ]
)

DEVICE_KINDS: Mapping[str, Title] = MappingProxyType(
    {
        "electricity_meter": Title("电表", "Electricity meter"),
        "heat_meter": Title("热量表", "Heat meter"),
        "water_meter": Title("水表", "Water meter"),
        "gas_meter": Title("燃气表", "Gas meter"),
        "heat_pump": Title("热泵机组", "Heat pump"),
        "pump": Title("水泵", "Pump"),
        "weather": Title("气象站", "Weather station"),
        "plant": Title("热泵站", "Plant"),
        "collector": Title("采集器", "Collector"),
    }
)

ALL_FIELDS = "*"
"""The key in a sample's flags that speaks for every field due in the slot."""


@dataclass(frozen=True, slots=True)
class Point:
    """One value of one device: its field, what it measures, its plausible range and its rhythm."""

    field: str
    quantity: Quantity
    low: float
    high: float
    interval_ms: int


@dataclass(frozen=True, slots=True)
class Device:
    """One meter or controller of the site, with its points by field."""

    id: str
    kind: str
    title: Title
    building: str
    system: str
    interval_ms: int
    points: Mapping[str, Point]

    def due(self, at: int) -> tuple[str, ...]:
        """Fields that are polled in the slot `at` [ms since epoch, UTC]."""
        return tuple(name for name, p in self.points.items() if at % p.interval_ms == 0)


@dataclass(frozen=True, slots=True)
class Site:
    """The site as every part of the product sees it."""

    id: str
    title: Title
    timezone: str
    devices: Mapping[str, Device]


@dataclass(frozen=True, slots=True)
class Sample:
    """What one device delivered in one slot: polled, sent and stored as one.

    Parameters
    ----------
    device : str
        Device id.
    at : int
        Poll slot, aligned to the device's interval. [ms since epoch, UTC]
    run : str
        Identifier of the collector's run.
    seq : int
        Counts up by one per device within a run.
    lag : int
        From the slot to the device's answer. [ms]
    values : mapping of str to float
        Canonical units; only fields that have a value.
    flags : mapping of str to str
        ``uncertain:<reason>`` keeps the value, ``bad:<reason>`` has none; ``*`` speaks for all.
    """

    device: str
    at: int
    run: str
    seq: int
    lag: int
    values: Mapping[str, float]
    flags: Mapping[str, str] = field(default_factory=dict)

    @property
    def answered(self) -> bool:
        """Whether the device delivered anything at all in this slot."""
        return ALL_FIELDS not in self.flags


@dataclass(frozen=True, slots=True)
class Reading:
    """One point's view of a sample."""

    at: int
    value: float | None
    flag: str

    @property
    def good(self) -> bool:
        """A value without reservation."""
        return self.value is not None and not self.flag


def reading(sample: Sample, name: str) -> Reading:
    """One field of a sample, with the flag that concerns it; a bad value is no value."""
    flag = sample.flags.get(name) or sample.flags.get(ALL_FIELDS, "")
    value = None if flag.startswith("bad:") else sample.values.get(name)
    return Reading(sample.at, value, flag)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something worth a person's attention, with the numbers behind it."""

    code: str
    severity: str
    sentence: Title
    evidence: Mapping[str, float | str] = field(default_factory=dict)
