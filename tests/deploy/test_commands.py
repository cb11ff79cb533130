"""Containers and services start commands, with options, that groundwatt has."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.stack import ROOT, built_services

UNITS = ROOT / "deploy" / "systemd"
AS_SERVICES = ("collect", "ingest", "analyse", "serve", "run")


class _Unit(configparser.RawConfigParser):
    """A systemd unit: its keys are written in capitals and may stand twice."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def _unit(name: str) -> _Unit:
    unit = _Unit(strict=False)
    unit.read_string((UNITS / name).read_text())
    return unit


def _service_commands() -> dict[str, list[str]]:
    words = _unit("groundwatt@.service")["Service"]["ExecStart"].split()
    assert words[0] == "/opt/groundwatt/bin/groundwatt"
    return {
        f"groundwatt@{name}": [word.replace("%i", name) for word in words[1:]]
        for name in AS_SERVICES
    }


COMMANDS = {name: service["command"] for name, service in built_services().items()}
COMMANDS |= _service_commands()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_started_command_and_its_options_exist(name: str) -> None:
    words = COMMANDS[name]
    options = next((i for i, word in enumerate(words) if word.startswith("-")), len(words))
    command, rest = words[:options], words[options:]
    result = subprocess.run(
        [Path(sys.executable).with_name("groundwatt"), *command, "--help"],
        env={"COLUMNS": "200", "TERM": "dumb", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    for option in (word for word in rest if word.startswith("--")):
        assert re.search(rf"{option}\b", result.stdout)


def test_a_wrong_site_file_is_not_started_again_and_again() -> None:
    service = _unit("groundwatt@.service")["Service"]
    assert service["Restart"] == "on-failure"
    assert service["RestartPreventExitStatus"] == "2"


def test_the_units_belong_together() -> None:
    unit = _unit("groundwatt@.service")
    assert unit["Unit"]["PartOf"] == "groundwatt.target"
    assert unit["Install"]["WantedBy"] == "groundwatt.target"
    assert unit["Service"]["User"] != "root"
    assert (UNITS / "groundwatt.target").is_file()
