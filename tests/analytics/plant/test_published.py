"""The Stockholm plant's published figures (Spitler & Gehlin, Energies 2019, 12(10), 2020)."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from analytics.plant import performance, spf
from analytics.uncertainty import Uncertain

DATA = Path(__file__).parents[2] / "data" / "studenthuset"
ANNUAL = json.loads((DATA / "annual.json").read_text(encoding="utf-8"))


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


MONTHS, HOURS = rows("monthly_2016_04_to_09.csv"), rows("hourly_excerpt_20160401.csv")


def part(mode: str, name: str) -> Uncertain:
    """A published annual sum; its expanded uncertainty stands in for the standard one."""
    told = ANNUAL[mode][name]
    return Uncertain(told["value"], {name: told["u"]})


SPACE = part("heating", "space_heating_from_hp")
HOT_WATER = part("heating", "dhw_from_hp")
UNITS = part("heating", "elec_hp_compressor_plus_internal_circ_pump")
SOURCE = part("heating", "elec_source_side_circ_pump_heating_share")
RODS = part("heating", "elec_lps")


def test_annual_spf():
    """N1."""
    published = ANNUAL["heating"]["published"]
    second = spf([SPACE, HOT_WATER], [UNITS, SOURCE])
    assert second.value == pytest.approx(published["SPF_H2"], rel=1e-8)
    assert spf([SPACE, HOT_WATER], UNITS).value == pytest.approx(4.024474, rel=1e-5)
    rods = [part("heating", "dhw_from_lps"), part("heating", "useful_lps_heat_to_building")]
    third = spf([SPACE, HOT_WATER, *rods], [UNITS, SOURCE, RODS])
    assert third.value == pytest.approx(published["SPF_H3"], rel=1e-8)
    cold = part("cooling", "space_cooling")
    pump = part("cooling", "elec_source_side_circ_pump_cooling_share")
    assert spf(cold, pump).value == pytest.approx(
        ANNUAL["cooling"]["published"]["SPF_C2"], rel=1e-8
    )


def test_annual_uncertainty():
    """N2: published as expanded uncertainties, so `standard` is to be read as expanded."""
    second = spf([SPACE, HOT_WATER], [UNITS, SOURCE])
    assert (SPACE + HOT_WATER).standard == pytest.approx(9865.8, abs=0.05)
    assert (UNITS + SOURCE).standard == pytest.approx(1755.8, abs=0.05)
    assert second.standard == pytest.approx(0.211, abs=0.0005)
    assert second.standard / second.value == pytest.approx(0.0564, abs=5e-5)
    rods = [part("heating", "dhw_from_lps"), part("heating", "useful_lps_heat_to_building")]
    third = spf([SPACE, HOT_WATER, *rods], [UNITS, SOURCE, RODS])
    assert third.standard == pytest.approx(0.134, abs=0.0005)
    cold = part("cooling", "space_cooling")
    pump = part("cooling", "elec_source_side_circ_pump_cooling_share")
    assert spf(cold, pump).standard == pytest.approx(5.03, abs=0.005)


@pytest.mark.parametrize("month", MONTHS, ids=lambda month: month["month"])
def test_monthly_cop(month):
    """N3: each month as one interval; the means in the table are rounded to ten digits."""

    def energy(name: str) -> float:
        return float(month[name])

    heat = energy("heat_plus_dhw_kwh")
    second = spf(Uncertain(heat), Uncertain(energy("heat_elec_h2_kwh")))
    assert second.value == pytest.approx(energy("cop_h2_published"), rel=1e-6)
    first = spf(Uncertain(heat), Uncertain(energy("hp_plus_int_cp_kwh")))
    assert first.value == pytest.approx(energy("cop_h1star_published"), rel=1e-6)
    cold = spf(Uncertain(energy("cool_kwh")), Uncertain(energy("cool_elec_c2_kwh")))
    assert cold.value == pytest.approx(energy("cop_c2_published"), rel=1e-6)
    means = energy("dhw_by_lps_mean_kw") + energy("useful_bldg_heat_by_lps_mean_kw")
    rods = Uncertain(means * energy("hours"))
    rods_used = Uncertain(energy("lps_elec_mean_kw") * energy("hours"))
    third = spf([Uncertain(heat), rods], [Uncertain(energy("heat_elec_h2_kwh")), rods_used])
    assert third.value == pytest.approx(energy("cop_h3_published"), rel=1e-6)
    pump = Uncertain(energy("sscp_mean_kw") * energy("hours"))
    overall = spf(
        [Uncertain(heat), Uncertain(energy("cool_kwh")), rods],
        [Uncertain(energy("el007_kwh")), pump],
    )
    assert overall.value == pytest.approx(energy("overall_cop_published"), rel=1e-6)


def test_a_mean_of_monthly_ratios_is_another_number():
    second = [float(month["cop_h2_published"]) for month in MONTHS]
    heat = sum(float(month["heat_plus_dhw_kwh"]) for month in MONTHS)
    used = sum(float(month["heat_elec_h2_kwh"]) for month in MONTHS)
    assert abs(np.mean(second) - heat / used) > 0.15


def test_the_hours_of_a_day():
    """N4: COP of each hour, and of the day as ratio of sums; heat 704 kWh in 24 h."""
    heat = np.array([float(hour["heat_bldg_kw"]) for hour in HOURS])
    used = np.array([float(hour["el007_kwh"]) for hour in HOURS])
    at = np.arange(24, dtype=np.int64) * 3_600_000
    found = performance(at_ms=at, interval_ms=3_600_000, q_heating_kwh=heat,
                        electricity={"units": used})  # fmt: skip
    ratio = found.ratios["H1"].value
    assert ratio is not None
    assert found.ratios["H1"].heat.value == pytest.approx(704.0, abs=1e-6)
    assert ratio.value == pytest.approx(2.561118, abs=1e-6)
    hourly = [
        performance(at_ms=at[i : i + 1], interval_ms=3_600_000, q_heating_kwh=heat[i : i + 1],
                    electricity={"units": used[i : i + 1]}).ratios["H1"].value
        for i in range(24)
    ]  # fmt: skip
    for one, hour in zip(hourly, HOURS, strict=True):
        assert one is not None
        assert one.value == pytest.approx(float(hour["cop_htg"]), rel=5e-9)
    assert np.mean([one.value for one in hourly if one]) == pytest.approx(2.538176, abs=1e-6)


def test_the_register_of_a_day():
    """730 kWh by a register of 10 kWh steps against 704 kWh apportioned: within its steps."""
    register = 1e3 * sum(float(hour["heat_meter_mwh"]) for hour in HOURS)
    assert register == pytest.approx(730.0)


def test_spf_refuses_what_is_no_ratio():
    with pytest.raises(ValueError, match="electricity"):
        spf(Uncertain(10.0), Uncertain(0.0))
    with pytest.raises(ValueError, match="heat"):
        spf(Uncertain(-10.0), [Uncertain(1.0), Uncertain(2.0)])
