"""Which units run: stages, lead rotation, minimum run and off times."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StagingRules:
    """How the controller switches units.

    Attributes
    ----------
    stage_up_s, stage_down_s : float
        How long a need or a surplus has to last. [s]
    least_run_s, least_off_s : float
        Protection of the compressors. [s]
    band_k : float
        How far the loop may leave its set point before the first unit starts or the last one
        stops. [K]
    up_share, down_share : float
        Switch up above this share of the running capacity, down below this share of what would
        remain. [-]
    rotate_after_s : float
        A running unit hands over to a resting one that has this much less running time. [s]
    """

    stage_up_s: float = 300.0
    stage_down_s: float = 600.0
    least_run_s: float = 600.0
    least_off_s: float = 300.0
    band_k: float = 2.0
    up_share: float = 0.97
    down_share: float = 0.8
    rotate_after_s: float = 36.0 * 3_600.0


@dataclass(slots=True)
class UnitState:
    """Controller memory of one heat pump.

    Attributes
    ----------
    running, blocked : bool
        Compressor on; taken out of service.
    held_s, start_up_left_s : float
        Time since the last switch; rest of the start-up. [s]
    run_s : float
        Counter of running time. [s]
    starts : int
        Counter of starts. [-]
    """

    running: bool = False
    blocked: bool = False
    held_s: float = 1e9
    start_up_left_s: float = 0.0
    run_s: float = 0.0
    starts: int = 0


@dataclass(slots=True)
class StagingState:
    """All units and how long a switch has been due [s]."""

    units: list[UnitState]
    need_s: float = 0.0
    surplus_s: float = 0.0


def stage(
    state: StagingState,
    rules: StagingRules,
    capacity_kw: list[float],
    start_up_s: list[float],
    asked_kw: float,
    gap_k: float,
    dt_s: float,
) -> None:
    """Switch units for the coming step; changes `state`.

    Parameters
    ----------
    state : StagingState
    rules : StagingRules
    capacity_kw, start_up_s : list of float
        Full output now, and length of the start-up, of each unit. [kW, s]
    asked_kw : float
        Output that the loop needs. [kW]
    gap_k : float
        How much the loop lacks to its set point; negative when it is past it. [K]
    dt_s : float
        Step width. [s]

    Notes
    -----
    Lead rotation: the unit with the fewest run hours starts, the one with the most stops; a unit
    that never gets to stop hands over after a while.
    """
    for unit in state.units:
        unit.held_s += dt_s
        if unit.running and unit.blocked:
            _switch(unit, running=False, start_up_s=0.0)
    running_kw = sum(kw for kw, unit in zip(capacity_kw, state.units, strict=True) if unit.running)
    if running_kw == 0.0:
        state.need_s = state.surplus_s = 0.0
        if gap_k > rules.band_k:
            _start(state, rules, capacity_kw, start_up_s)
        return
    _stage_up(state, rules, capacity_kw, start_up_s, asked_kw, running_kw, dt_s)
    _stage_down(state, rules, capacity_kw, asked_kw, gap_k, dt_s)
    _hand_over(state, rules, capacity_kw, start_up_s)


def stop_all(state: StagingState, dt_s: float) -> None:
    """Stop every unit, for a change of season or for free cooling; changes `state`."""
    state.need_s = state.surplus_s = 0.0
    for unit in state.units:
        unit.held_s += dt_s
        if unit.running:
            _switch(unit, running=False, start_up_s=0.0)


def lead(state: StagingState) -> int:
    """Return the unit that starts next, or the one whose pumps circulate."""
    free = [n for n, unit in enumerate(state.units) if not unit.blocked] or [0]
    return min(free, key=lambda n: state.units[n].run_s)


def _stage_up(
    state: StagingState,
    rules: StagingRules,
    capacity_kw: list[float],
    start_up_s: list[float],
    asked_kw: float,
    running_kw: float,
    dt_s: float,
) -> None:
    """Start units while the need lasts; a wide step may start several."""
    state.need_s = state.need_s + dt_s if asked_kw > rules.up_share * running_kw else 0.0
    while state.need_s >= rules.stage_up_s and asked_kw > rules.up_share * running_kw:
        started_kw = _start(state, rules, capacity_kw, start_up_s)
        if started_kw == 0.0:
            return
        running_kw += started_kw
        state.need_s -= rules.stage_up_s


def _stage_down(
    state: StagingState,
    rules: StagingRules,
    capacity_kw: list[float],
    asked_kw: float,
    gap_k: float,
    dt_s: float,
) -> None:
    """Stop the unit with the most hours when the others suffice, or the loop is past its band."""
    on = [n for n, unit in enumerate(state.units) if unit.running]
    longest = max(on, key=lambda n: state.units[n].run_s)
    remaining_kw = sum(capacity_kw[n] for n in on) - capacity_kw[longest]
    if len(on) > 1:
        surplus = asked_kw < rules.down_share * remaining_kw
        state.surplus_s = state.surplus_s + dt_s if surplus else 0.0
        due = state.surplus_s >= rules.stage_down_s
    else:
        due = gap_k < -rules.band_k
    if due and state.units[longest].held_s >= rules.least_run_s:
        _switch(state.units[longest], running=False, start_up_s=0.0)
        state.surplus_s = 0.0


def _hand_over(
    state: StagingState, rules: StagingRules, capacity_kw: list[float], start_up_s: list[float]
) -> None:
    """Replace a running unit by a rested one when their hours have drifted apart."""
    on = [unit for unit in state.units if unit.running and unit.held_s >= rules.least_run_s]
    off = [unit for unit in state.units if not (unit.running or unit.blocked)]
    if not on or not off:
        return
    longest = max(on, key=lambda unit: unit.run_s)
    if longest.run_s - min(unit.run_s for unit in off) < rules.rotate_after_s:
        return
    if _start(state, rules, capacity_kw, start_up_s) > 0.0:
        _switch(longest, running=False, start_up_s=0.0)


def _start(
    state: StagingState, rules: StagingRules, capacity_kw: list[float], start_up_s: list[float]
) -> float:
    """Start the rested unit with the fewest run hours; return its capacity, 0 without one [kW]."""
    rested = [
        n
        for n, unit in enumerate(state.units)
        if not (unit.running or unit.blocked) and unit.held_s >= rules.least_off_s
    ]
    if not rested:
        return 0.0
    first = min(rested, key=lambda n: state.units[n].run_s)
    _switch(state.units[first], running=True, start_up_s=start_up_s[first])
    return capacity_kw[first]


def _switch(unit: UnitState, *, running: bool, start_up_s: float) -> None:
    unit.running = running
    unit.held_s = 0.0
    unit.start_up_left_s = start_up_s
    unit.starts += running
