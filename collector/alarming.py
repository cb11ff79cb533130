"""What site.yaml says about alarms: what differs from the rules that come with the product.

Only the form is checked here, and in `references` that the named devices exist; that the rules and
their thresholds exist, in analytics, where they are data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from collector.documents import Duration, Strict
from collector.topology import Id

Severity = Literal["info", "warning", "alarm"]


class AlarmOverride(Strict):
    """A rule as this site wants it; of several for the same rule the last one counts.

    Attributes
    ----------
    rule : str
        Id of the rule: `groundwatt alarms rules` lists them.
    only : tuple of str
        Only for these devices, buses or collectors; without it for all.
    enabled : bool
        `false` switches the rule off.
    severity : str
        How urgent it is.
    on_delay, off_delay : duration
        How long the condition must last, and be over.
    deadband : float
        How far back within the limit the value must come. [unit of the rule]
    thresholds : mapping of str to float
        Parameters of the rule's condition, such as `above`.
    """

    rule: Id
    only: tuple[Id, ...] = ()
    enabled: bool = True
    severity: Severity | None = None
    on_delay: Duration | None = None
    off_delay: Duration | None = None
    deadband: Annotated[float, Field(ge=0)] | None = None
    thresholds: Mapping[str, float] = Field(default_factory=dict)
