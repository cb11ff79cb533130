from __future__ import annotations

import numpy as np
import pytest

from analytics.baseline import (
    Adjustment,
    InsufficientData,
    MeterErrors,
    cop_gap,
    fit_cop,
    plant_savings,
)

N = 2000


def plant(better: float = 1.0, seed: int = 0, noise: float = 0.05):
    """Heat, electricity, lift and part load of a season's hours."""
    rng = np.random.default_rng(seed)
    lift, load = rng.uniform(25.0, 45.0, N), rng.uniform(0.3, 1.0, N)
    heat = 200.0 * load
    cop = better * (7.0 - 0.08 * lift + 0.3 * load) + rng.normal(0.0, noise, N)
    return heat, heat / cop, lift, load


def baseline(shape="linear", seed=0):
    heat, used, lift, load = plant(seed=seed)
    return fit_cop(lift, load, heat / used, heat, shape=shape)


@pytest.mark.parametrize("shape", ["linear", "log"])
def test_a_better_plant_saves_what_it_is_better(shape):
    heat, used, lift, load = plant(better=1.2, seed=5)
    saved = plant_savings(baseline(shape), heat, used, lift, load)
    assert saved.savings / saved.adjusted_baseline == pytest.approx(1 - 1 / 1.2, abs=0.003)
    assert saved.form == "plant"
    assert 0 < saved.uncertainty < 0.01 * saved.adjusted_baseline


def test_constant_conditions_give_the_textbook_formula():
    """W_saved = Q (1/SPF_base − 1/SPF_report)."""
    model = baseline()
    cop = model.predict([35.0], [0.6]).cop[0]
    heat = np.full(100, 50.0)
    saved = plant_savings(model, heat, heat / 5.0, np.full(100, 35.0), np.full(100, 0.6))
    assert saved.savings == pytest.approx(5000 * (1 / cop - 1 / 5.0))


def test_standby_electricity_counts_and_gaps_count_on_neither_side():
    heat, used, lift, load = plant(seed=1)
    heat[:10], lift[:10], used[:10] = 0.0, np.nan, 3.0
    used[10:20] = np.nan
    saved = plant_savings(baseline(), heat, used, lift, load)
    assert saved.periods == N - 10
    assert saved.observed == pytest.approx(np.nansum(used))


def test_the_band_holds_what_it_promises():
    """Neither period better: at 90 % the truth lies inside in about nine of ten."""
    inside = 0
    for seed in range(200):
        saved = plant_savings(baseline(seed=2 * seed), *plant(seed=2 * seed + 1))
        inside += abs(saved.savings) <= saved.uncertainty
    assert 0.85 <= inside / 200 <= 0.96


def test_errors_of_the_same_meters_cancel_but_for_the_savings():
    data = plant(better=1.2, seed=3)
    model = baseline()
    alone = plant_savings(model, *data)
    same = plant_savings(model, *data, meters=MeterErrors(0.03, 0.01))
    other = plant_savings(model, *data, meters=MeterErrors(0.03, 0.01, same=False))
    assert alone.uncertainty < same.uncertainty < other.uncertainty
    assert other.uncertainty > 1.6 * np.sqrt(2) * 0.03 * other.adjusted_baseline


def test_adjustments_and_extrapolation_are_listed():
    heat, used, lift, load = plant(seed=4)
    change = Adjustment(500.0, 10.0, 50.0, "pump rewired", "an engineer")
    saved = plant_savings(baseline(), heat, used, lift + 10.0, load, adjustments=[change])
    assert saved.adjusted_baseline == pytest.approx(saved.routine_baseline + 500.0)
    assert saved.adjustments == (change,)
    assert "savings.outside-lift-range" in {each.code for each in saved.findings}


@pytest.mark.parametrize(("better", "significant"), [(1.0, False), (0.85, True), (1.15, True)])
def test_a_gap_counts_when_it_exceeds_twice_its_uncertainty(better, significant):
    gap = cop_gap(baseline(), *plant(better=better, seed=8))
    assert gap.significant is significant
    assert gap.gap == pytest.approx(better - 1.0, abs=0.005)
    assert gap.observed == pytest.approx(gap.expected * (1 + gap.gap))
    wide = cop_gap(baseline(), *plant(better=better, seed=8), relative_u=0.2)
    assert not wide.significant


def test_refusals_and_mistakes():
    heat, used, lift, load = plant()
    model = baseline()
    with pytest.raises(InsufficientData, match=r"savings\.no-data"):
        plant_savings(model, np.zeros(5), np.ones(5), np.full(5, 30.0), np.full(5, 0.5))
    with pytest.raises(InsufficientData, match=r"savings\.no-baseline-cop"):
        plant_savings(model, heat, used, lift + 100.0, load)
    with pytest.raises(ValueError, match="part_load"):
        plant_savings(model, heat, used, lift)
    with pytest.raises(ValueError, match="differ in length"):
        plant_savings(model, heat, used[:-1], lift, load)
    with pytest.raises(ValueError, match="electricity"):
        cop_gap(model, heat, np.zeros(N), lift, load)
