"""Plausibility of data, as findings with the numbers behind them.

Nothing is corrected here: a finding tells a person, and a repair is a person's. Thresholds are
defaults with their source beside them, and every one can be overridden:

- [eoh] Electrification of Heat trial, Energy Systems Catapult: cleansing report and code
- [resolute], [coppertree] published rule pages of two building-analytics suppliers
- [practice] what products of the trade do; [E] engineering judgement, to be tuned
"""

from analytics.quality.balances import register_against_integral, sub_meters
from analytics.quality.circuits import (
    negative_flow,
    pair_deviation,
    pair_offset,
    stuck_zero,
    swapped,
)
from analytics.quality.gauges import frozen, implausible_cop, jumps, out_of_range
from analytics.quality.presence import clock, completeness, gaps, silent_device

__all__ = [
    "clock",
    "completeness",
    "frozen",
    "gaps",
    "implausible_cop",
    "jumps",
    "negative_flow",
    "out_of_range",
    "pair_deviation",
    "pair_offset",
    "register_against_integral",
    "silent_device",
    "stuck_zero",
    "sub_meters",
    "swapped",
]
