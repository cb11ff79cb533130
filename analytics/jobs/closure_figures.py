"""Figures of the first law: its residual, and which meter the plant's redundancies doubt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from analytics.closure import SIGNIFICANCE, ClosureResult, FirstLaw, check, first_law
from analytics.figures import Figure, Inputs
from analytics.jobs import closure_network, meter_errors
from analytics.jobs.closure_network import DRIVE_LOSS, HeatMode, Network
from analytics.jobs.closure_values import PlantValues, UnitValues
from analytics.jobs.measured_figure import measured
from analytics.jobs.meter_errors import Metered
from analytics.jobs.plant_channels import Channels
from analytics.jobs.plant_figures import Subject
from analytics.metered_energy import Relative
from analytics.series import BoolArray
from analytics.states import StateArray
from analytics.uncertainty import Uncertain, rectangular
from collector.model import Finding, OperatingState, Title
from collector.topology import Plant

_MODES = {
    "heating": Title("供热日", "On heating days"),
    "cooling": Title("供冷日", "On cooling days"),
    "both": Title("全部供热日与供冷日", "On all heating and cooling days"),
    "electricity": Title("电量", "Electricity"),
}
_NO_SIDE = Title(
    "负荷侧、源侧与电量未同时计量", "load side, source side and electricity are not all measured"
)
_NEVER = Title("时段内机组未稳定运行", "no heat pump ran steadily in the span")
_NO_REDUNDANCY = Title(
    "没有冗余计量，无从校核", "nothing is measured twice: there is nothing to check"
)
_RUNNING = (
    OperatingState.HEAT, OperatingState.DHW, OperatingState.COOL, OperatingState.SIMULTANEOUS,
)  # fmt: skip


def of_unit(unit: UnitValues, subject: Subject) -> Iterator[Figure]:
    """First law of one heat pump: by its most exact load side, source side and electricity."""
    sides = [next(iter(unit.of(side).items()), None) for side in ("load", "source", "electricity")]
    known = [side for side in sides if side is not None]
    if len(known) < len(sides):
        yield from _unknown(subject, _NO_SIDE)
        return
    (load, q_load), (source, q_source), (meter, used) = known
    inputs = _inputs(subject, [load, source, meter])
    yield from _law(subject, q_load, q_source, used, unit.running, unit.steady, inputs)


def of_plant(
    plant: Plant,
    values: PlantValues,
    states: StateArray,
    channels: Channels,
    subject: Subject,
) -> Iterator[Figure]:
    """First law of the plant, and the vote of its redundancies in each mode."""
    yield from _of_whole(values, states, subject)
    places = np.searchsorted(channels.table.edges, channels.days)
    modes: tuple[HeatMode, ...] = ("heating", "cooling", "both")
    networks = [closure_network.of_heat(m, plant, values, states, places) for m in modes]
    networks.append(closure_network.of_electricity(plant, values))
    yield from of_networks([network for network in networks if network is not None], subject)


def of_networks(networks: Sequence[Network], subject: Subject) -> Iterator[Figure]:
    """Test of the plant's redundancies by mode, doubted meters, and estimates of them.

    Several tests are made, so each must be the rarer: Bonferroni.
    """
    for network in networks:
        result = check(network.measured, network.constraints)
        doubted = result.dof > 0 and result.p < SIGNIFICANCE / len(networks)
        findings = tuple(_titled(f, network) for f in result.findings) if doubted else ()
        names = [name for name in network.measured if name not in network.losses]
        inputs = _inputs(subject, names)
        told = {"balances that are redundant": str(result.dof), "χ²": f"{result.chi2:.2f}"}
        yield measured(
            subject, f"closure_p.{network.mode}", Uncertain(result.p) if result.dof else None, "",
            reason=_NO_REDUNDANCY,
            inputs=replace(inputs, constants={**inputs.constants, **told}),
            coverage=network.coverage, findings=findings,
        )  # fmt: skip
        yield from _estimates(network, result, doubted, subject, inputs)


def _estimates(
    network: Network, result: ClosureResult, doubted: bool, subject: Subject, inputs: Inputs
) -> Iterator[Figure]:
    """What the others make of a doubted meter, and of one that does not exist."""
    suspects = [result.suspect] if result.suspect else list(result.alternatives)
    missing = [name for name in result.estimates if name not in network.measured]
    for name in [*(suspects if doubted else ()), *missing]:
        if name in result.estimates and name not in network.losses:
            own = network.measured.get(name)
            constants = dict(inputs.constants)
            if own is not None:
                told = own * network.sign
                constants["its own reading"] = f"{told.value:.0f} ± {told.expanded:.0f} kWh"
            yield measured(
                subject, f"closure_estimate_kwh.{name}.{network.mode}",
                result.estimates[name] * network.sign, "kWh",
                reason=_NO_REDUNDANCY, inputs=replace(inputs, constants=constants),
                coverage=network.coverage,
            )  # fmt: skip


def _titled(finding: Finding, network: Network) -> Finding:
    """A finding with the devices' titles beside their ids, and the mode in front."""
    mode = _MODES[network.mode]

    def named(text: str, language: str, form: str) -> str:
        names = sorted((n for n in network.measured if n in network.titles), key=len, reverse=True)
        pattern = "|".join(re.escape(name) for name in names)
        exact = rf"(?<![\w/-])(?:{pattern})(?![\w/-])"
        return re.sub(
            exact,
            lambda m: form.format(getattr(network.titles[m.group()], language), m.group()),
            text,
        )

    sentence = Title(
        f"{mode.zh}：{named(finding.sentence.zh, 'zh', '{}（{}）')}",
        f"{mode.en}: {named(finding.sentence.en, 'en', '{} ({})')}",
    )
    return replace(finding, sentence=sentence, evidence={**finding.evidence, "mode": network.mode})


def _law(
    subject: Subject,
    load: Metered,
    source: Metered,
    used: Metered,
    running: BoolArray,
    steady: BoolArray,
    inputs: Inputs,
) -> Iterator[Figure]:
    """Residual and share of points beyond 5 % by mode: errors of opposite signs must not cancel.

    Products of means are only taken from steady intervals.
    """
    heats = load.energy_kwh > 0.0
    of_used: Relative = {
        **used.relative(),
        "drive:loss": rectangular(DRIVE_LOSS / (1.0 - DRIVE_LOSS)),
    }
    for mode, hot, cold, its in (
        ("heating", load, source, running & heats),
        ("cooling", _negative(source), _negative(load), running & ~heats),
    ):
        over = its & (steady | (load.counted and source.counted))
        law = first_law(
            *(np.where(over, part.energy_kwh, np.nan) for part in (hot, cold, used)),
            into_refrigerant=1.0 - DRIVE_LOSS,
            steady=steady,
            accuracy={"q_cond": hot.relative(), "q_evap": cold.relative(), "w": of_used},
        )
        yield from _of_mode(law, mode, int(np.count_nonzero(its)), subject, inputs)


def _negative(heat: Metered) -> Metered:
    """Cold as a positive number."""
    errors = {source: -error for source, error in heat.errors.items()}
    return replace(heat, energy_kwh=-heat.energy_kwh, errors=errors)


def _of_mode(
    law: FirstLaw, mode: str, intervals: int, subject: Subject, inputs: Inputs
) -> Iterator[Figure]:
    known = int(np.count_nonzero(np.isfinite(law.residual)))
    yield measured(
        subject, f"closure_residual_kwh.{mode}", law.total, "kWh", reason=_NEVER, inputs=inputs,
        coverage=known / intervals if intervals else None,
        findings=tuple(f for f in law.findings if f.code == "closure.first-law-bias"),
    )  # fmt: skip
    share = None if law.share_beyond is None else Uncertain(law.share_beyond)
    yield measured(
        subject, f"closure_share_beyond.{mode}", share, "", reason=_NEVER, inputs=inputs,
        coverage=law.points / intervals if intervals else None,
        findings=tuple(_weighed(f, law) for f in law.findings if f.code == "closure.first-law"),
    )  # fmt: skip


def _weighed(finding: Finding, law: FirstLaw) -> Finding:
    """B1 as information where the instruments may be wrong by as much: they prove no fault.

    Two sensors of ± 0.2 K at 4 K of difference are 7 % by themselves.
    """
    if law.total is None or abs(law.total.value) > law.total.expanded:
        return finding
    said = finding.sentence
    sentence = Title(
        f"{said.zh}；总偏差在仪表允许误差之内，不足以判定故障",
        f"{said.en}; in all it is within what these instruments may be wrong by, no proof of a "
        "fault",
    )
    return replace(finding, severity="info", sentence=sentence)


def _unknown(subject: Subject, reason: Title) -> Iterator[Figure]:
    yield measured(subject, "closure_residual_kwh", None, "kWh", reason=reason)
    yield measured(subject, "closure_share_beyond", None, "", reason=reason)


def _inputs(subject: Subject, names: Sequence[str]) -> Inputs:
    """Inputs of values by name; a controller's side is its device."""
    return subject.provenance.of(dict.fromkeys(name.partition("/")[0] for name in names))


def _of_whole(values: PlantValues, states: StateArray, subject: Subject) -> Iterator[Figure]:
    """First law of the plant: its output meters, the loop's meter, the heat pumps' electricity."""
    known = [metered for unit in values.units for metered in unit.working().values()]
    if not values.outputs or not values.source or len(known) < len(values.units):
        yield from _unknown(subject, _NO_SIDE)
        return
    running = np.isin(states, _RUNNING)
    steady = np.logical_and.reduce([unit.steady for unit in values.units])
    names = [*values.outputs, *values.source, *(unit.main("electricity") for unit in values.units)]
    q_load, q_source, together = (
        meter_errors.together(list(parts))
        for parts in (values.outputs.values(), values.source.values(), known)
    )
    yield from _law(subject, q_load, q_source, together, running, steady, _inputs(subject, names))
