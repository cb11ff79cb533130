"""What every device model has in common: which device it is, and what stands fixed in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from collector.documents import Strict
from collector.topology import Id


class Binding(Strict):
    """One device of the site file bound to the simulation.

    Attributes
    ----------
    device : str
        Its id in the site file.
    fixed : mapping of str to float
        Fields that never change, in canonical units.
    ratios : mapping of str to float
        Transformer ratios that the meter itself is set to.
    units : mapping of str to str
        Unit that the meter is set to show, by unit cell of its map.
    """

    device: Id
    fixed: Mapping[str, float] = Field(default_factory=dict)
    ratios: Mapping[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    units: Mapping[str, str] = Field(default_factory=dict)
