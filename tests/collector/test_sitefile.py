"""The site file: every mistake with file, line and key, and nothing but ConfigError ever."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.errors import ConfigError, Problem
from collector.sitefile import find_map, load_map, load_site

SITE = """\
site:
  id: office
  name: {zh: 园区, en: Office}
buildings:
  - {id: tower-a, name: {zh: 甲, en: A}, area_m2: 30000}
mqtt: {host: 127.0.0.1, port: 1883, username: gw, tls: {ca: /etc/ca.pem}}
outbox: {window: 2000, resend_after: 15s}
store: {kind: sqlite}
buses:
  - {id: b1, kind: tcp, host: 10.0.0.1, port: 502}
  - {id: b2, kind: rtu-over-tcp, host: 10.0.0.2, port: 4001, timeout: 800ms}
  - {id: b3, kind: rtu, port: /dev/ttyUSB0, baudrate: 19200, parity: E}
devices:
  - {id: m1, name: {zh: 表, en: one}, bus: b1, unit: 1, map: eastron_sdm630, building: tower-a}
  - {id: m2, name: {zh: 表, en: two}, bus: b2, unit: 1, map: chint_dtsu666, ratios: {ct: 40}}
  - id: m3
    name: {zh: 表, en: three}
    bus: b3
    unit: 7
    map: abb_b23
    interval: 30s
    every: {energy_kwh: 2}
    ranges: {power_kw: [-10, 10]}
    only: [power_kw, energy_kwh]
"""


def mistakes(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "site.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_site(file)
    return [f"{p.line}: {p.key}: {p.problem}" for p in caught.value.problems]


def changed(before: str, after: str) -> str:
    assert SITE.count(before) == 1, before
    return SITE.replace(before, after)


def test_valid_site_is_read_with_its_maps(tmp_path):
    file = tmp_path / "site.yaml"
    file.write_text(SITE, encoding="utf-8")
    configuration = load_site(file)
    assert set(configuration.maps) == {"eastron_sdm630", "chint_dtsu666", "abb_b23"}
    point = configuration.site.devices["m3"].points["energy_kwh"]
    assert (point.interval_ms, point.high) == (60_000, 1e9)
    assert configuration.site.devices["m3"].points["power_kw"].high == 10
    assert configuration.entry("m2").ratios == {"ct": 40}
    assert configuration.bus("b3").parity == "E"


@pytest.mark.parametrize(
    ("before", "after", "mistake"),
    [
        ("area_m2: 30000", "area_m2: 30000, hue: 3", "5: buildings[0].hue: unknown key"),
        ("unit: 7", "unit: seven", "19: devices[2].unit: Input should be a valid integer"),
        ("id: m2", "id: m1", "15: devices[1].id: the id 'm1' stands twice"),
        ("id: b2", "id: b1", "11: buses[1].id: the id 'b1' stands twice"),
        ("bus: b2, unit: 1", "bus: b1, unit: 1", "15: devices[1].unit: unit 1 on b1 is already m1"),
        ("map: abb_b23", "map: abb_b99", "20: devices[2].map: there is no map 'abb_b99'"),
        ("bus: b3", "bus: b9", "18: devices[2].bus: there is no bus 'b9'"),
        ("building: tower-a", "building: tower-z",
         "14: devices[0].building: there is no building 'tower-z'"),
        ("interval: 30s", "interval: 7s", "21: devices[2].interval: must divide a day evenly"),
        ("interval: 30s", "interval: 0s", "21: devices[2].interval: must divide a day evenly"),
        ("energy_kwh: 2", "energy: 2", "22: devices[2].every.energy: map abb_b23 has no field"),
        ("[-10, 10]", "[10, -10]", "23: devices[2].ranges.power_kw: the lower end must be below"),
        ("only: [power_kw, energy_kwh]", "only: []", "24: devices[2].only: no field is left"),
        ("only: [power_kw, energy_kwh]", "only: [energy_kwh]",
         "22: devices[2].every: at least one field must be polled in every slot"),
        ("ratios: {ct: 40}", "ratios: {ct: 0}",
         "15: devices[1].ratios.ct: Input should be greater than 0 (found 0)"),
        ("  id: office\n", "  id: office\n  timezone: Asia\n",
         "3: site.timezone: unknown time zone 'Asia'; write one like Asia/Shanghai"),
        ("building: tower-a", "ratios: {ct: 2}",
         "14: devices[0].ratios.ct: map eastron_sdm630 multiplies nothing by ct"),
        ("unit: 7", "unit: 0", "19: devices[2].unit: 0 speaks to all"),
        ("unit: 7", "unit: 250", "19: devices[2].unit: on a serial line units go from 1 to 247"),
        ("host: 10.0.0.1, ", "", "10: buses[0].port: a tcp bus needs `host` and a TCP `port`"),
        ("port: /dev/ttyUSB0", "port: 502", "12: buses[2].port: an rtu bus has a serial `port`"),
        ("host: 10.0.0.2, port: 4001", "host: 10.0.0.2, port: 4001, collector: analyse",
         "11: buses[1].collector: analyse is the name of groundwatt's own figures"),
        ("host: 10.0.0.2, port: 4001", "host: 10.0.0.1, port: 502",
         "11: buses[1].port: the same line as bus b1"),
        ("store: {kind: sqlite}", "store: {kind: sqlite, paths: x}", "8: store.paths: unknown key"),
        ("store: {kind: sqlite}", "store: {kind: oracle}", "8: store: unknown kind 'oracle'"),
        ("id: office", "id: The Office", "2: site.id: must be lower-case letters"),
        ("  id: office\n", "", "1: site.id: the key is missing"),
        ("map: abb_b23", "map: ../../etc/passwd", "20: devices[2].map: must be lower-case"),
    ],
)  # fmt: skip
def test_mistake_is_told_with_line_and_key(tmp_path, before, after, mistake):
    found = mistakes(tmp_path, changed(before, after))
    assert any(text.startswith(mistake) for text in found), found
    assert len(found) <= 2


def test_map_that_is_missing_is_told_with_the_folder_of_own_maps(tmp_path):
    (found,) = mistakes(tmp_path, changed("map: abb_b23", "map: abb_b99"))
    assert f"no {tmp_path / 'maps' / 'abb_b99.yaml'}; shipped: abb_b23, " in found


def test_all_mistakes_are_told_at_once(tmp_path):
    text = changed("id: m2", "id: m1").replace("bus: b3", "bus: b9")
    assert len(mistakes(tmp_path, text)) == 2


def test_site_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_site(tmp_path / "site.yaml")


def test_map_beside_the_site_file_goes_before_the_shipped_one(tmp_path):
    own = tmp_path / "maps" / "eastron_sdm630.yaml"
    own.parent.mkdir()
    shipped = find_map("eastron_sdm630")
    assert shipped is not None
    own.write_text(shipped.read_text("utf-8").replace("maker: Eastron", "maker: Ours"), "utf-8")
    (tmp_path / "site.yaml").write_text(SITE, encoding="utf-8")
    assert load_site(tmp_path / "site.yaml").maps["eastron_sdm630"].maker == "Ours"


def test_mistake_in_a_map_is_told_in_its_file(tmp_path):
    own = tmp_path / "maps" / "abb_b23.yaml"
    own.parent.mkdir()
    own.write_text("map: abb_b23\nkind: teapot\n")
    found = mistakes(tmp_path, SITE)
    assert any(text.startswith("2: kind: unknown kind") for text in found)


def test_map_must_be_called_like_its_file(tmp_path):
    shipped = find_map("abb_b23")
    assert shipped is not None
    copied = tmp_path / "abb_copy.yaml"
    copied.write_text(shipped.read_text("utf-8"), "utf-8")
    with pytest.raises(ConfigError, match="called 'abb_b23', its file 'abb_copy'"):
        load_map(copied)


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(), st.text(max_size=8),
    st.lists(st.integers(), max_size=3), st.dictionaries(st.text(max_size=4), st.none()),
    st.sampled_from(["b1", "m1", "0s", "1d", "off", "../x", "\x00", "power_kw", "eastron_sdm630"]),
)  # fmt: skip


def _places(node, path=()):
    yield path
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _places(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _places(value, (*path, index))


def problems_of(file: Path) -> tuple[Problem, ...]:
    """Mistakes of a site file; whatever else goes wrong fails the test."""
    try:
        load_site(file)
    except ConfigError as error:
        return error.problems
    return ()


PLACES = list(_places(yaml.safe_load(SITE)))


@st.composite
def mutated(draw):
    """The valid site with a few of its parts replaced, removed, doubled or renamed."""
    content = copy.deepcopy(yaml.safe_load(SITE))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(PLACES))
        content = _mutate(draw, content, path)
    return content


def _mutate(draw, content, path):
    if not path:
        return draw(JUNK) if draw(st.integers(0, 20)) == 0 else content
    parent = content
    for part in path[:-1]:
        try:
            parent = parent[part]
        except (KeyError, IndexError, TypeError):
            return content
    try:
        value = parent[path[-1]]
    except (KeyError, IndexError, TypeError):
        return content
    if not isinstance(parent, dict | list):
        return content
    action = draw(st.sampled_from(["replace", "remove", "double", "rename"]))
    if action == "replace":
        parent[path[-1]] = draw(JUNK)
    elif action == "remove":
        del parent[path[-1]]
    elif isinstance(parent, list):
        parent.append(copy.deepcopy(value))
    else:
        parent[draw(st.text(max_size=6))] = value
    return content


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(mutated())
def test_mutated_site_is_read_or_refused_with_config_error(tmp_path, content):
    file = tmp_path / "site.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    assert all(problem.problem for problem in problems_of(file))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, len(SITE)), st.integers(0, 12), st.text(max_size=6))
def test_mangled_text_is_read_or_refused_with_config_error(tmp_path, at, length, text):
    file = tmp_path / "site.yaml"
    file.write_bytes((SITE[:at] + text + SITE[at + length :]).encode("utf-8", "surrogatepass"))
    assert all(problem.problem for problem in problems_of(file))
