"""Device lists become the `devices:` part of a site file."""

from __future__ import annotations

import pytest

from collector.deviceimport import import_devices
from collector.errors import ConfigError
from collector.sitefile import load_site

HEAD = "设备编号,设备名称,name,bus,站号,型号,building,电流变比,采集周期\n"
SITE = """
site: {id: s, name: {zh: 站, en: site}}
buildings: [{id: a, name: {zh: 甲, en: A}}]
buses: [{id: b1, kind: tcp, host: 127.0.0.1, port: 5020}]
"""


def written(tmp_path, text):
    file = tmp_path / "list.csv"
    file.write_text(text, encoding="utf-8")
    return import_devices(file)


def test_device_list_completes_a_site_file(tmp_path):
    text = written(
        tmp_path,
        HEAD + "M 01,一号表,Meter 1,b1,1,chint_dtsu666,a,200/5,30s\nM02,二号表,,b1,2,abb_b23,,,\n",
    )
    site = tmp_path / "site.yaml"
    site.write_text(SITE + text, encoding="utf-8")
    first, second = load_site(site).settings.devices
    assert (first.id, first.name.zh, first.name.en) == ("m-01", "一号表", "Meter 1")
    assert (first.ratios, first.interval, first.building) == ({"ct": 40.0}, 30_000, "a")
    assert (second.id, second.name.en, second.unit) == ("m02", "二号表", 2)


def test_every_bad_row_is_named_with_row_and_column(tmp_path):
    with pytest.raises(ConfigError) as caught:
        written(
            tmp_path,
            HEAD + "m1,表,Meter,b1,one,abb_b23,,,\nm2,表,Meter,b1,2,abb_b23,,200/0,\n"
            "m3,表,Meter,b1,2,abb_b23,,,5 minutes\nM1,表,Meter,b1,4,abb_b23,,,\n",
        )
    assert [(p.line, p.key) for p in caught.value.problems] == [
        (2, "站号"), (3, "电流变比"), (4, "采集周期"), (4, "站号"), (5, "设备编号")
    ]  # fmt: skip


def test_list_without_rows_is_a_mistake(tmp_path):
    with pytest.raises(ConfigError, match="no rows"):
        written(tmp_path, HEAD)
