"""What registers can show, from maps and the site file."""

from __future__ import annotations

import pytest

from analytics.jobs.registers import RegisterFacts, registers
from collector.sitefile import load_site

SITE = """\
site: {id: office, name: {zh: 园区, en: Office}}
buses:
  - {id: b1, kind: tcp, host: 10.0.0.1, port: 502}
devices:
  - {id: acrel, name: {zh: 表, en: m}, bus: b1, unit: 1, map: acrel_adw300,
     rollover: {energy_kwh: 999999.99}}
  - {id: chint, name: {zh: 表, en: m}, bus: b1, unit: 2, map: chint_dtsu666,
     ratios: {ct: 40, pt: 1}}
  - {id: asking, name: {zh: 表, en: m}, bus: b1, unit: 3, map: chint_dtsu666}
  - {id: sontex, name: {zh: 表, en: m}, bus: b1, unit: 4, map: sontex_supercal531}
  - {id: abb, name: {zh: 表, en: m}, bus: b1, unit: 5, map: abb_b23, ranges: {power_kw: [0, 50]}}
  - {id: water, name: {zh: 表, en: m}, bus: b1, unit: 6, map: generic_water_meter}
  - {id: hp, name: {zh: 泵, en: m}, bus: b1, unit: 7, map: generic_gshp}
plant:
  units:
    - {heat_pump: hp, electricity: abb, rated_heat_kw: 100, rated_power_kw: 25}
"""


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, RegisterFacts]]:
    file = tmp_path_factory.mktemp("site") / "site.yaml"
    file.write_text(SITE, encoding="utf-8")
    configuration = load_site(file)
    return {device: registers(configuration, device) for device in configuration.site.devices}


def test_a_register_rolls_over_where_its_type_ends(facts) -> None:
    water = facts["water"]["volume_m3"]
    assert water.modulus == pytest.approx(2**32 * 0.001)
    assert water.per_count == water.step(12.0) == pytest.approx(0.001)
    assert water.text == "0 u32 × 1 l"


def test_the_site_file_knows_better_where_it_rolls_over(facts) -> None:
    assert facts["acrel"]["energy_kwh"].modulus == 999999.99
    assert facts["acrel"]["energy_export_kwh"].modulus == pytest.approx(2**32 * 0.01)


def test_what_no_float_can_count_to_never_rolls_over(facts) -> None:
    assert facts["abb"]["energy_kwh"].modulus is None


def test_ratios_belong_to_the_step_and_stand_in_the_text(facts) -> None:
    given = facts["chint"]["energy_kwh"]
    assert given.per_count == pytest.approx(40.0)
    assert given.text.endswith("f32 × 1 kWh × ct 40 × pt 1")
    assert given.step(40.0 * 2**20) == pytest.approx(40.0 * 2**-3)


def test_what_only_the_meter_knows_is_not_guessed(facts) -> None:
    asking, sontex = facts["asking"]["energy_kwh"], facts["sontex"]["heat_energy_kwh"]
    assert asking.per_count is None is asking.modulus
    assert asking.text.endswith("× 1 kWh × ct × pt")
    assert sontex.per_count is None is sontex.modulus
    assert sontex.text.endswith("unit as the meter says")
    assert sontex.step(2.0**20) == pytest.approx(2.0**-3)


def test_the_fastest_count_follows_from_rating_range_or_belief(facts) -> None:
    """The step itself comes on top: a coarse register may jump by one count between two polls.

    What a machine may do beyond its rating is the kernel's factor of 1.2, once.
    """
    assert facts["abb"]["energy_kwh"].most_per_hour == pytest.approx(25 + 0.01 * 60)
    assert facts["hp"]["heat_energy_kwh"].most_per_hour == pytest.approx(100 + 0.1 * 60)
    assert facts["abb"]["energy_export_kwh"].most_per_hour == pytest.approx(50 + 0.01 * 60)
    assert facts["hp"]["run_hours_h"].most_per_hour == pytest.approx(1 + 0.1 * 60)
    assert facts["water"]["volume_m3"].most_per_hour is not None


def test_a_computed_device_has_no_registers(facts) -> None:
    assert facts["collector-main"] == {}
