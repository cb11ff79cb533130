"""`groundwatt savings`: what it prints and how it ends; the figures are the job's."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from collector import cli
from tests.analytics.jobs import known_plant
from tests.analytics.jobs.known_building import (
    NOW_MS,
    REPORTING,
    copied,
    load,
    project,
    total,
    write_site,
)

BY = ("--author", "Wang", "--reason", "before the works")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def savings(
    building: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Runs `groundwatt savings` on the known building: exit code, standard output and error."""
    copied(building, tmp_path)
    clock = SimpleNamespace(now_ms=lambda: NOW_MS)
    monkeypatch.setattr("analytics.commands.savings.SystemClock", lambda: clock)
    write_site(tmp_path, project())

    def run(*arguments: str) -> tuple[int, str, str]:
        places = ("--site", str(tmp_path / "site.yaml"), "--data", str(tmp_path))
        monkeypatch.setattr(sys, "argv", ["groundwatt", "savings", *arguments, *places])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        output = capsys.readouterr()
        return int(ended.value.code or 0), output.out, output.err

    return run


def test_a_project_from_declaration_to_revocation(savings) -> None:
    code, out, err = savings("declare", "works", *BY)
    assert (code, err) == (0, "")
    assert out.startswith("baseline #1 of works declared: caltrack_daily cdd_hdd, n 364, ")
    code, out, err = savings("works")
    assert (code, err) == (0, "")
    lines = dict(line.split("\t")[:2] for line in out.splitlines() if "\t" in line)
    saved = 0.1 * total(load, "e-main", REPORTING)
    assert float(lines["savings"].split(" ± ")[0]) == pytest.approx(saved, abs=0.06)
    assert lines["baseline"] == "#1 caltrack_daily cdd_hdd"
    assert savings("revoke", "1", *BY)[:2] == (0, "baseline #1 of works revoked\n")
    assert "revoked by Wang" in savings("list")[1]
    assert savings("revoke", "1", *BY)[0] == 2


def test_json_is_all_that_there_is_and_stable(savings) -> None:
    declared = json.loads(savings("declare", "works", *BY, "--json")[1])
    code, out, err = savings("works", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["baseline"] == declared
    assert set(told) == {
        "project", "unit", "reporting", "adjusted_baseline", "routine_baseline", "observed",
        "savings", "uncertainty", "fractional_uncertainty", "confidence", "uncertainty_formula",
        "coverage", "periods", "estimated_days", "adjustments", "inputs", "baseline", "findings",
    }  # fmt: skip
    assert set(declared) == {
        "number", "project", "author", "reason", "declared", "revoked", "declaration", "model",
        "data_sha256", "version",
    }  # fmt: skip
    assert told["unit"] == "kWh"
    assert told["savings"] == pytest.approx(0.1 * total(load, "e-main", REPORTING))
    assert told["inputs"]["points"] == ["e-main/energy_kwh", "weather/outdoor_temp_c"]


def test_a_refusal_is_a_finding_for_people_and_programs(savings) -> None:
    code, out, err = savings("works")
    assert (code, out) == (1, "")
    assert "works: baseline.undeclared: " in err
    code, out, err = savings("works", "--json")
    assert (code, err) == (1, "")
    told = json.loads(out)
    assert set(told) == {"project", "findings"}
    assert told["project"] == "works"
    [finding] = told["findings"]
    assert finding["code"] == "baseline.undeclared"
    assert "groundwatt savings declare works" in finding["sentence"]["zh"]


def test_a_second_declaration_is_refused(savings) -> None:
    assert savings("declare", "works", *BY)[0] == 0
    code, out, _ = savings("declare", "works", *BY, "--json")
    assert code == 1
    assert [each["code"] for each in json.loads(out)["findings"]] == ["baseline.declared-already"]


def test_eleven_months_are_refused_with_the_reason(savings, tmp_path) -> None:
    write_site(tmp_path, project(baseline={"first": "2025-02-01", "last": "2025-12-31"}))
    code, out, _ = savings("declare", "works", *BY, "--json")
    assert code == 1
    assert [each["code"] for each in json.loads(out)["findings"]] == ["baseline.too-short"]
    assert savings("list", "--json")[1] == "[]\n"


def test_wrong_use_ends_with_2(savings, tmp_path) -> None:
    code, _, err = savings("roof")
    assert code == 2
    assert "there is no retrofit 'roof'" in err
    assert "it has: works" in err
    code, _, err = savings("declare", "works", "--author", "Wang", "--reason", " ")
    assert (code, "must not be empty" in err) == (2, True)
    overlapping = {"first": "2025-12-31", "last": "2026-04-30"}
    write_site(tmp_path, project(reporting=overlapping))
    code, _, err = savings("works")
    assert (code, "overlap" in err) == (2, True)


def test_a_plants_savings_name_their_boundary(
    plant_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    copied(plant_store, tmp_path)
    retrofit = {
        "id": "drives", "name": {"zh": "变频", "en": "Drives"}, "option": "B", "model": "plant",
        "baseline": {"first": "2026-01-01", "last": "2026-02-14"},
        "reporting": {"first": "2026-02-15", "last": "2026-02-28"},
    }  # fmt: skip
    site = known_plant.write_site(tmp_path, known_plant.content() | {"retrofits": [retrofit]})
    clock = SimpleNamespace(now_ms=lambda: NOW_MS)
    monkeypatch.setattr("analytics.commands.savings.SystemClock", lambda: clock)
    for arguments in (("declare", "drives", *BY), ("drives",)):
        places = ("--site", str(site), "--data", str(tmp_path))
        monkeypatch.setattr(sys, "argv", ["groundwatt", "savings", *arguments, *places])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert not ended.value.code
    out = capsys.readouterr().out
    assert "declared: plant heating+cooling, n 1080, " in out
    assert "  boundary\tHC4: e-plant" in out
    assert "warning: baseline.short: " in out
