"""First law: what goes in comes out, and where it does not, which meter is most likely wrong.

`first_law` checks one machine or plant interval by interval; `check` holds any set of meters
against all balances that they must satisfy at once, and lets every redundancy vote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import chdtrc, chdtri

from analytics import closure_findings
from analytics.metered_energy import Relative, accumulated, of_intervals
from analytics.reconciliation import Balances, balances
from analytics.series import BoolArray, FloatArray
from analytics.uncertainty import Uncertain, total
from collector.model import Finding

RESIDUAL_LIMIT, SHARE_LIMIT = 0.05, 0.20
"""B1: at most a fifth of the points may miss the balance by more than 5 %. [-]"""
SIGNIFICANCE = 0.05
"""Chance of doubting a set of meters that is in order. [-]"""
REST = 0.01
"""Below this chance the other meters disagree too: one error does not explain it all. [-]"""
CLEARLY = 2.0 * float(np.log(20.0))
"""Lead in chi² that makes a meter twenty times as likely as the next. [-]"""


@dataclass(frozen=True, slots=True)
class FirstLaw:
    """Energy balance of one machine or plant.

    Parameters
    ----------
    residual : array of float64, shape (n,)
        Q_cond - (Q_evap + share W); NaN where something is missing. [unit of the arguments]
    relative : array of float64, shape (n,)
        Residual by Q_cond; NaN outside the judged points. [-]
    points : int
        Judged: everything known, heat flowing, steady.
    share_beyond : float or None
        Share of them that miss by more than 5 %; None without any. [0..1]
    total : Uncertain or None
        Residual of all known points together. [unit of the arguments]
    findings : tuple of Finding
        `closure.first-law` (B1), `closure.first-law-bias`.
    """

    residual: FloatArray
    relative: FloatArray
    points: int
    share_beyond: float | None
    total: Uncertain | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class ClosureResult:
    """A set of meters against its balances.

    Parameters
    ----------
    residuals : tuple of Uncertain or None
        By constraint, what it lacks; None where one of its values is missing. [unit of the values]
    chi2, dof, p : float, int, float
        Test of all balances at once; p is the chance of so much by the meters' own errors.
        Without any redundancy dof is 0 and p is 1.
    suspect : str or None
        The meter that is most likely wrong, when it wins clearly.
    alternatives : tuple of str
        Meters between which it cannot be decided, most likely first; empty when in order.
    votes : mapping of str to float
        By how much chi² falls when this meter is left out. [-]
    estimates : mapping of str to Uncertain
        By name, what the other meters make of it; also of values that are not measured. Those
        rest on all meters but the suspect. [unit of the values]
    findings : tuple of Finding
        `closure.suspect-meter`, `closure.undecided`, `closure.several-wrong`.
    """

    residuals: tuple[Uncertain | None, ...]
    chi2: float
    dof: int
    p: float
    suspect: str | None
    alternatives: tuple[str, ...]
    votes: Mapping[str, float]
    estimates: Mapping[str, Uncertain]
    findings: tuple[Finding, ...]


def first_law(
    q_cond: npt.ArrayLike,
    q_evap: npt.ArrayLike,
    w: npt.ArrayLike,
    *,
    into_refrigerant: float = 1.0,
    steady: npt.ArrayLike | None = None,
    accuracy: Mapping[str, Relative] | None = None,
) -> FirstLaw:
    """Hold condenser heat against evaporator heat and compressor electricity.

    Parameters
    ----------
    q_cond, q_evap, w : array of float64, shape (n,)
        Heat given, heat taken and electricity, all kW or all kWh; NaN where not known.
    into_refrigerant : float
        Share of the electricity that ends in the refrigerant; what an inverter or an open motor
        loses to the room does not. [0..1]
    steady : array of bool, shape (n,), optional
        Points to judge; start-up stores heat in the machine and is no fault.
    accuracy : mapping of str to mapping of str to float or array, optional
        Relative standard uncertainty by source, for `q_cond`, `q_evap`, `w`. [-]

    Returns
    -------
    FirstLaw

    Raises
    ------
    ValueError
        Shapes that differ, a share outside 0..1, an unknown name in `accuracy`.

    Notes
    -----
    B1 of the domain reference: |residual| / Q_cond > 5 % for more than 20 % of the points (Green
    Mark SS 591 asks for 80 % of points within 5 %).
    """
    parts = {
        name: np.atleast_1d(np.asarray(array, dtype=np.float64))
        for name, array in (("q_cond", q_cond), ("q_evap", q_evap), ("w", w))
    }
    limits = accuracy or {}
    judged_if = _judged_if(parts, steady, limits, into_refrigerant)
    sign = {"q_cond": 1.0, "q_evap": -1.0, "w": -into_refrigerant}
    residual = np.sum([sign[name] * array for name, array in parts.items()], axis=0)
    known = np.isfinite(residual)
    judged = known & judged_if & (np.nan_to_num(parts["q_cond"]) > 0)
    relative = np.divide(
        residual, parts["q_cond"], out=np.full(residual.size, np.nan), where=judged
    )
    points = int(judged.sum())
    beyond = float(np.mean(np.abs(relative[judged]) > RESIDUAL_LIMIT)) if points else None
    whole = heat = None
    if known.any():
        sums = {
            name: accumulated(array[known], of_intervals(limits.get(name, {}), known))
            for name, array in parts.items()
        }
        whole, heat = total(sums[name] * sign[name] for name in parts), sums["q_cond"].value
    described = all(limits.get(name) for name in parts)
    findings = (
        *closure_findings.of_points(beyond, points, RESIDUAL_LIMIT, SHARE_LIMIT),
        *(closure_findings.of_sum(whole, heat) if described else ()),
    )
    return FirstLaw(residual, relative, points, beyond, whole, findings)


def check(
    measured: Mapping[str, Uncertain], constraints: Sequence[Mapping[str, float]]
) -> ClosureResult:
    """Test measured values against balances, and find the one that is most likely wrong.

    Parameters
    ----------
    measured : mapping of str to Uncertain
        Energies of one period by meter. A loss that nobody measures enters as an estimate of its
        own, such as `Uncertain(200.0, {"pipes:loss": 60.0})`; NaN counts as not measured.
    constraints : sequence of mapping of str to float
        Σ coefficient x value = 0: `{"h-plant": 1, "h-a": -1, "h-b": -1, "loss": -1}`. A name that
        is not measured is estimated if the balances determine it.

    Returns
    -------
    ClosureResult

    Raises
    ------
    ValueError
        No constraint, an empty one, or a balance of exact values only that is not met.

    Notes
    -----
    Chi-square of all balances at 5 % (as VDI 2048 part 1 tests reconciled data); if it fails, the
    meter whose removal explains most (`Balances.votes`) is named when (1) its own test holds at a
    level of 5 % for the whole set (Šidák, as Mah and Tamhane propose), (2) the rest then agrees at
    1 %, and (3) it is twenty times as likely as the next one. Meters that enter all balances in the
    same proportion can never be told apart, and are named together.
    """
    if not constraints or not all(constraints):
        raise ValueError("constraints: at least one balance, and each with its values")
    system = balances(measured, constraints)
    dof = system.matrix.shape[0]
    chi2 = system.chi2 if dof else 0.0
    p = float(chdtrc(dof, chi2)) if dof else 1.0
    votes = system.votes() if dof else {}
    suspect, alternatives = _judge(votes, chi2, dof, p)
    estimates = _estimates(system, measured, constraints, suspect)
    several = (
        not suspect and bool(alternatives) and not _explains(alternatives[0], votes, chi2, dof)
    )
    return ClosureResult(
        tuple(_residual(measured, constraint, system.names) for constraint in constraints),
        chi2,
        dof,
        p,
        suspect,
        alternatives,
        votes,
        estimates,
        closure_findings.of_votes(suspect, alternatives, several, measured, estimates, p),
    )


def _judged_if(
    parts: Mapping[str, FloatArray],
    steady: npt.ArrayLike | None,
    accuracy: Mapping[str, Relative],
    into_refrigerant: float,
) -> BoolArray:
    shape = parts["q_cond"].shape
    mask = np.ones(shape, bool) if steady is None else np.atleast_1d(np.asarray(steady, bool))
    for name, array in (*parts.items(), ("steady", mask)):
        if array.shape != shape or array.ndim != 1:
            raise ValueError(f"{name}: shape {array.shape}, q_cond has {shape}")
    if not 0 <= into_refrigerant <= 1:
        raise ValueError(f"into_refrigerant: {into_refrigerant} is no share")
    unknown = set(accuracy) - set(parts)
    if unknown:
        raise ValueError(f"accuracy: nothing is called {sorted(unknown)}")
    return mask


def _judge(
    votes: Mapping[str, float], chi2: float, dof: int, p: float
) -> tuple[str | None, tuple[str, ...]]:
    """Return the meter that wins clearly, or those that cannot be told apart."""
    if p >= SIGNIFICANCE or not votes:
        return None, ()
    ranked = sorted(votes, key=lambda name: votes[name], reverse=True)
    close = tuple(name for name in ranked if votes[name] > votes[ranked[0]] - CLEARLY)
    level = 1.0 - (1.0 - SIGNIFICANCE) ** (1.0 / len(votes))
    named = (
        len(close) == 1
        and votes[ranked[0]] > float(chdtri(1, level))
        and _explains(ranked[0], votes, chi2, dof)
    )
    return (ranked[0], ()) if named else (None, close)


def _explains(name: str, votes: Mapping[str, float], chi2: float, dof: int) -> bool:
    """Whether the others agree without this meter."""
    return dof == 1 or float(chdtrc(dof - 1, max(chi2 - votes[name], 0.0))) >= REST


def _estimates(
    system: Balances,
    measured: Mapping[str, Uncertain],
    constraints: Sequence[Mapping[str, float]],
    suspect: str | None,
) -> dict[str, Uncertain]:
    found = dict[str, Uncertain]()
    if system.matrix.shape[0]:
        for name in system.names:
            weights = system.weights_without(name)
            if weights is not None:
                found[name] = system.estimate(weights, measured)
    trusted = {name: value for name, value in measured.items() if name != suspect}
    if suspect:
        system = balances(trusted, constraints)
    for name, weights in system.weights_of_missing().items():
        found[name] = system.estimate(weights, trusted)
    return found


def _residual(
    measured: Mapping[str, Uncertain], constraint: Mapping[str, float], known: tuple[str, ...]
) -> Uncertain | None:
    if not all(name in known for name in constraint):
        return None
    return total(measured[name] * factor for name, factor in constraint.items())
