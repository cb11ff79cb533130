"""Which store the site file asks for; the drivers are imported only when they are needed."""

from __future__ import annotations

from pathlib import Path

from collector.config import InfluxSettings, secret
from collector.sitefile import Configuration
from collector.store import Store


def store_for(configuration: Configuration, data: Path) -> Store:
    """Build the store of a site, not opened yet.

    Raises
    ------
    ConfigError
        A secret's file cannot be read.
    """
    settings = configuration.settings.store
    site = configuration.site
    devices = site.devices.values()
    if not isinstance(settings, InfluxSettings):
        from collector.store.sqlite import SqliteStore

        return SqliteStore(data / settings.path, devices, site.id)
    from collector.store.influx import InfluxStore

    token = secret("GROUNDWATT_INFLUX_TOKEN")
    return InfluxStore(
        settings.url,
        settings.database,
        site.id,
        devices,
        version=2 if settings.kind == "influx2" else 1,
        organisation=settings.organisation,
        token=token,
        username=settings.username,
        password=token,
        timeout_s=settings.timeout / 1000,
    )
