"""Plausibility of a site's data: every check of `analytics.quality` on every device.

`findings` looks at a span and tells each thing once; nothing is corrected.
"""

from analytics.jobs.plausibility.survey import findings
from analytics.jobs.plausibility.told import DeviceFinding

__all__ = ["DeviceFinding", "findings"]
