"""What the plant, accounts and retrofits of site.yaml refer to: it must exist and fit.

Pure: the parsed file and its register maps in, mistakes out through `wrong`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from collector.accounts import Account, Medium, Retrofit, Tariff
from collector.config import DeviceEntry, SiteFile
from collector.documents import KeyPath, Strict
from collector.registers import RegisterMap
from collector.topology import Consumers, Plant

Wrong = Callable[[KeyPath, str], None]

KIND_OF_MEDIUM: Mapping[Medium, str] = {
    "electricity": "electricity_meter", "heat": "heat_meter", "cooling": "heat_meter",
    "water": "water_meter", "gas": "gas_meter",
}  # fmt: skip
"""Device kind that counts each medium."""

_CONSUMERS = (
    "source_pumps", "load_pumps", "backup_heater", "auxiliary_cooling", "controls", "distribution",
)  # fmt: skip
_CIRCUITS = ("source", "load", "hot_water")
_OF_UNIT = {
    "heat_pump": "heat_pump", "electricity": "electricity_meter", "heat_meter": "heat_meter",
    "source_heat_meter": "heat_meter",
}  # fmt: skip
_OF_CIRCUIT = {"heat_meter": "heat_meter"}
_OF_PLANT = {"whole": "electricity_meter", "outdoor": "weather"}
_OF_RETROFIT = {"outdoor": "weather"}
Reference = tuple[KeyPath, str, str]
"""Where it stands, the device that is named, the kind that it must have."""


def check_references(settings: SiteFile, maps: Mapping[str, RegisterMap], wrong: Wrong) -> None:
    """Report every reference to a device or building that does not exist or does not fit."""
    kinds = {entry.id: maps[entry.map].kind for entry in settings.devices if entry.map in maps}
    named = {entry.id for entry in settings.devices}
    for path, device, kind in _references(settings):
        if device not in named:
            wrong(path, f"there is no device {device!r}")
        elif kinds.get(device, kind) != kind:
            wrong(path, f"{device} is of the kind {kinds[device]}, not {kind}")
    if settings.plant is not None and settings.plant.id in named:
        wrong(("plant", "id"), f"{settings.plant.id!r} is a device already; the plant is one too")
    buildings = {building.id for building in settings.buildings}
    for place, served in enumerate(settings.plant.serves if settings.plant else ()):
        if served.building not in buildings:
            path = ("plant", "serves", place, "building")
            wrong(path, f"there is no building {served.building!r}")
    _unique((retrofit.id for retrofit in settings.retrofits), "retrofits", wrong)
    _unique((tariff.id for tariff in settings.tariffs), "tariffs", wrong)
    _check_succession(settings.tariffs, wrong)
    _check_items(settings.accounts, wrong)
    _check_alarms(settings, wrong)
    for index, entry in enumerate(settings.devices):
        _check_rollover(entry, index, maps, wrong)
    for index, retrofit in enumerate(settings.retrofits):
        if retrofit.option == "B" and settings.plant is None:
            wrong(("retrofits", index, "option"), "option B needs the plant of the site")


def _references(settings: SiteFile) -> Iterator[Reference]:
    if settings.plant is not None:
        yield from _of_plant(settings.plant)
    for index, account in enumerate(settings.accounts):
        yield from _of_account(account, ("accounts", index))
    for index, retrofit in enumerate(settings.retrofits):
        yield from _of_retrofit(retrofit, ("retrofits", index))


def _of_plant(plant: Plant) -> Iterator[Reference]:
    for index, unit in enumerate(plant.units):
        yield from _some(unit, _OF_UNIT, ("plant", "units", index))
    for name in _CIRCUITS:
        yield from _some(getattr(plant, name), _OF_CIRCUIT, ("plant", name))
    for name in _CONSUMERS:
        yield from _of_consumers(getattr(plant, name), ("plant", name))
    yield from _some(plant, _OF_PLANT, ("plant",))
    for index, served in enumerate(plant.serves):
        yield from _some(served, _OF_CIRCUIT, ("plant", "serves", index))


def _of_consumers(consumers: Consumers | None, path: KeyPath) -> Iterator[Reference]:
    if consumers is None:
        return
    yield from _all(consumers.electricity, (*path, "electricity"), "electricity_meter")
    yield from _all(consumers.pumps, (*path, "pumps"), "pump")


def _of_account(account: Account, path: KeyPath) -> Iterator[Reference]:
    kind = KIND_OF_MEDIUM[account.medium]
    yield from _all(account.meters, (*path, "meters"), kind)
    for index, item in enumerate(account.items):
        yield from _all(item.meters, (*path, "items", index, "meters"), kind)
        yield from _all(item.less, (*path, "items", index, "less"), kind)


def _of_retrofit(retrofit: Retrofit, path: KeyPath) -> Iterator[Reference]:
    yield from _all(retrofit.meters, (*path, "meters"), KIND_OF_MEDIUM[retrofit.medium])
    yield from _some(retrofit, _OF_RETROFIT, path)


def _some(part: Strict | None, keys: Mapping[str, str], path: KeyPath) -> Iterator[Reference]:
    """References under keys that need not be there."""
    for key, kind in keys.items():
        if device := getattr(part, key, None):
            yield (*path, key), device, kind


def _all(devices: Sequence[str], path: KeyPath, kind: str) -> Iterator[Reference]:
    for index, device in enumerate(devices):
        yield (*path, index), device, kind


def _unique(ids: Iterable[str], part: str, wrong: Wrong) -> None:
    seen: set[str] = set()
    for index, name in enumerate(ids):
        if name in seen:
            wrong((part, index, "id"), f"the id {name!r} stands twice")
        seen.add(name)


def _check_succession(tariffs: Sequence[Tariff], wrong: Wrong) -> None:
    """Of two tariffs that begin on one day and share a month, nobody could tell which holds."""
    for index, tariff in enumerate(tariffs):
        for other in tariffs[:index]:
            alike = tariff.medium == other.medium and tariff.valid_from == other.valid_from
            shared = set(tariff.months) & set(other.months)
            if alike and (shared or not (tariff.months or other.months)):
                wording = f"{other.id} begins on the same day for the same months"
                wrong(("tariffs", index, "valid_from"), wording)


def _check_items(accounts: Sequence[Account], wrong: Wrong) -> None:
    for index, account in enumerate(accounts):
        codes = [item.code for item in account.items]
        for place, code in enumerate(codes):
            if code in codes[:place]:
                path = ("accounts", index, "items", place, "code")
                wrong(path, f"the item {code} stands twice")


def _check_alarms(settings: SiteFile, wrong: Wrong) -> None:
    named = {entry.id for entry in settings.devices} | {bus.id for bus in settings.buses}
    named |= {f"collector-{bus.collector}" for bus in settings.buses}
    named |= {settings.plant.id} if settings.plant is not None else set()
    for index, override in enumerate(settings.alarms):
        for place, name in enumerate(override.only):
            if name not in named:
                wording = f"there is no device, bus or collector {name!r}"
                wrong(("alarms", index, "only", place), wording)


def _check_rollover(
    entry: DeviceEntry, index: int, maps: Mapping[str, RegisterMap], wrong: Wrong
) -> None:
    its_map = maps.get(entry.map)
    fields = {register.field for register in its_map.registers} if its_map else set(entry.rollover)
    for name in entry.rollover:
        if name not in fields:
            wrong(("devices", index, "rollover", name), f"map {entry.map} has no field {name!r}")
