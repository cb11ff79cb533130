"""What the plant controller wants: season, set points, free cooling."""

import math
from dataclasses import dataclass

from firmware_sims.physics.building import Season


@dataclass(frozen=True)
class ControlRules:
    """Set points and thresholds of the plant controller.

    Attributes
    ----------
    memory_h : float
        Memory of the outdoor mean that decides the season. [h]
    heating_on_c, heating_off_c, cooling_on_c, cooling_off_c : float
        Outdoor means at which a season begins and ends. [°C]
    warmest_supply_c, mildest_supply_c : float
        Heating supply at -3 °C and at +15 °C outdoors. [°C]
    coldest_supply_c, highest_supply_c : float
        Cooling supply on hot days, on mild days. [°C]
    free_supply_c : float
        Supply temperature that free cooling aims at. [°C]
    free_on_c, free_off_c : float
        Ground fluid below which free cooling begins, above which it ends. [°C]
    free_gap_k, free_gap_h, free_rest_h : float
        Loop warmer than wanted by this [K] for so long ends free cooling [h]; pause then [h].
    settle_s : float
        How fast the controller closes a gap of the loop. [s]
    spread_k : float
        Design spread of the load loop. [K]
    """

    memory_h: float = 48.0
    heating_on_c: float = 12.0
    heating_off_c: float = 14.5
    cooling_on_c: float = 20.5
    cooling_off_c: float = 18.5
    warmest_supply_c: float = 48.0
    mildest_supply_c: float = 41.0
    coldest_supply_c: float = 7.0
    highest_supply_c: float = 10.0
    free_supply_c: float = 17.5
    free_on_c: float = 17.0
    free_off_c: float = 18.5
    free_gap_k: float = 2.5
    free_gap_h: float = 1.0
    free_rest_h: float = 12.0
    settle_s: float = 1_500.0
    spread_k: float = 5.0


@dataclass(slots=True)
class ControlState:
    """Memory of the controller.

    Attributes
    ----------
    outdoor_mean_c : float
        Fading mean of the outdoor temperature. [°C]
    season : int
        A `Season`.
    free : bool
        Whether the ground cools the towers directly.
    free_short_s, free_rest_s : float
        How long free cooling has been too weak, rest of its pause. [s]
    """

    outdoor_mean_c: float
    season: int = Season.OFF
    free: bool = False
    free_short_s: float = 0.0
    free_rest_s: float = 0.0


def decide_season(state: ControlState, rules: ControlRules, outdoor_c: float, dt_s: float) -> None:
    """Follow the outdoor mean and switch the season with hysteresis; changes `state`."""
    fading = math.exp(-dt_s / (3_600.0 * rules.memory_h))
    mean_c = state.outdoor_mean_c = outdoor_c + (state.outdoor_mean_c - outdoor_c) * fading
    season = state.season
    too_warm = season == Season.HEATING and mean_c > rules.heating_off_c
    too_cold = season == Season.COOLING and mean_c < rules.cooling_off_c
    if too_warm or too_cold:
        season = Season.OFF
    if season == Season.OFF:
        if mean_c < rules.heating_on_c:
            season = Season.HEATING
        elif mean_c > rules.cooling_on_c:
            season = Season.COOLING
    state.season = season


def decide_free_cooling(
    state: ControlState, rules: ControlRules, fluid_c: float, gap_k: float, dt_s: float
) -> None:
    """Enter or leave free cooling; changes `state`.

    Parameters
    ----------
    state : ControlState
    rules : ControlRules
    fluid_c : float
        Mean temperature of the ground loop. [°C]
    gap_k : float
        How much too warm the load loop is for free cooling. [K]
    dt_s : float
        Step width. [s]
    """
    state.free_rest_s = max(state.free_rest_s - dt_s, 0.0)
    if state.season != Season.COOLING:
        state.free = False
    elif state.free:
        state.free_short_s = state.free_short_s + dt_s if gap_k > rules.free_gap_k else 0.0
        if fluid_c > rules.free_off_c or state.free_short_s > rules.free_gap_h * 3_600.0:
            state.free = False
            state.free_rest_s = rules.free_rest_h * 3_600.0
    elif fluid_c < rules.free_on_c and state.free_rest_s == 0.0:
        state.free = True
        state.free_short_s = 0.0


def supply_set_point_c(state: ControlState, rules: ControlRules, outdoor_c: float) -> float:
    """Return the wanted supply temperature of the load loop [°C]."""
    if state.season == Season.HEATING:
        mild = min(max((outdoor_c + 3.0) / 18.0, 0.0), 1.0)
        return rules.warmest_supply_c + (rules.mildest_supply_c - rules.warmest_supply_c) * mild
    if state.free:
        return rules.free_supply_c
    hot = min(max((outdoor_c - 22.0) / 10.0, 0.0), 1.0)
    return rules.highest_supply_c + (rules.coldest_supply_c - rules.highest_supply_c) * hot
