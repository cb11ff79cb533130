"""`groundwatt check` as it is typed: what it prints, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from collector import cli
from collector.model import QUANTITIES
from collector.registers import parse_map
from collector.sitefile import shipped_maps

SITE = """\
site: {id: office, name: {zh: 园区, en: Office}}
buses:
  - {id: b1, kind: tcp, host: 10.0.0.1, port: 502}
devices:
  - {id: m1, name: {zh: 表, en: one}, bus: b1, unit: 1, map: eastron_sdm630}
  - {id: m2, name: {zh: 表, en: two}, bus: b1, unit: 2, map: acrel_adw300, only: [power_kw]}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    file = tmp_path / "site.yaml"
    file.write_text(SITE, encoding="utf-8")
    return file


@pytest.fixture
def groundwatt(monkeypatch, capsys):
    """Runs the command line in this process: exit code, standard output, standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["groundwatt", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        output = capsys.readouterr()
        return int(ended.value.code or 0), output.out, output.err

    return run


def test_every_device_is_told_with_requests_registers_and_points(groundwatt, site):
    code, out, _ = groundwatt("check", "--site", site)
    assert code == 0
    assert out.splitlines() == [
        f"{site}: 2 devices on 1 buses",
        "m1\teastron_sdm630\tb1/1\t2 requests, 78 registers, 17 points",
        "m2\tacrel_adw300\tb1/2\t1 requests, 2 registers, 1 points",
        "total\t\t\t3 requests, 80 registers, 18 points",
    ]


def test_requests_are_listed_with_function_address_count_and_fields(groundwatt, site):
    _, out, _ = groundwatt("check", "--site", site, "--requests")
    assert "m1\t4\t248\t2\tvoltage_thd_percent" in out.splitlines()
    assert "m2\t3\t36\t2\tpower_kw" in out.splitlines()


def test_one_object_for_programs(groundwatt, site):
    code, out, _ = groundwatt("check", "--site", site, "--json", "--requests")
    found = json.loads(out)
    assert code == 0
    assert found["total"] == {"devices": 2, "requests": 3, "registers": 80, "points": 18}
    assert found["devices"][1] == {
        "device": "m2", "map": "acrel_adw300", "bus": "b1", "unit": 2, "requests": 1,
        "registers": 2, "points": 1,
        "reads": [{"function": 3, "address": 36, "count": 2, "fields": ["power_kw"]}],
    }  # fmt: skip


def test_mistake_ends_with_2_and_names_file_line_and_key(groundwatt, site):
    site.write_text(SITE.replace("unit: 2", "unit: 1").replace("b1, kind: tcp", "b1, kind: tpc"))
    code, out, err = groundwatt("check", "--site", site)
    assert (code, out) == (2, "")
    assert err.startswith(f"{site}:3: buses[0].kind: Input should be 'tcp'")


def test_mistakes_are_an_object_too(groundwatt, site):
    site.write_text(SITE.replace("unit: 2", "unit: 1"))
    code, out, _ = groundwatt("check", "--site", site, "--json")
    assert code == 2
    assert json.loads(out) == {
        "problems": [
            {"file": str(site), "line": 6, "key": "devices[1].unit",
             "problem": "unit 1 on b1 is already m1"}
        ]
    }  # fmt: skip


def test_shipped_maps_are_listed_with_their_trust(groundwatt):
    _, out, _ = groundwatt("check", "--maps", "--json")
    listed = {row["map"]: row["trust"] for row in json.loads(out)}
    assert set(listed) == set(shipped_maps())
    assert listed["generic_gshp"] == "template"


def test_quantities_are_listed(groundwatt):
    _, out, _ = groundwatt("check", "--quantities")
    assert len(out.splitlines()) == 1 + len(QUANTITIES)
    assert "flow_m3h\tm³/h\tgauge\t流量\tFlow" in out


def test_vendor_table_becomes_a_map_file(groundwatt, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("name,address,type,unit\nVoltage L1,0,float,V\nMoon,2,float,V\n")
    target = tmp_path / "my_meter.yaml"
    code, _, err = groundwatt("check", "--from-csv", table, "-o", target)
    assert (code, target.exists()) == (2, False)
    assert err.startswith(f"{table}:3: name: no quantity is called so")
    code, _, err = groundwatt("check", "--from-csv", table, "--skip-unknown", "-o", target)
    assert code == 0
    assert "left out" in err
    assert parse_map(target.read_text("utf-8"), target).map == "my_meter"
    code, _, err = groundwatt("check", "--from-csv", table, "--skip-unknown", "-o", target)
    assert code == 2
    assert "exists already and is never overwritten" in err


def test_map_and_its_file_have_one_name(groundwatt, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("name,address,type,unit\nVoltage L1,0,float,V\n")
    target = tmp_path / "foo.yaml"
    code, _, err = groundwatt("check", "--from-csv", table, "--map", "other", "-o", target)
    assert (code, target.exists()) == (2, False)
    assert "other.yaml" in err


def test_what_was_assumed_is_told_aside(groundwatt, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("name,address,type,unit\nVoltage L1,0,float,V\n")
    code, out, err = groundwatt("check", "--from-csv", table, "--trust", "vendor-doc")
    assert (code, parse_map(out, Path("table.yaml")).trust) == (0, "vendor-doc")
    assert "assumed: word_order big" in err


def test_two_ways_of_use_exclude_each_other(groundwatt, tmp_path):
    code, _, err = groundwatt("check", "--from-csv", "a.csv", "--devices-from-csv", "b.csv")
    assert code == 2
    assert "exclude" in err


def test_options_go_before_the_table(groundwatt, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("map,other\nname,address,type,unit\nVoltage L1,1,float,V\n")
    _, out, _ = groundwatt(
        "check", "--from-csv", table, "--map", "mine", "--function", 4, "--base", 1,
        "--word-order", "little", "--maker", "We", "--source", "our manual", "--kind", "pump",
    )  # fmt: skip
    found = parse_map(out, Path("mine.yaml"))
    assert (found.map, found.function, found.address_base) == ("mine", 4, 1)
    assert (found.word_order, found.maker, found.kind) == ("little", "We", "pump")
    assert found.source == "our manual"


def test_device_list_becomes_part_of_a_site_file(groundwatt, tmp_path):
    table = tmp_path / "devices.csv"
    table.write_text("id,bus,unit,map\nm1,b1,1,abb_b23\n")
    code, out, _ = groundwatt("check", "--devices-from-csv", table)
    assert code == 0
    assert "devices:\n  - {id: m1, name: {zh: m1, en: m1}, bus: b1, unit: 1, map: abb_b23}" in out


def test_device_list_can_be_appended_to_a_list(groundwatt, tmp_path, site):
    table = tmp_path / "devices.csv"
    table.write_text("id,bus,unit,map\nm3,b1,3,abb_b23\n")
    _, out, _ = groundwatt("check", "--devices-from-csv", table, "--entries-only")
    site.write_text(SITE + out, encoding="utf-8")
    code, out, _ = groundwatt("check", "--site", site)
    assert (code, out.splitlines()[0]) == (0, f"{site}: 3 devices on 1 buses")


def test_missing_token_is_a_warning(groundwatt, site, monkeypatch):
    monkeypatch.delenv("GROUNDWATT_INFLUX_TOKEN", raising=False)
    monkeypatch.delenv("GROUNDWATT_INFLUX_TOKEN_FILE", raising=False)
    site.write_text(SITE + "store: {kind: influx2, url: 'http://127.0.0.1:1', organisation: o}\n")
    code, _, err = groundwatt("check", "--site", site)
    assert code == 0
    assert "GROUNDWATT_INFLUX_TOKEN is not set" in err
    monkeypatch.setenv("GROUNDWATT_INFLUX_TOKEN", "x")
    assert groundwatt("check", "--site", site)[2] == ""


def test_installed_command_ends_with_its_code(site):
    command = [str(Path(sys.executable).with_name("groundwatt")), "check", "--site", str(site)]
    assert subprocess.run(command, check=False, capture_output=True, timeout=60).returncode == 0
    site.write_text("site: 3\n")
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert f"{site}:1: site:" in ended.stderr
