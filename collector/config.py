"""site.yaml: the site, its buses and devices, the broker and the store.

`load_site` reads the file and the register maps it names, checks everything at once and returns
the strict models; every mistake is told with file, line and key. Secrets never stand in the file:
they come from the environment (`GROUNDWATT_…`, or `GROUNDWATT_…_FILE` naming a file).
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from collector.accounts import Account, Factors, Records, Retrofit, Tariff
from collector.alarming import AlarmOverride
from collector.documents import Duration, Mistakes, Strict
from collector.errors import ConfigError, Problem
from collector.model import Device, Point, Site, Title
from collector.registers import MAP_PATTERN, Register, RegisterMap
from collector.topology import Accuracy, Id, Names, Plant
from collector.virtual import health_device, plant_device


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: a folder of zones
        raise ValueError(f"unknown time zone {name!r}; write one like Asia/Shanghai") from error
    return name


CHINESE_ZONES = frozenset(
    {"Asia/Shanghai", "Asia/Chongqing", "Asia/Chungking", "Asia/Harbin", "Asia/Urumqi",
     "Asia/Kashgar", "PRC"}
)  # fmt: skip


class SiteInfo(Strict):
    """Who the site is.

    `calendar` says which days are worked: `cn` by the State Council's notices with their make-up
    days, `plain` Monday to Friday; left out, a time zone of China means `cn`.
    """

    id: Id
    name: Names
    timezone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Shanghai"
    calendar: Literal["cn", "plain"] | None = None

    @property
    def working_calendar(self) -> Literal["cn", "plain"]:
        """Which days are worked, told or by the time zone."""
        return self.calendar or ("cn" if self.timezone in CHINESE_ZONES else "plain")


class Building(Strict):
    """One building; its floor area serves the figures per square metre."""

    id: Id
    name: Names
    area_m2: Annotated[float, Field(gt=0)] | None = None


class Bus(Strict):
    """One physical line: a TCP endpoint, a serial gateway, or a serial port."""

    id: Id
    kind: Literal["tcp", "rtu-over-tcp", "rtu"]
    host: str | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | str | None = None
    baudrate: Annotated[int, Field(ge=300, le=921_600)] = 9600
    parity: Literal["N", "E", "O"] = "N"
    stopbits: Literal[1, 2] = 1
    timeout: Duration = 1000
    pause: Duration = 0
    collector: Id = "main"


class DeviceEntry(Strict):
    """One meter or controller: where it answers, by which map, and where it stands."""

    id: Id
    name: Names
    bus: Id
    unit: Annotated[int, Field(ge=0, le=255)]
    map: Annotated[str, Field(pattern=MAP_PATTERN)]
    building: Id | None = None
    system: Id = "site"
    interval: Duration = 10_000
    every: Mapping[str, Annotated[int, Field(ge=1, le=100_000)]] = Field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = Field(default_factory=dict)
    ratios: Mapping[Literal["ct", "pt"], Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict
    )
    only: tuple[str, ...] | None = None
    word_order: Literal["big", "little"] | None = None
    serial: str | None = None
    accuracy: Accuracy | None = None
    rollover: Mapping[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)


class Tls(Strict):
    """TLS to the broker: certificate files; without `ca` the system's authorities are trusted."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


class Mqtt(Strict):
    """The broker; the password comes from GROUNDWATT_MQTT_PASSWORD."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    username: str | None = None
    tls: Tls | None = None


class Outbox(Strict):
    """The collector's disk outbox."""

    window: Annotated[int, Field(ge=1, le=100_000)] = 2000
    max_bytes: Annotated[int, Field(ge=1_000_000)] = 2 * 1024**3
    resend_after: Duration = 15_000


class SqliteSettings(Strict):
    """The embedded store; a relative path lies in the data directory."""

    kind: Literal["sqlite"]
    path: Path = Path("groundwatt.sqlite")


class InfluxSettings(Strict):
    """InfluxDB 1.x or 2.x; the token or password comes from GROUNDWATT_INFLUX_TOKEN."""

    kind: Literal["influx1", "influx2"]
    url: Annotated[str, Field(pattern=r"^https?://")]
    database: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] = "groundwatt"
    organisation: str | None = None
    username: str | None = None
    timeout: Duration = 10_000

    @model_validator(mode="after")
    def _organised(self) -> InfluxSettings:
        if self.kind == "influx2" and not self.organisation:
            raise Mistakes([(("organisation",), "InfluxDB 2.x needs the name of an organisation")])
        return self

    @property
    def needs_token(self) -> bool:
        """Whether the store cannot be written without the secret from the environment."""
        return self.kind == "influx2" or self.username is not None


StoreSettings = Annotated[SqliteSettings | InfluxSettings, Field(discriminator="kind")]


class SiteFile(Strict):
    """The whole of site.yaml."""

    site: SiteInfo
    buildings: tuple[Building, ...] = ()
    mqtt: Mqtt = Mqtt()
    outbox: Outbox = Outbox()
    store: StoreSettings = SqliteSettings(kind="sqlite")
    buses: tuple[Bus, ...]
    devices: Annotated[tuple[DeviceEntry, ...], Field(min_length=1)]
    plant: Plant | None = None
    accounts: tuple[Account, ...] = ()
    tariffs: tuple[Tariff, ...] = ()
    factors: Factors = Factors()
    retrofits: tuple[Retrofit, ...] = ()
    records: Records = Records()
    alarms: tuple[AlarmOverride, ...] = ()


def site_of(settings: SiteFile, maps: Mapping[str, RegisterMap]) -> Site:
    """Build the site that everything after the configuration works with."""
    devices = {entry.id: device_of(entry, maps[entry.map]) for entry in settings.devices}
    for name in sorted({bus.collector for bus in settings.buses}):
        health = health_device(name)
        devices[health.id] = health
    if settings.plant is not None:
        building = devices[settings.plant.units[0].heat_pump].building
        devices[settings.plant.id] = plant_device(settings.plant, building)
    info = settings.site
    return Site(info.id, Title(info.name.zh, info.name.en), info.timezone, devices)


def device_of(entry: DeviceEntry, register_map: RegisterMap) -> Device:
    """One device with its points: the map's registers, narrowed and ranged by the site file."""
    points = {}
    for register in registers_of(entry, register_map):
        low, high = entry.ranges.get(register.field, (register.low, register.high))
        points[register.field] = Point(
            field=register.field,
            quantity=register.measured,
            low=-math.inf if low is None else low,
            high=math.inf if high is None else high,
            interval_ms=entry.interval * entry.every.get(register.field, register.every),
        )
    return Device(
        id=entry.id,
        kind=register_map.kind,
        title=Title(entry.name.zh, entry.name.en),
        building=entry.building or "",
        system=entry.system,
        interval_ms=entry.interval,
        points=points,
    )


def registers_of(entry: DeviceEntry, register_map: RegisterMap) -> tuple[Register, ...]:
    """Registers of the map that this device uses."""
    if entry.only is None:
        return register_map.registers
    return tuple(r for r in register_map.registers if r.field in entry.only)


def secret(name: str) -> str | None:
    """Secret from the environment: `name` itself, or the file that `name`_FILE names.

    Raises
    ------
    ConfigError
        The file cannot be read.
    """
    if value := os.environ.get(name):
        return value
    if not (path := os.environ.get(f"{name}_FILE")):
        return None
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        problem = Problem(Path(path), None, f"{name}_FILE", f"cannot be read: {error}")
        raise ConfigError([problem]) from error
