from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from analytics.figures import Boundary, Figure, Inputs
from analytics.jobs.explain import derivation
from analytics.jobs.formulas import formula_of
from collector.model import Finding, Title

ZONE = ZoneInfo("Asia/Shanghai")
START, END = 1_767_196_800_000, 1_769_875_200_000
H2, H4 = Boundary("H2", "2H"), Boundary("H4", "4+H")


def figure(name: str = "cop_heating", value: float | None = 4.0, **more: object) -> Figure:
    usual = {"unit": "", "uncertainty": 0.2, "boundary": H2, "coverage": 0.985}
    return Figure(name, "plant", "plant", START, END, value, **(usual | more))


def test_everything_that_a_figure_carries_is_told() -> None:
    text = derivation(
        figure(
            terms={"e-1:class": 0.06, "h-1:flow": -0.08},
            not_claimable=0.25,
            findings=(Finding("figure.partial", "warning", Title("不完整", "partial")),),
            inputs=Inputs(
                ("h-1/heat_energy_kwh",), ("h-1/heat_energy_kwh @ 4 u32 × 0.1",), {"k": "2"}, "9.9"
            ),
        ),
        ZONE,
    )
    lines = text.splitlines()
    assert lines[0] == "plant / cop_heating @ H2 (IEA HPT Annex 52: 2H)"
    assert "时段 span: 2026-01-01 00:00+08:00 … 2026-02-01 00:00+08:00" in lines
    assert "结果 result: 4 ± 0.2 (k = 2)" in lines
    place = lines.index("不确定度来源 sources of uncertainty (u, share of the variance):")
    assert lines[place + 1 : place + 3] == ["  h-1:flow: 0.08, 64.0%", "  e-1:class: 0.06, 36.0%"]
    for words in (
        "覆盖率 coverage: 98.50%", "25.00%", "warning figure.partial: 不完整 | partial",
        "  h-1/heat_energy_kwh", "  h-1/heat_energy_kwh @ 4 u32 × 0.1", "  k: 2", "groundwatt 9.9",
    ):  # fmt: skip
        assert words in text


def test_both_sides_of_a_ratio_are_those_of_its_own_boundary_and_subject() -> None:
    others = [
        figure("heat_kwh", 800.0, boundary=None, uncertainty=20.0),
        figure("electricity_heating_kwh", 200.0, uncertainty=1.0),
        figure("electricity_heating_kwh", 250.0, boundary=H4, uncertainty=1.0),
        Figure("heat_kwh", "hp-1", "unit", START, END, 300.0, "kWh"),
    ]
    sides = [line for line in derivation(figure(), ZONE, others).splitlines() if line[0] == "Σ"]
    assert sides == [
        "ΣQ = 800 ± 20 kWh (heat_kwh)",
        "ΣW = 200 ± 1 kWh (electricity_heating_kwh)",
    ]


def test_a_figure_without_a_value_tells_why_and_no_uncertainty() -> None:
    reason = Title("源侧泵未计量", "source pump unmetered")
    text = derivation(figure(value=None, reason=reason, terms={"a": 1.0}, uncertainty=None), ZONE)
    assert "结果 result: – (源侧泵未计量 | source pump unmetered)" in text
    assert "sources of uncertainty" not in text


@pytest.mark.parametrize(
    ("name", "words", "formula"),
    [
        ("spf_cooling", "cooling seasonal performance, SPF", "SPF = ΣQ / ΣW"),
        ("electricity_overall_kwh", "electricity inside the boundary", "W = ΣΔE"),
        ("part_load_hours.20-30", "part-load distribution", "hours by Q/(Q_rated·Δt)"),
        ("lift_k.heating", "lift, weighted by heat", "Σ(T_hot − T_cold)·Q / ΣQ"),
        ("electricity_kwh.B1", "electricity: amount (item B1)", "ΣΔE"),
        ("electricity_tce.rest", "electricity: coal equivalent (not sub-metered)", "factor"),
        ("heat_delivered_kwh", "heat: amount (made on the site)", "ΣΔE"),
        ("electricity_kwh_per_m2", "electricity: amount (per floor area)", "/ floor area"),
        ("total_kgco2_per_m2", "total: CO2 (per floor area)", "/ floor area"),
    ],
)
def test_every_kind_of_name_has_a_formula(name, words, formula) -> None:
    found = formula_of(name)
    assert found.title.en.startswith(words)
    assert formula in found.text
    assert found.source
    assert found.note.zh
