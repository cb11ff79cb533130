"""Which rule watches which part of a site, and who speaks for whom.

A rule that suppresses a layer speaks for the rules of that layer on its own part and on all that
depend on it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from analytics.brines import LEAST_FRACTION
from analytics.faults import Key, Timing, Watch
from analytics.fluids import freezing_point
from analytics.jobs.parts import Fit, Part, Parts
from analytics.rule_models import Freezing, Rule
from analytics.rule_sets import check_overrides, rule_for
from collector.model import Device, Point
from collector.sitefile import Configuration
from collector.topology import Circuit, Plant


@dataclass(frozen=True, slots=True)
class Watched:
    """One rule on one part of the site, with what has to be read for it.

    Parameters
    ----------
    watch : Watch
        For the evaluation.
    rule : Rule
        As this site wants it.
    part : Part
        What it is about.
    devices : tuple of Device
        Whose samples it looks at; of a rule on fields there is one.
    fields : tuple of str
        The fields it looks at.
    freeze_limit_c : float
        Of a rule on freezing. [°C]
    """

    watch: Watch
    rule: Rule
    part: Part
    devices: tuple[Device, ...] = ()
    fields: tuple[str, ...] = ()
    freeze_limit_c: float = math.nan

    @property
    def key(self) -> Key:
        """Rule and subject."""
        return self.watch.key

    @property
    def points(self) -> tuple[Point, ...]:
        """The points it looks at."""
        return tuple(self.devices[0].points[name] for name in self.fields)


def watched_parts(configuration: Configuration, rules: Mapping[str, Rule]) -> tuple[Watched, ...]:
    """Every rule on every part that it fits, as the site wants them.

    Raises
    ------
    ConfigError
        `alarms:` of the site file names rules or thresholds that do not exist.
    """
    overrides = configuration.settings.alarms
    check_overrides(rules, overrides, configuration.file)
    parts = Parts(configuration)
    found = []
    for shipped in rules.values():
        for fit in parts.fitting(shipped):
            rule = rule_for(shipped, overrides, fit.part.names)
            if rule.enabled:
                found.append(_watched(rule, fit, configuration.settings.plant))
    return tuple(replace(one, watch=_with_parents(one, found)) for one in found)


def _watched(rule: Rule, fit: Fit, plant: Plant | None) -> Watched:
    timing = Timing(rule.on_delay, rule.off_delay, rule.deadband, fit.step_ms)
    watch = Watch((rule.id, fit.part.id), rule.layer, timing)
    limit = math.nan
    if isinstance(rule.condition, Freezing) and plant is not None:
        limit = freeze_limit(rule.condition, plant.source)
    return Watched(watch, rule, fit.part, fit.devices, fit.fields, limit)


def _with_parents(child: Watched, everyone: Iterable[Watched]) -> Watch:
    family = child.part.below | {child.part.id}
    parents = tuple(
        one.key
        for one in everyone
        if child.rule.layer in one.rule.suppresses
        and one.rule.id != child.rule.id
        and one.part.id in family
    )
    return replace(child.watch, parents=parents)


def freeze_limit(condition: Freezing, source: Circuit) -> float:
    """Temperature below which a source circuit is at risk. [°C]

    A brine too thin to be tabulated is treated like water, which is the safe side.
    """
    if source.fluid == "water" or source.mass_fraction < LEAST_FRACTION:
        return condition.water_below_c
    return freezing_point(source.fluid, source.mass_fraction) + condition.margin_k
