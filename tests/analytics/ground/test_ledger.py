"""The ground's ledger: published annual figures, conservation, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.ground import balance

STUDENTHUSET = json.loads(
    (Path(__file__).parents[2] / "data" / "studenthuset" / "annual.json").read_text("utf-8")
)
ENERGIES = st.lists(st.floats(0.0, 500.0), min_size=6, max_size=6)


def published(side: str, name: str) -> tuple[float, float]:
    entry = STUDENTHUSET[side][name]
    return entry["value"], entry["u"] / 2.0 / entry["value"]


def studenthuset(**more: object):
    """The Stockholm plant's year; its authors' bounds are taken as expanded (k = 2)."""
    space, u_space = published("heating", "space_heating_from_hp")
    water, u_water = published("heating", "dhw_from_hp")
    compressor, u_compressor = published("heating", "elec_hp_compressor_plus_internal_circ_pump")
    cooling, u_cooling = published("cooling", "space_cooling")
    heat = space + water
    return balance(
        condenser_heat_kwh=[heat],
        compressor_heating_kwh=[compressor],
        free_cooling_kwh=[cooling],
        accuracy={
            "condenser_heat": {
                "space:meter": u_space * space / heat,
                "hot-water:meter": u_water * water / heat,
            },
            "compressor_heating": {"compressor:meter": u_compressor},
            "free_cooling": {"cooling:meter": u_cooling},
        },
        **more,
    )


def test_the_published_year_is_reproduced():
    """N5 of the domain reference."""
    ledger = studenthuset().heat_pumps
    assert ledger.extracted_kwh.value == pytest.approx(157_903.003, abs=1e-3)
    assert ledger.rejected_kwh.value == pytest.approx(130_136.869, abs=1e-3)
    assert ledger.imbalance.value == pytest.approx(0.175843, abs=1e-6)


def test_the_uncertainty_of_the_published_year_follows_from_its_meters():
    ledger = studenthuset().heat_pumps
    extracted, rejected = ledger.extracted_kwh, ledger.rejected_kwh
    assert extracted.expanded == pytest.approx(np.hypot(np.hypot(9785, 1260), 1571))
    assert rejected.expanded == pytest.approx(7054)
    relative = np.hypot(
        extracted.expanded / extracted.value, rejected.expanded / rejected.value
    )  # η = 1 - rejected / extracted
    expected = relative * rejected.value / extracted.value
    assert ledger.imbalance.expanded == pytest.approx(expected)


def test_a_watched_imbalance_says_which_way_the_ground_goes():
    (finding,) = studenthuset().findings
    assert (finding.code, finding.severity) == ("ground.imbalance", "warning")
    assert "cools" in finding.sentence.en
    assert "下降" in finding.sentence.zh
    assert finding.evidence["beyond_uncertainty"] == "yes"  # 17.6 - 6.8 > 10 %


def test_the_loop_meter_of_the_published_year_disagrees():
    """Its 135 292 kWh are 14 % below the balance, more than the meters can err."""
    loop = STUDENTHUSET["checks"]["loop_heat_kwh"]
    space = published("heating", "space_heating_from_hp")[0]
    water = published("heating", "dhw_from_hp")[0]
    compressor = published("heating", "elec_hp_compressor_plus_internal_circ_pump")[0]
    ledger = balance(
        condenser_heat_kwh=[space + water],
        compressor_heating_kwh=[compressor],
        loop_extracted_kwh=[loop],
        accuracy={
            "condenser_heat": {"heat:meter": 0.0235},
            "compressor_heating": {"compressor:meter": 0.015},
            "loop_extracted": {"loop:meter": 0.015},
        },
    )
    gap = ledger.difference_extracted_kwh
    assert gap.value / (space + water - compressor) == pytest.approx(-0.1432, abs=1e-4)
    assert [f.code for f in ledger.findings] == ["ground.estimates-disagree"]
    assert ledger.heat_pumps.rejected_kwh is None
    assert ledger.heat_pumps.imbalance is None


def test_more_than_a_fifth_is_an_alarm():
    ledger = balance(loop_extracted_kwh=[100.0], loop_rejected_kwh=[150.0])
    assert ledger.loop_meter.imbalance.value == pytest.approx(-1 / 3)
    assert ledger.findings[0].severity == "alarm"
    assert "warms" in ledger.findings[0].sentence.en


def test_half_a_year_has_no_verdict():
    ledger = balance(loop_extracted_kwh=[100.0], loop_rejected_kwh=[0.0], span_days=180.0)
    assert ledger.loop_meter.imbalance.value == 1.0
    assert [f.code for f in ledger.findings] == ["ground.less-than-a-year"]


def test_a_gap_on_one_side_drops_the_interval_from_both():
    ledger = balance(
        loop_extracted_kwh=[10.0, np.nan, 10.0, 10.0], loop_rejected_kwh=[5.0, 500.0, 5.0, 5.0]
    ).loop_meter
    assert ledger.rejected_kwh.value == 15.0
    assert ledger.coverage == 0.75
    assert ledger.cumulative_net_kwh.tolist() == [5.0, 5.0, 10.0, 15.0]


def test_the_two_ways_are_compared_where_both_know():
    ledger = balance(
        condenser_heat_kwh=[40.0, np.nan, 40.0],
        compressor_heating_kwh=[10.0, 10.0, 10.0],
        loop_extracted_kwh=[30.0, 30.0, np.nan],
    )
    assert ledger.difference_extracted_kwh.value == 0.0
    assert ledger.difference_rejected_kwh is None


def test_one_meter_on_both_sides_weighs_once():
    """A loop meter whose flow sensor reads 2 % too much tells the same imbalance."""
    flow = {"h-source:flow": 0.02}
    ledger = balance(
        loop_extracted_kwh=[100.0],
        loop_rejected_kwh=[80.0],
        accuracy={"loop_extracted": flow, "loop_rejected": flow},
    ).loop_meter
    assert ledger.imbalance.standard == pytest.approx(0.0, abs=1e-12)
    assert ledger.net_kwh.standard == pytest.approx(0.4)


def test_units_that_heat_and_cool_at_once_exchange_only_the_difference():
    """40 kWh of heat with 10 kWh of electricity, 12 of cooling with 3: the ground gives 15."""
    arrays = {
        "condenser_heat_kwh": [40.0],
        "compressor_heating_kwh": [10.0],
        "evaporator_heat_kwh": [12.0],
        "compressor_cooling_kwh": [3.0],
    }
    separate = balance(**arrays).heat_pumps
    at_once = balance(**arrays, simultaneous=[True]).heat_pumps
    assert (separate.extracted_kwh.value, separate.rejected_kwh.value) == (30.0, 15.0)
    assert (at_once.extracted_kwh.value, at_once.rejected_kwh.value) == (15.0, 0.0)
    assert at_once.net_kwh.value == separate.net_kwh.value


def test_figures_per_metre_and_what_was_carried_over():
    ledger = balance(
        loop_extracted_kwh=[100.0], loop_rejected_kwh=[96.0], bore_length_m=20, carried_net_kwh=-7
    ).loop_meter
    assert ledger.extracted_kwh_m.value == 5.0
    assert ledger.net_kwh_m.value == pytest.approx(0.2)
    assert ledger.cumulative_net_kwh.tolist() == [-3.0]


@given(
    ENERGIES,
    ENERGIES,
    ENERGIES,
    ENERGIES,
    ENERGIES,
    st.lists(st.booleans(), min_size=6, max_size=6),
)
def test_whatever_comes_in_goes_out(heat, w_heat, cool, w_cool, free, at_once):
    """Net of the ledger = condenser heat - all electricity - all cooling, simultaneous or not."""
    ledger = balance(
        condenser_heat_kwh=heat,
        compressor_heating_kwh=w_heat,
        evaporator_heat_kwh=cool,
        compressor_cooling_kwh=w_cool,
        free_cooling_kwh=free,
        simultaneous=at_once,
    ).heat_pumps
    net = sum(heat) - sum(w_heat) - sum(cool) - sum(w_cool) - sum(free)
    assert ledger.net_kwh.value == pytest.approx(net, abs=1e-6)
    assert ledger.cumulative_net_kwh[-1] == pytest.approx(net, abs=1e-6)


@given(ENERGIES, ENERGIES, st.integers(1, 5))
def test_two_halves_make_the_whole(taken, given_back, cut):
    def net(part: slice) -> float:
        ledger = balance(loop_extracted_kwh=taken[part], loop_rejected_kwh=given_back[part])
        return ledger.loop_meter.net_kwh.value

    parts = net(slice(0, cut)) + net(slice(cut, None))
    assert parts == pytest.approx(net(slice(None)), abs=1e-6)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({}, "condenser_heat_kwh"),
        ({"condenser_heat_kwh": [1.0]}, "compressor_heating_kwh"),
        ({"loop_extracted_kwh": [1.0], "loop_rejected_kwh": [1.0, 2.0]}, "loop_extracted_kwh"),
        ({"loop_extracted_kwh": [np.inf]}, "loop_extracted_kwh"),
        ({"loop_extracted_kwh": [1.0], "bore_length_m": 0.0}, "bore_length_m"),
        ({"loop_extracted_kwh": [1.0], "span_days": 0.0}, "span_days"),
        ({"loop_extracted_kwh": [1.0], "simultaneous": [True, False]}, "simultaneous"),
        ({"loop_extracted_kwh": [1.0], "accuracy": {"loop": {}}}, "accuracy"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(arguments, named):
    with pytest.raises(ValueError, match=f"^{named}"):
        balance(**arguments)


def test_a_period_without_any_exchange_has_no_imbalance():
    ledger = balance(loop_extracted_kwh=[0.0], loop_rejected_kwh=[0.0]).loop_meter
    assert ledger.imbalance is None
    assert ledger.net_kwh.value == 0.0


def test_an_unknown_period_has_no_figures():
    ledger = balance(loop_extracted_kwh=[np.nan], loop_rejected_kwh=[1.0])
    assert ledger.loop_meter.extracted_kwh is None
    assert ledger.loop_meter.coverage == 0.0
    assert [f.code for f in ledger.findings] == ["ground.low-coverage"]
