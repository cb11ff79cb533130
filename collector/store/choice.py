"""Which stores the site file asks for; the drivers are imported only when they are needed.

Raw data and roll-ups lie apart, in two files, databases or buckets: retention belongs to those.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from collector.config import InfluxSettings, secret
from collector.model import Device
from collector.sitefile import Configuration
from collector.store import Store
from collector.store.rollups import WIDTHS, rollup_device

_ROLLUP = "_rollup"


def store_for(configuration: Configuration, data: Path) -> Store:
    """Build the store of a site, not opened yet.

    Raises
    ------
    ConfigError
        A secret's file cannot be read.
    """
    return _store(configuration, data, configuration.site.devices.values(), "")


def rollup_stores_for(configuration: Configuration, data: Path) -> Mapping[str, Store]:
    """Build the stores of a site's roll-ups by width (15min, 1h, 1d), not opened yet.

    They share one file beside the raw data's, or the database or bucket of the same name with
    `_rollup` at its end.

    Raises
    ------
    ConfigError
        A secret's file cannot be read.
    """
    devices = configuration.site.devices.values()
    return {
        width: _store(
            configuration, data, [rollup_device(device, width) for device in devices], _ROLLUP
        )
        for width in WIDTHS
    }


def _store(
    configuration: Configuration, data: Path, devices: Iterable[Device], ending: str
) -> Store:
    """Build a store for these devices whose name has this ending."""
    settings = configuration.settings.store
    site = configuration.site.id
    if not isinstance(settings, InfluxSettings):
        from collector.store.sqlite import SqliteStore

        path = data / settings.path
        return SqliteStore(path.with_stem(path.stem + ending), devices, site)
    from collector.store.influx import InfluxStore

    token = secret("GROUNDWATT_INFLUX_TOKEN")
    return InfluxStore(
        settings.url,
        settings.database + ending,
        site,
        devices,
        version=2 if settings.kind == "influx2" else 1,
        organisation=settings.organisation,
        token=token,
        username=settings.username,
        password=token,
        timeout_s=settings.timeout / 1000,
    )
