"""Baselines and savings as other programs compute them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from analytics.baseline import (
    fit_caltrack_billing,
    fit_caltrack_daily,
    fit_change_point,
    fit_towt_daily,
    guideline14_b28,
    savings,
)
from tests.analytics.baseline.samples import (
    bills,
    changepointmodel,
    eemeter_daily,
    eemeter_expected,
    eemeter_more,
    local_days,
    nmecr,
)
from tests.verification.table import Check

EEMETER = "CalTRACK daily and billing"
CHANGE_POINT = "Change-point models"
NMECR = "Time of week and temperature"
GUIDELINE = "Fractional savings uncertainty"


def checks() -> Iterator[Check]:
    """Figures of four programs."""
    yield from _pinned()
    yield from _other_meters()
    yield from _bills()
    yield from _change_points()
    yield from _nmecr()
    ours = guideline14_b28(0.8, 0.5, 1.0, 2, 12, 12)
    # printed as 0.269 and, as 100 times the same number, as 26.954: the first is cut, not rounded
    what = "confidence 80 %, CV 0.5, p 2, n 12, m 12"
    yield Check(GUIDELINE, what, 0.26954, ours, 1e-5)
    ours = guideline14_b28(0.8, 0.5, 1 / 42, 2, 12, 12)
    yield Check(GUIDELINE, "the same for a saving of 1 in 42", 11.321001, ours, 1e-4)


def _pinned() -> Iterator[Check]:
    told = eemeter_expected()["il-electricity-cdd-hdd-daily"]
    fit = fit_caltrack_daily(*eemeter_daily("baseline"), unit="degF")
    saved = savings(fit, *eemeter_daily("reporting"))
    # eemeter divides the residuals by n less the number of slopes, we by n less all coefficients.
    cv_rmse = fit.cv_rmse * math.sqrt((fit.n - fit.p) / (fit.n - fit.p + 1))
    for what, published, ours, tolerance, unit in (
        ("heating balance point", told["hdd_bp_f"], fit.balance_points["heating"], 1e-9, "°F"),
        ("cooling balance point", told["cdd_bp_f"], fit.balance_points["cooling"], 1e-9, "°F"),
        ("intercept", told["intercept"], fit.coefficients["intercept"], 1e-9, "kWh/d"),
        ("heating slope", told["beta_hdd"], fit.coefficients["beta_hdd"], 1e-9, "kWh/d/°F"),
        ("cooling slope", told["beta_cdd"], fit.coefficients["beta_cdd"], 1e-9, "kWh/d/°F"),
        ("R² adjusted", told["r2_adj"], fit.r_squared_adjusted, 1e-9, ""),
        ("CV(RMSE), n less slopes", told["cvrmse_adj"], cv_rmse, 1e-9, ""),
        ("autocorrelation", told["lag1_autocorr"], fit.autocorrelation, 1e-9, ""),
        (
            "adjusted baseline",
            told["reporting_counterfactual"],
            saved.adjusted_baseline,
            1e-6,
            "kWh",
        ),
        ("observed", told["reporting_observed"], saved.observed, 1e-6, "kWh"),
        ("savings", told["savings"], saved.savings, 1e-6, "kWh"),
        ("uncertainty at 90 %", told["fsu_band_90"], saved.uncertainty, 1e-6, "kWh"),
    ):
        yield Check(EEMETER, f"electricity: {what}", float(published), ours, tolerance, unit)


def _other_meters() -> Iterator[Check]:
    for name in ("il-electricity-cdd-only-daily", "il-gas-hdd-only-daily"):
        told = eemeter_more()[name]
        days = local_days(name, shift_to_utc=True)
        loads = "heating" if "gas" in name else "both"
        fit = fit_caltrack_daily(*days["baseline"], unit="degF", loads=loads)
        for key, published in told["coefficients"].items():
            yield Check(EEMETER, f"{name}: {key}", published, fit.coefficients[key], 1e-9)
        saved = savings(fit, *days["reporting"])
        yield Check(EEMETER, f"{name}: savings", told["savings"], saved.savings, 1e-6)
        yield Check(EEMETER, f"{name}: uncertainty", told["uncertainty"], saved.uncertainty, 1e-6)


def _bills() -> Iterator[Check]:
    for name in (
        "il-electricity-cdd-hdd-billing_monthly",
        "il-gas-hdd-only-billing_monthly",
    ):
        told, periods = eemeter_more()[name], bills(name)
        loads = "heating" if "gas" in name else "both"
        temperature, energy, days = periods["baseline"]
        fit = fit_caltrack_billing(temperature, energy, days, unit="degF", loads=loads)
        for key, published in told["coefficients"].items():
            tolerance = 1e-9 * max(1.0, abs(published))
            yield Check(EEMETER, f"{name}: {key}", published, fit.coefficients[key], tolerance)
        temperature, energy, days = periods["reporting"]
        saved = savings(fit, temperature, energy, days=days)
        yield Check(EEMETER, f"{name}: savings", told["savings"], saved.savings, 1e-6)


def _change_points() -> Iterator[Check]:
    vectors = changepointmodel()
    for kind in ("2P", "3PC", "3PH", "4P"):
        data, published = vectors["generated"][kind], dict(vectors["published"][kind])
        bends = published.pop("bends", None)
        within = None if bends is None else (57.0, 96.0)
        fit = fit_change_point(
            data["temperature"], data["energy"], kind=kind,
            **({"within": within} if within else {}),
        )  # fmt: skip
        for key, value in published.items():
            yield Check(CHANGE_POINT, f"{kind}: {key}", value, fit.coefficients[key], 1e-4)
        if bends:
            ours = next(iter(fit.balance_points.values()))
            yield Check(CHANGE_POINT, f"{kind}: change point", bends[0], ours, 1e-6)
    data = vectors["building"]
    fit = fit_change_point(data["temperature"], data["energy"], kind="2P", unit="degF")
    told = data["published_2P"]
    by_n = fit.cv_rmse * float(np.sqrt((fit.n - fit.p) / fit.n))
    yield Check(CHANGE_POINT, "building: slope", told["slope"], fit.coefficients["slope"], 1e-6)
    yield Check(CHANGE_POINT, "building: R²", told["r_squared"], fit.r_squared, 1e-9)
    yield Check(CHANGE_POINT, "building: CV(RMSE) with n", told["cv_rmse_n"], by_n, 1e-9)


def _nmecr() -> Iterator[Check]:
    day, t, y, told = nmecr()
    rows, after = slice(*told["baseline_rows"]), slice(*told["reporting_rows"])
    fit = fit_towt_daily(day[rows], t[rows], y[rows], unit="degF")
    saved = savings(fit, t[after], y[after], day=day[after])
    freedom = float(told["towt"]["deg_of_freedom"])
    yield Check(NMECR, "R²", told["towt"]["r_squared"], fit.r_squared, 1e-11)
    yield Check(NMECR, "degrees of freedom", freedom, float(fit.n - fit.p), 0.5)
    for name in ("observed", "adjusted_baseline", "savings"):
        ours = float(getattr(saved, name))
        yield Check(NMECR, name.replace("_", " "), told["towt_savings"][name], ours, 1e-6, "kWh")
    worst = float(np.max(np.abs(fit.predict(t[after], day[after]) / told["towt_predictions"] - 1)))
    yield Check(NMECR, "largest relative difference of 365 predictions", 0.0, worst, 1e-10)
    line = fit_change_point(t[rows], y[rows], kind="2P", unit="degF")
    yield Check(NMECR, "straight line: R²", told["slr"]["r_squared"], line.r_squared, 1e-10)
