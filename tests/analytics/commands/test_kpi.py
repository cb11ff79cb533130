"""`groundwatt kpi`: what it prints and how it ends; the figures are the job's."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from collector import cli
from tests.analytics.jobs.known_building import copied
from tests.analytics.jobs.known_plant import content, truth, write_site

KEYS = Path(__file__).with_name("kpi_keys.json")
JANUARY = ("--from", "2026-01-01", "--to", "2026-01-31")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def kpi(
    plant_store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Runs `groundwatt kpi` on the known plant: exit code, standard output and error."""
    copied(plant_store, tmp_path)
    write_site(tmp_path, content())

    def run(*arguments: str) -> tuple[int, str, str]:
        places = ("--site", str(tmp_path / "site.yaml"), "--data", str(tmp_path))
        monkeypatch.setattr(sys, "argv", ["groundwatt", "kpi", *arguments, *places])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        output = capsys.readouterr()
        return int(ended.value.code or 0), output.out, output.err

    return run


def test_figures_are_told_with_boundary_uncertainty_and_coverage(kpi) -> None:
    code, out, err = kpi(*JANUARY, "--level", "plant")
    assert (code, err) == (0, "")
    title, *rows = out.splitlines()
    assert title == "small, 2026-01-01 to 2026-01-31"
    cells = [row.split("\t") for row in rows]
    [overall] = [row for row in cells if row[1:3] == ["cop_overall", "HC4 (4+HC)"]]
    its, within = truth(), truth().within(date(2026, 1, 1), date(2026, 1, 31))
    heat = (its.heat["h-load"] + its.cold["h-load"])[within].sum()
    value, spread = (float(part) for part in overall[3].split(" ± "))
    assert value == pytest.approx(heat / its.electricity["e-plant"][within].sum(), abs=0.0006)
    assert 0 < spread < 0.15 * value
    assert overall[5] == "100.0%"
    assert "U mostly h-load:" in overall[6]


def test_json_keeps_its_keys(kpi) -> None:
    code, out, err = kpi(*JANUARY, "--json")
    assert (code, err) == (0, "")
    golden = json.loads(KEYS.read_text(encoding="utf-8"))
    told = json.loads(out)
    assert {figure["level"] for figure in told} == {"site", "tower", "plant", "unit"}
    for figure in told:
        check(figure, golden, figure["name"])
    [spf] = [one for one in told if one["name"] == "spf_heating" and one["level"] == "plant"
             and one["boundary"] == {"sepemo": "H4", "annex52": "4+H"}]  # fmt: skip
    assert (spf["from"], spf["to"]) == ("2026-01-01T00:00:00+01:00", "2026-02-01T00:00:00+01:00")
    assert spf["coverage_factor"] == 2
    variance = sum(term**2 for term in spf["terms"].values())
    assert spf["uncertainty"] == pytest.approx(2 * variance**0.5)


def check(value: object, expected: object, place: str) -> None:
    """Compare with the golden keys; a part that is null is not there."""
    if isinstance(expected, dict):
        if value is not None:
            assert isinstance(value, dict), place
            assert list(value) == list(expected), place
            for key, inner in expected.items():
                check(value[key], inner, f"{place}.{key}")
    elif isinstance(expected, list):
        assert isinstance(value, list), place
        for each in value:
            check(each, expected[0], place)
    else:
        kinds = {"str": str, "number": int | float, "object": dict, "list": list}
        optional = str(expected).endswith("?")
        kind = kinds[str(expected).rstrip("?")]
        assert isinstance(value, kind) or (optional and value is None), (place, value)


def test_only_the_levels_that_are_asked_for(kpi) -> None:
    told = json.loads(kpi(*JANUARY, "--level", "tower", "--level", "site", "--json")[1])
    assert [figure["level"] for figure in told] == sorted(figure["level"] for figure in told)
    assert {figure["level"] for figure in told} == {"site", "tower"}
    assert {figure["subject"] for figure in told if figure["level"] == "tower"} == {
        "tower-a", "tower-b",
    }  # fmt: skip


def test_a_figure_is_derived_in_both_languages(kpi) -> None:
    code, out, err = kpi(*JANUARY, "--level", "plant", "--explain", "spf_heating@H2")
    assert (code, err) == (0, "")
    for words in (
        "plant / spf_heating @ H2 (IEA HPT Annex 52: 2H)", "供热季节性能系数（SPF）",
        "heating seasonal performance, SPF", "公式 formula: SPF = ΣQ / ΣW", "ΣQ = ", "(heat_kwh)",
        "ΣW = ", "(electricity_heating_kwh)", "不确定度来源 sources of uncertainty",
        "  h-load:flow: ", "  e-hp:class: ", "  e-source:class: ", "  e-source/energy_kwh",
        "e-hp/energy_kwh @ ", "覆盖率 coverage: 100.00%", "来源 source: SEPEMO",
    ):  # fmt: skip
        assert words in out, words
    sums = {
        line.split(" = ")[0]: float(line.split(" = ")[1].split(" ± ")[0])
        for line in out.splitlines() if line.startswith("Σ")
    }  # fmt: skip
    result = next(line for line in out.splitlines() if line.startswith("结果 result: "))
    told = float(result.removeprefix("结果 result: ").split(" ")[0])
    assert told == pytest.approx(sums["ΣQ"] / sums["ΣW"], rel=1e-4)


@pytest.mark.parametrize("wanted", ["spf_heating", "plant/spf_heating@H2", "tower-a/cop_overall"])
def test_a_figure_is_named_as_exactly_as_needed(kpi, wanted) -> None:
    code, out, _ = kpi(*JANUARY, "--explain", wanted, "--json")
    names = {(one["subject"], one["name"]) for one in json.loads(out)}
    subject, _, name = wanted.partition("@")[0].rpartition("/")
    assert code == 0
    assert {one for _, one in names} == {name}
    assert not subject or {one for one, _ in names} == {subject}


def test_without_any_value_it_ends_with_1(kpi) -> None:
    """A week of which nothing was read: every figure says why it has no value."""
    arguments = ("--from", "2026-04-01", "--to", "2026-04-07", "--level", "site")
    code, out, err = kpi(*arguments, "--json")
    assert (code, err) == (1, "")
    told = json.loads(out)
    assert told
    assert all(one["value"] is None and one["reason"]["zh"] for one in told)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--from", "January"), "--from: 'January' is no day; write 2026-01-31"),
        (("--to", "2026-02-30"), "--to: '2026-02-30' is no day; write 2026-01-31"),
        (("--from", "2999-01-01"), "--from: 2999-01-01 lies after the last whole day, 20"),
        (("--from", "2026-02-01", "--to", "2026-01-01"), "--to: 2026-01-01 lies before 2026-02-01"),
        ((*JANUARY, "--level", "roof"), "--level: 'roof' is none of site, tower, plant, unit"),
        ((*JANUARY, "--explain", "spf"), "--explain: there is no figure 'spf'; known: "),
        (
            (*JANUARY, "--level", "plant", "--explain", "spf_heat"),
            "--explain: there is no figure 'spf_heat'; near it: spf_heating",
        ),
        (
            (*JANUARY, "--level", "plant", "--explain", "spf_heating@H9"),
            "--explain: there is no figure 'spf_heating@H9'; known: plant/spf_heating@H1, ",
        ),
    ],
)
def test_wrong_use_ends_with_2(kpi, arguments, words) -> None:
    code, out, err = kpi(*arguments)
    assert (code, out) == (2, "")
    assert words in err


def test_a_site_without_a_plant_tells_its_accounts(kpi, tmp_path) -> None:
    site = content()
    del site["plant"]
    write_site(tmp_path, site)
    told = json.loads(kpi(*JANUARY, "--json")[1])
    assert {one["level"] for one in told} == {"site"}
    code, _, err = kpi(*JANUARY, "--level", "plant")
    assert (code, "only the level site can be told" in err) == (2, True)
