"""Figures of the ground's ledger: heat taken and given, side by side in two ways, and temperatures.

`loop_meter` is the loop's own heat meter, `heat_pumps` the balance of the machines; neither is
ever corrected by the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from analytics.figures import Figure, Inputs
from analytics.ground import Balance, Exchange
from analytics.instruments import sensor_bound_k
from analytics.jobs import ground_ledger
from analytics.jobs.ground_ledger import HeatPumpSide
from analytics.jobs.measured_figure import measured
from analytics.jobs.plant_channels import Channels, PlantReader
from analytics.jobs.plant_figures import Subject
from analytics.plant import Performance, UnitChannels
from analytics.series import DAY_MS, BoolArray, FloatArray
from analytics.uncertainty import Uncertain, rectangular
from collector.model import Finding, Title
from collector.topology import Plant, Unit

_NO_METER = Title("源侧回路没有热量表", "the source loop has no heat meter")
_NOT_METERED = Title("该侧未计量", "this side is not metered")
_UNKNOWN = Title("时段内没有可用读数", "no usable readings in this span")
_NOTHING = Title("时段内无取热或排热", "nothing was extracted or rejected in the span")
_NO_TEMPERATURE = Title("没有源侧进水温度", "the entering source temperature is not measured")
_NO_FIELD = Title("站点文件未给出井群长度", "the site file gives no bore field")
_NO_EXCHANGE = Exchange(None, None, None, None, np.zeros(0), None, None, None, 0.0)


def of_plant(
    plant: Plant, channels: Channels, told: Performance, reader: PlantReader, subject: Subject
) -> list[Figure]:
    """Ledger and entering source temperatures of a plant over a span."""
    pumps = ground_ledger.of_plant(plant, channels, told.states)
    meter = plant.source.heat_meter
    loop = (meter, channels.source) if meter and channels.source else None
    field = plant.bore_field
    length = field.bores * field.depth_m if field else None
    found = ground_ledger.balance(pumps, loop, bore_length_m=length, span_days=_days(subject))
    devices = {"loop_meter": [meter] if meter else [], "heat_pumps": list(pumps.devices)}
    temperatures = _temperatures(plant, channels, pumps, reader, subject)
    return [*_sides(found, subject, devices, channels.source_findings), *temperatures]


def of_unit(unit: Unit, channels: UnitChannels, subject: Subject) -> Iterator[Figure]:
    """What one heat pump takes from the ground and gives to it, by its own balance."""
    pumps = ground_ledger.of_unit(unit.heat_pump, channels)
    found = ground_ledger.balance(pumps, None, bore_length_m=None, span_days=_days(subject))
    inputs = subject.provenance.of(pumps.devices)
    if found.heat_pumps is not None:
        its = found.heat_pumps
        for name, value in (("extracted", its.extracted_kwh), ("rejected", its.rejected_kwh)):
            yield measured(
                subject, f"ground_{name}_kwh.heat_pumps", value, "kWh",
                reason=_NOT_METERED if its.coverage else _UNKNOWN, inputs=inputs,
                coverage=its.coverage,
            )  # fmt: skip


def _sides(
    found: Balance,
    subject: Subject,
    devices: Mapping[str, list[str]],
    of_loop: tuple[Finding, ...],
) -> Iterator[Figure]:
    """Both ways, and by how much they differ; `of_loop` is what was done to the loop's meter."""
    for way, exchange, reason in (
        ("loop_meter", found.loop_meter, _NO_METER),
        ("heat_pumps", found.heat_pumps, _NOT_METERED),
    ):
        inputs = subject.provenance.of(devices[way])
        done = of_loop if way == "loop_meter" else ()
        yield from _of_way(way, exchange, reason, (_findings(found, way), done), subject, inputs)
    inputs = subject.provenance.of([name for names in devices.values() for name in names])
    gaps = (
        ("extracted", found.difference_extracted_kwh),
        ("rejected", found.difference_rejected_kwh),
    )
    for side, gap in gaps:
        yield measured(
            subject, f"ground_difference_kwh.{side}", gap, "kWh", inputs=inputs,
            reason=_UNKNOWN if found.loop_meter and found.heat_pumps else _NO_METER,
            findings=tuple(f for f in found.findings if f.evidence.get("side") == side),
        )  # fmt: skip


def _of_way(
    way: str,
    exchange: Exchange | None,
    reason: Title,
    findings: tuple[tuple[Finding, ...], tuple[Finding, ...]],
    subject: Subject,
    inputs: Inputs,
) -> Iterator[Figure]:
    """Figures of one way; what was found of the balance stands with the imbalance.

    What was done to the meter stands with every figure.
    """
    of_balance, of_meter = findings
    its = exchange or _NO_EXCHANGE
    if exchange and exchange.coverage == 0.0:  # metered, but nothing of it is known
        reason = _UNKNOWN
    told_at_all = exchange is not None and exchange.coverage > 0.0
    per_metre, shared = (_NO_FIELD, _NOTHING) if told_at_all else (reason, reason)
    told: tuple[tuple[str, str, Uncertain | None, Title], ...] = (
        ("ground_extracted_kwh", "kWh", its.extracted_kwh, reason),
        ("ground_rejected_kwh", "kWh", its.rejected_kwh, reason),
        ("ground_net_kwh", "kWh", its.net_kwh, reason),
        ("ground_extracted_kwh_m", "kWh/m", its.extracted_kwh_m, per_metre),
        ("ground_rejected_kwh_m", "kWh/m", its.rejected_kwh_m, per_metre),
        ("ground_net_kwh_m", "kWh/m", its.net_kwh_m, per_metre),
        ("ground_imbalance", "", its.imbalance, shared),
    )
    for name, unit, value, why in told:
        yield measured(
            subject, f"{name}.{way}", value, unit, reason=why, inputs=inputs,
            coverage=exchange.coverage if exchange else None,
            findings=(*of_meter, *(of_balance if name == "ground_imbalance" else ())),
        )  # fmt: skip


def _findings(found: Balance, way: str) -> tuple[Finding, ...]:
    spoken = way.replace("_", "-")
    return tuple(one for one in found.findings if one.evidence.get("way") == spoken)


def _temperatures(
    plant: Plant, channels: Channels, pumps: HeatPumpSide, reader: PlantReader, subject: Subject
) -> Iterator[Figure]:
    """Lowest, highest and load-weighted entering source temperature while heat is exchanged."""
    device, entering = _entering(plant, channels)
    exchanged = pumps.net_extracted_kwh()
    net = np.nan_to_num(exchanged)
    inputs = subject.provenance.of([device, *pumps.devices])
    known = ~np.isnan(entering)
    used = known & (np.abs(net) > 0.01 * np.abs(net).max(initial=0.0))
    told = {
        "lowest": float(entering[used].min()) if used.any() else None,
        "highest": float(entering[used].max()) if used.any() else None,
        "mean": _weighted(entering, np.abs(net), known),
        "heating_mean": _weighted(entering, np.maximum(net, 0.0), known),
        "cooling_mean": _weighted(entering, np.maximum(-net, 0.0), known),
    }
    reason = _NOTHING if known.any() else _NO_TEMPERATURE
    if known.any() and np.isnan(exchanged).all():
        reason = _UNKNOWN
    error = {f"{device}:sensor": rectangular(sensor_bound_k(reader.accuracy(device)))}
    for name, value in told.items():
        uncertain = None if value is None else Uncertain(value, error)
        yield measured(
            subject, f"ground_entering_c.{name}", uncertain, "°C", reason=reason, inputs=inputs
        )


def _entering(plant: Plant, channels: Channels) -> tuple[str, FloatArray]:
    """Temperature entering the heat pumps, by the loop's meter or the first controller. [°C]"""
    meter, source = plant.source.heat_meter, channels.source
    if meter and source is not None and source.supply_temp_c is not None:
        return meter, source.supply_temp_c
    name = plant.units[0].heat_pump
    return name, channels.table.mean(name, "source_entering_temp_c")


def _weighted(temperature: FloatArray, weight: FloatArray, known: BoolArray) -> float | None:
    total = float(weight[known].sum())
    return float(temperature[known] @ weight[known]) / total if total > 0.0 else None


def _days(subject: Subject) -> float:
    return (subject.end - subject.start) / DAY_MS
