"""The shipped office scenario, computed once for all tests that only look at it."""

from __future__ import annotations

import functools

from collector.sitefile import Configuration, load_site
from firmware_sims.physics.truth import Trace
from firmware_sims.scenario import SITE_FILE, OfficeScenario, load_scenario, scenario_file
from firmware_sims.simulation import Observation, OfficeSimulation, Timeline, timeline

UNTIL_MS = 1_751_328_030_500
"""1 July 2025 08:00:30.5 in China, off every grid on purpose."""


@functools.cache
def office() -> tuple[Configuration, OfficeScenario]:
    """The shipped site and scenario."""
    file = scenario_file("office_complex")
    configuration = load_site(file.parent / SITE_FILE)
    scenario = load_scenario(file, configuration)
    assert isinstance(scenario, OfficeScenario)
    return configuration, scenario


@functools.cache
def short_past() -> tuple[Timeline, tuple[Trace, ...], tuple[dict[str, Observation], ...]]:
    """One day in minutes and the year before it: truth and what the devices showed."""
    configuration, scenario = office()
    simulation = OfficeSimulation(configuration, scenario, live_ms=UNTIL_MS)
    line = timeline(UNTIL_MS, days=1)
    traces = simulation.past(line)
    return line, traces, tuple(simulation.observe(trace) for trace in traces)
