"""Baselines and savings: measurement and verification by regression (IPMVP options B and C).

The public entry points; each takes plain arrays and returns a small frozen result.
"""

from __future__ import annotations

from analytics.baseline.billing import fit_caltrack_billing
from analytics.baseline.caltrack import fit_caltrack_daily, fit_caltrack_daily_many
from analytics.baseline.change_point import fit_change_point, select_change_point
from analytics.baseline.fit import DegreeDayFit, Fit
from analytics.baseline.fractional import guideline14_b28
from analytics.baseline.metered import NonRoutine, savings
from analytics.baseline.outcome import Adjustment, Savings, portfolio
from analytics.baseline.plant_cop import CopFit, fit_cop
from analytics.baseline.plant_fit import PlantFit, PlantHours, fit_plant
from analytics.baseline.plant_outcome import whole_plant_savings
from analytics.baseline.plant_savings import MeterErrors, cop_gap, plant_savings
from analytics.baseline.sufficiency import InsufficientData, Limits
from analytics.baseline.towt import TowtFit, fit_towt_daily

__all__ = [
    "Adjustment",
    "CopFit",
    "DegreeDayFit",
    "Fit",
    "InsufficientData",
    "Limits",
    "MeterErrors",
    "NonRoutine",
    "PlantFit",
    "PlantHours",
    "Savings",
    "TowtFit",
    "cop_gap",
    "fit_caltrack_billing",
    "fit_caltrack_daily",
    "fit_caltrack_daily_many",
    "fit_change_point",
    "fit_cop",
    "fit_plant",
    "fit_towt_daily",
    "guideline14_b28",
    "plant_savings",
    "portfolio",
    "savings",
    "select_change_point",
    "whole_plant_savings",
]
