"""An office complex of 30 devices for the pages' tests, with a store that is filled by formula.

The site file is a real one, read by `load_site`; the maps stand beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

from collector.model import QUANTITIES, Device, Kind, Sample
from collector.sitefile import Configuration, load_site
from collector.store.sqlite import SqliteStore

NOW_MS = 1_767_319_200_000
"""2026-01-02 10:00 in Shanghai: a working day in winter."""

FIELDS = {
    "electricity_meter": ["power_kw", "energy_kwh", "voltage_l1_v", "power_factor"],
    "heat_meter": ["heat_kw", "flow_m3h", "supply_temp_c", "return_temp_c", "heat_energy_kwh"],
    "heat_pump": [
        "state", "power_kw", "heat_kw", "source_entering_temp_c", "source_leaving_temp_c",
        "load_entering_temp_c", "load_leaving_temp_c",
    ],
    "pump": ["speed_percent", "power_kw", "head_kpa"],
    "water_meter": ["flow_m3h", "volume_m3"],
    "gas_meter": ["flow_m3h", "volume_m3"],
    "weather": ["outdoor_temp_c", "outdoor_humidity_percent"],
}  # fmt: skip

LEVELS = {
    "power_kw": 60.0, "energy_kwh": 250_000.0, "voltage_l1_v": 229.0, "power_factor": 0.93,
    "heat_kw": 230.0, "flow_m3h": 32.0, "supply_temp_c": 44.0, "return_temp_c": 38.5,
    "heat_energy_kwh": 800_000.0, "state": 2.0, "source_entering_temp_c": 13.8,
    "source_leaving_temp_c": 9.9, "load_entering_temp_c": 38.4, "load_leaving_temp_c": 44.1,
    "speed_percent": 72.0, "head_kpa": 140.0, "volume_m3": 9_000.0, "outdoor_temp_c": 3.0,
    "outdoor_humidity_percent": 66.0,
}  # fmt: skip

DEVICES = [
    ("hp-1", "热泵机组1", "Heat pump 1", "heat_pump", "plant", "heat-pumps"),
    ("hp-2", "热泵机组2", "Heat pump 2", "heat_pump", "plant", "heat-pumps"),
    ("hp-3", "热泵机组3", "Heat pump 3", "heat_pump", "plant", "heat-pumps"),
    ("pump-source-1", "源侧泵1", "Source pump 1", "pump", "plant", "source-loop"),
    ("pump-source-2", "源侧泵2", "Source pump 2", "pump", "plant", "source-loop"),
    ("pump-load-1", "负荷侧泵1", "Load pump 1", "pump", "plant", "load-loop"),
    ("pump-load-2", "负荷侧泵2", "Load pump 2", "pump", "plant", "load-loop"),
    ("heat-ground", "地源侧热量表", "Ground loop", "heat_meter", "plant", "source-loop"),
    ("heat-plant", "热泵站热量表", "Plant output", "heat_meter", "plant", "load-loop"),
    ("em-plant", "热泵站总表", "Plant supply", "electricity_meter", "plant", "plant"),
    ("em-main", "总进线电表", "Main supply", "electricity_meter", "", "incomer"),
    ("water-main", "总水表", "Main water", "water_meter", "", "site"),
    ("gas-main", "总燃气表", "Main gas", "gas_meter", "", "site"),
    ("weather", "屋顶气象站", "Roof weather station", "weather", "", "site"),
]
for _tower, _name in (("tower-a", "A座"), ("tower-b", "B座")):
    _en = _tower.replace("-", " ").title()
    DEVICES += [
        (f"em-{_tower}-{n}", f"{_name}{zh}", f"{_en} {en}", "electricity_meter", _tower, system)
        for n, (zh, en, system) in enumerate(
            [
                ("照明插座", "lighting and sockets", "lighting-sockets"),
                ("空调末端", "air handlers", "hvac"),
                ("电梯动力", "lifts", "power"),
                ("数据机房", "server room", "special"),
            ]
        )
    ]
    DEVICES += [
        (f"heat-{_tower}", f"{_name}热量表", f"{_en} heat", "heat_meter", _tower, "hvac"),
        (f"water-{_tower}", f"{_name}水表", f"{_en} water", "water_meter", _tower, "water"),
    ]


def write_office(directory: Path, store: str = "") -> Path:
    """Write site.yaml and its maps; `store` is a line of the site file."""
    (directory / "maps").mkdir(parents=True, exist_ok=True)
    for kind, fields in FIELDS.items():
        (directory / "maps" / f"test_{kind}.yaml").write_text(_map(kind, fields))
    lines = ["site: {id: office, name: {zh: 梧桐办公园区, en: Wutong Office Park}}"]
    lines += [store] if store else []
    lines += ["buildings:"]
    for name, zh, en in (
        ("plant", "热泵站", "Plant room"), ("tower-a", "A座", "Tower A"),
        ("tower-b", "B座", "Tower B"),
    ):  # fmt: skip
        lines.append(f"  - {{id: {name}, name: {{zh: {zh}, en: {en}}}}}")
    lines += ["buses: [{id: gateway, kind: tcp, host: 127.0.0.1, port: 5020}]", "devices:"]
    for unit, (name, zh, en, kind, building, system) in enumerate(DEVICES, start=1):
        place = f"building: {building}, " if building else ""
        lines.append(
            f"  - {{id: {name}, name: {{zh: {zh}, en: {en}}}, bus: gateway, unit: {unit}, "
            f"map: test_{kind}, {place}system: {system}, interval: 10s}}"
        )
    site = directory / "site.yaml"
    site.write_text("\n".join(lines) + "\n")
    return site


def _map(kind: str, fields: Iterable[str]) -> str:
    lines = [
        f"map: test_{kind}", f"kind: {kind}", "maker: groundwatt tests", "models: [test]",
        "source: tests/dashboards/office.py", "trust: field-verified", "address_base: 0",
        "function: 3", "registers:",
    ]  # fmt: skip
    for place, name in enumerate(fields):
        unit = QUANTITIES[name].unit
        every = ", every: 6" if QUANTITIES[name].kind is Kind.COUNTER else ""
        lines.append(
            f'  - {{field: {name}, address: {2 * place}, type: f32, unit: "{unit or 1}", '
            f"low: -1000, high: 10000000{every}}}"
        )
    return "\n".join(lines) + "\n"


def office(directory: Path, store: str = "") -> Configuration:
    """The configuration of the office complex, read from its site file."""
    return load_site(write_office(directory, store))


def sample(device: Device, at: int, seq: int = 1, **flags: str) -> Sample:
    """The sample that a device gives in a slot: every due field by formula."""
    phase = sum(device.id.encode()) % 97
    day = math.sin(2 * math.pi * (at / 86_400_000 + phase / 400))
    values = {
        name: round(LEVELS.get(name, 5.0) * (1 + 0.1 * day) + (at // 10_000 % 7) * 0.01, 3)
        for name in device.due(at)
    }
    values |= {name: 2.0 for name in values if name == "state"}
    spoken = {name.replace("all_fields", "*"): flag for name, flag in flags.items()}
    if "*" in spoken:
        values = {}
    return Sample(device.id, at, "testrun1", seq, 20 + phase, values, spoken)


def store_of(configuration: Configuration, directory: Path) -> SqliteStore:
    """An embedded store for the site, not opened yet."""
    site = configuration.site
    return SqliteStore(directory / "office.sqlite", site.devices.values(), site.id)
