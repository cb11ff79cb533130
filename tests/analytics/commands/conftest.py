"""A small site, and the command line run in this process."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from collector import cli

SITE = """\
site: {id: office, name: {zh: 园区, en: Office}, timezone: Europe/Stockholm}
buses:
  - {id: b1, kind: tcp, host: 10.0.0.1, port: 502}
devices:
  - {id: m1, name: {zh: 表, en: one}, bus: b1, unit: 1, map: eastron_sdm630}
  - {id: h1, name: {zh: 热, en: heat}, bus: b1, unit: 2, map: generic_heat_meter}
  - {id: hp1, name: {zh: 泵, en: pump}, bus: b1, unit: 3, map: generic_gshp}
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def groundwatt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs the command line on the small site, whose store holds nothing yet: exit code, output,
    standard error."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "groundwatt.sqlite").touch()
    site = tmp_path / "site.yaml"
    site.write_text(SITE, encoding="utf-8")

    def run(*arguments: object) -> tuple[int, str, str]:
        places = ("--site", str(site), "--data", str(tmp_path / "data"))
        monkeypatch.setattr(sys, "argv", ["groundwatt", *map(str, arguments), *places])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        output = capsys.readouterr()
        return int(ended.value.code or 0), output.out, output.err

    return run


@pytest.fixture
def answer(groundwatt: Run) -> Callable[..., dict]:
    """Runs a command that succeeds, with --json: what it prints."""

    def run(*arguments: object) -> dict:
        code, out, err = groundwatt(*arguments, "--json")
        assert (code, err) == (0, "")
        return json.loads(out)

    return run
