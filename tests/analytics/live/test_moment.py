from __future__ import annotations

import math

import pytest

from analytics.live.moment import NO_VALUE, Figures
from collector.model import Sample
from collector.wire import decode_sample, encode_sample


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_a_number_without_end_spoils_no_other_figure(number: float) -> None:
    """JSON would say null, and the sample would be refused with all that it holds."""
    figures = Figures()
    figures.put("heat_kw", number, "")
    figures.put("power_kw", 60.0, "")
    assert (figures.values, figures.flags) == ({"power_kw": 60.0}, {"heat_kw": NO_VALUE})
    sample = Sample("plant", 0, "run", 1, 0, figures.values, figures.flags)
    assert decode_sample("plant", encode_sample(sample)) == sample
