"""`groundwatt savings`: declare the baseline of a retrofit, then tell what it has saved."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperGroup

from analytics.baseline import PlantFit
from analytics.commands.figures import finding_body
from analytics.commands.typed import act, clock, revocation, stored, wrong
from analytics.jobs import savings
from analytics.jobs.opened import open_site
from analytics.records import baselines, changing, reading
from analytics.records.baselines import Baseline
from collector.accounts import Retrofit
from collector.clock import SystemClock
from collector.commands.listing import Listing, show, show_json
from collector.commands.options import (
    AuthorOption,
    DataOption,
    JsonOption,
    ReasonOption,
    SiteOption,
)
from collector.model import Finding
from collector.sitefile import Configuration, load_site

ProjectArgument = Annotated[str, typer.Argument(help="Id of the retrofit in the site file.")]
UNITS: Mapping[str, str] = {"water": "m³", "gas": "m³"}

Result = TypeVar("Result")


class _ShowByDefault(TyperGroup):
    """`savings PROJECT` is `savings show PROJECT`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - typer's own click
        """Put `show` before a project."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["show", *args]
        return super().resolve_command(ctx, args)


def register(app: typer.Typer) -> None:
    """Add `savings` with its sub-commands to the command line."""
    group = typer.Typer(
        cls=_ShowByDefault,
        no_args_is_help=True,
        help="Savings of retrofits: `savings PROJECT`, against a baseline that was declared first.",
    )
    group.command("declare")(declare)
    group.command("show")(told)
    group.command("revoke")(revoke)
    group.command("list")(listed)
    app.add_typer(group, name="savings")


def declare(
    project: ProjectArgument,
    author: AuthorOption,
    reason: ReasonOption,
    site: SiteOption = Path("site.yaml"),
    data: DataOption = Path("data"),
    as_json: JsonOption = False,
) -> None:
    """Fit the baseline and freeze it: model, period and a fingerprint of the data."""
    configuration = load_site(site)
    retrofit = _retrofit(configuration, project)
    stored(configuration, data)
    answerable = act(author, reason, SystemClock().now_ms())

    async def work() -> Baseline:
        async with open_site(configuration, data) as its:
            return await savings.declare(its, retrofit, answerable)

    declared = _answered(work(), as_json=as_json)
    if as_json:
        show_json(_baseline_body(declared, configuration))
        return
    model = declared.frozen.model
    typer.echo(
        f"baseline #{declared.id} of {project} declared: {model['method']} {model['model']}, "
        f"n {model['n']}, R² adjusted {_told(model['r_squared_adjusted'], '.3f')}, "
        f"CV(RMSE) {_told(model['cv_rmse'], '.1%')}, data {declared.frozen.fingerprint[:12]}"
    )


def told(
    project: ProjectArgument,
    site: SiteOption = Path("site.yaml"),
    data: DataOption = Path("data"),
    as_json: JsonOption = False,
) -> None:
    """Tell the savings so far, with their uncertainty; exit 1 when they cannot be told."""
    configuration = load_site(site)
    retrofit = _retrofit(configuration, project)
    stored(configuration, data)

    async def work() -> savings.Outcome:
        async with open_site(configuration, data) as its:
            return await savings.savings_of(its, retrofit, SystemClock().now_ms())

    outcome = _answered(work(), as_json=as_json)
    unit = UNITS.get(str(outcome.baseline.frozen.declaration["medium"]), "kWh")
    if as_json:
        show_json(_outcome_body(outcome, unit, configuration))
        return
    show(_listing(outcome, unit, project))
    for finding in _findings(outcome):
        typer.echo(f"{finding.severity}: {finding.code}: {finding.sentence.en}")


def revoke(
    number: Annotated[int, typer.Argument(help="Number of the baseline.")],
    author: AuthorOption,
    reason: ReasonOption,
    site: SiteOption = Path("site.yaml"),
    data: DataOption = Path("data"),
) -> None:
    """Take back a declared baseline; its row stays."""
    configuration = load_site(site)
    stored(configuration, data)
    taken_back = revocation(author, reason, SystemClock().now_ms())
    with changing(configuration.settings.records, data) as connection:
        revoked = baselines.revoke(connection, number, taken_back)
    if revoked is None:
        raise wrong("NUMBER", f"there is no baseline #{number} that still holds")
    typer.echo(f"baseline #{number} of {revoked.frozen.project} revoked")


def listed(
    site: SiteOption = Path("site.yaml"),
    data: DataOption = Path("data"),
    as_json: JsonOption = False,
) -> None:
    """List every baseline that was ever declared."""
    configuration = load_site(site)
    stored(configuration, data)
    with reading(configuration.settings.records, data) as connection:
        found = baselines.listed(connection)
    if as_json:
        show_json([_baseline_body(one, configuration) for one in found])
        return
    columns = ("number", "project", "model", "declared", "author", "state")
    rows = tuple(
        (
            one.id, one.frozen.project, one.frozen.model["method"],
            clock(one.act.created, configuration), one.act.author,
            f"revoked by {one.act.revoked.author}" if one.act.revoked else "holds",
        )
        for one in found
    )  # fmt: skip
    show(Listing("\t".join(columns), columns, rows))


def _answered(work: Coroutine[None, None, Result], *, as_json: bool) -> Result:
    """Do the work; a refusal is an answer, too, for those who read JSON. Exit code 1."""
    try:
        return asyncio.run(work)
    except savings.SavingsRefused as refused:
        if not as_json:
            raise
        findings = [finding_body(finding) for finding in refused.findings]
        show_json({"project": refused.project, "findings": findings})
        raise typer.Exit(1) from refused


def _told(value: object, form: str) -> str:
    """A number of a frozen model; a dash for one that does not exist."""
    return "–" if value is None else format(value, form)


def _retrofit(configuration: Configuration, project: str) -> Retrofit:
    known = {retrofit.id: retrofit for retrofit in configuration.settings.retrofits}
    if project not in known:
        names = ", ".join(known) or "none"
        wording = f"there is no retrofit {project!r} in {configuration.file}; it has: {names}"
        raise wrong("PROJECT", wording)
    return known[project]


def _listing(outcome: savings.Outcome, unit: str, project: str) -> Listing:
    told = outcome.savings
    span = f"{outcome.reporting.first} … {outcome.reporting.last}"
    rows: list[tuple[object, ...]] = [
        ("reporting period", span, ""),
        ("adjusted baseline", f"{told.adjusted_baseline:.1f}", unit),
        *((f"  of it {each.reason}", f"{each.effect:+.1f}", unit) for each in told.adjustments),
        ("observed", f"{told.observed:.1f}", unit),
        ("savings", f"{told.savings:.1f} ± {told.uncertainty:.1f}", unit),
        ("  confidence", f"{told.confidence:.0%}", ""),
        ("  fractional uncertainty", _told(_finite(told.fractional_uncertainty), ".1%"), ""),
        ("coverage", f"{told.coverage:.1%}", ""),
        ("baseline", f"#{outcome.baseline.id} {outcome.model.method} {outcome.model.model}", ""),
        ("  CV(RMSE)", f"{outcome.model.cv_rmse:.1%}", ""),
        ("  NMBE", f"{outcome.model.nmbe:+.3%}", ""),
        ("  R² adjusted", f"{outcome.model.r_squared_adjusted:.3f}", ""),
        ("  n, p", f"{outcome.model.n}, {outcome.model.p}", ""),
    ]
    if isinstance(outcome.model, PlantFit):
        rows.append(("  boundary", f"{outcome.model.boundary}: {outcome.model.electricity_of}", ""))
    return Listing(f"savings of {project}", ("figure", "value", "unit"), tuple(rows))


def _outcome_body(
    outcome: savings.Outcome, unit: str, configuration: Configuration
) -> dict[str, object]:
    told = outcome.savings
    return {
        "project": outcome.baseline.frozen.project,
        "unit": unit,
        "reporting": outcome.reporting.model_dump(mode="json"),
        "adjusted_baseline": told.adjusted_baseline,
        "routine_baseline": told.routine_baseline,
        "observed": told.observed,
        "savings": told.savings,
        "uncertainty": told.uncertainty,
        "fractional_uncertainty": _finite(told.fractional_uncertainty),
        "confidence": told.confidence,
        "uncertainty_formula": told.form,
        "coverage": told.coverage,
        "periods": told.periods,
        "estimated_days": outcome.estimated,
        "adjustments": [asdict(each) for each in told.adjustments],
        "inputs": {"points": list(outcome.points), "version": outcome.baseline.frozen.version},
        "baseline": _baseline_body(outcome.baseline, configuration),
        "findings": [finding_body(finding) for finding in _findings(outcome)],
    }


def _baseline_body(baseline: Baseline, configuration: Configuration) -> dict[str, object]:
    return {
        "number": baseline.id,
        "project": baseline.frozen.project,
        "author": baseline.act.author,
        "reason": baseline.act.reason,
        "declared": clock(baseline.act.created, configuration),
        "revoked": asdict(baseline.act.revoked) if baseline.act.revoked else None,
        "declaration": dict(baseline.frozen.declaration),
        "model": dict(baseline.frozen.model),
        "data_sha256": baseline.frozen.fingerprint,
        "version": baseline.frozen.version,
    }


def _findings(outcome: savings.Outcome) -> tuple[Finding, ...]:
    """What the baseline's model has against itself, and what the result has."""
    return (*outcome.model.findings, *outcome.savings.findings)


def _finite(value: float) -> float | None:
    """JSON has no infinity: the uncertainty of nothing saved has no fraction."""
    return value if math.isfinite(value) else None
