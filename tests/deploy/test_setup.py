"""What a newcomer types: the Makefile, the scripts behind it, and what CI runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.deploy.stack import ROOT

SETUP = ROOT / "deploy" / "setup"
COMMANDS = ("demo", "test", "check", "bench", "clean", "help")


def _make(*arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    environment.pop("ARGS", None)
    result = subprocess.run(
        ["make", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return result.stdout


def test_make_alone_explains_every_command() -> None:
    text = _make()
    assert text == _make("help")
    for command in COMMANDS:
        assert re.search(rf"^  make {command} +\S", text, re.MULTILINE)


def test_make_test_sets_up_lints_and_tests() -> None:
    text = _make("-n", "test", "ARGS=tests/deploy")
    for step in ("debian-packages", "ruff check", "mypy", "lint-imports", "pytest tests/deploy"):
        assert step in text
    for package in ("mosquitto", "influxdb", "victoria-metrics", "chromium", "mbpoll"):
        assert re.search(rf"debian-packages.*={package}\b", text)


def test_make_demo_sets_up_and_hands_the_options_on() -> None:
    text = _make("-n", "demo", "ARGS=--seconds 60 --json")
    assert re.search(r"debian-packages mosquitto=mosquitto\b", text)
    assert ".venv/bin/groundwatt demo --seconds 60 --json" in text
    assert "influxdb" not in text


def test_make_demo_brings_the_store_it_is_asked_for() -> None:
    assert "influxd=influxdb" in _make("-n", "demo", "ARGS=--store influx1")


def test_set_up_is_not_repeated_until_the_project_file_changes(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    project = tmp_path / "pyproject.toml"
    binaries = tmp_path / ".venv" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "python").symlink_to(sys.executable)
    (tmp_path / ".venv" / "pyvenv.cfg").write_text(f"command = x -m venv {tmp_path}/.venv\n")
    stamp = tmp_path / ".venv" / ".installed-for-tests"

    def plan() -> str:
        return _make("-n", "-C", str(tmp_path), "setup-tests")

    project.touch()
    assert "pip install" in plan()
    stamp.touch()
    os.utime(project, (1, 1))
    assert "pip install" not in plan()
    os.utime(stamp, (0, 0))
    assert "pip install" in plan()
    stamp.touch()
    (binaries / "python").unlink()
    assert "deploy/setup/virtualenv" in plan()
    assert "pip install" in plan()


def test_a_moved_folder_gets_a_new_environment(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "pyproject.toml").touch()
    binaries = tmp_path / ".venv" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "python").symlink_to(sys.executable)
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("command = x -m venv /elsewhere/.venv\n")
    (tmp_path / ".venv" / ".installed").touch()
    assert "deploy/setup/virtualenv" in _make("-n", "-C", str(tmp_path), "setup")


@pytest.fixture
def path() -> Iterator[Path]:
    """A folder to be the whole PATH; it starts with what the scripts themselves need."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # for the test that runs as somebody else
        for command in ("sh", "id", "dirname"):
            (folder / command).symlink_to(shutil.which(command) or "")
        yield folder


def _debian_packages(path: Path, *words: str, **how: int) -> subprocess.CompletedProcess[str]:
    # The script is read from standard input, so that it need not be readable for every user.
    return subprocess.run(
        [path / "sh", "-s", *words],
        input=(SETUP / "debian-packages").read_text(),
        env={"PATH": str(path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **how,
    )


def test_nothing_missing_is_quick_and_silent_and_needs_no_apt(path: Path) -> None:
    result = _debian_packages(path, "sh=dash", "id=coreutils")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_where_there_is_no_apt_the_missing_packages_are_named(path: Path) -> None:
    result = _debian_packages(path, "sh=dash", "mosquitto=mosquitto", "python3.11-venv")
    assert result.returncode == 1
    assert "Missing: mosquitto python3.11-venv." in result.stderr
    assert "dash" not in result.stderr


def test_without_root_and_sudo_the_command_for_the_administrator_is_told(path: Path) -> None:
    (path / "apt-get").symlink_to("/usr/bin/apt-get")
    nobody = {"user": 65534} if os.geteuid() == 0 else {}
    result = _debian_packages(path, "mosquitto=mosquitto", "influxd=influxdb", **nobody)
    assert result.returncode == 1
    assert "no sudo" in result.stderr
    assert "apt-get install --no-install-recommends mosquitto influxdb\n" in result.stderr


def test_an_old_or_missing_python_is_told_plainly(tmp_path: Path) -> None:
    result = subprocess.run(
        ["sh", str(SETUP / "virtualenv"), str(tmp_path / "venv")],
        env={"PATH": "/usr/bin:/bin", "PYTHON": "/nonexistent/python3.10"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 1
    assert "needs Python 3.11 or newer" in result.stderr
    assert "/nonexistent/python3.10" in result.stderr
    assert not (tmp_path / "venv").exists()


def test_a_virtual_environment_is_made_with_a_python_that_is_new_enough(tmp_path: Path) -> None:
    folder = tmp_path / "venv"
    subprocess.run(
        ["sh", str(SETUP / "virtualenv"), str(folder)],
        env={"PATH": "/usr/bin:/bin", "PYTHON": sys.executable},
        check=True,
        capture_output=True,
        timeout=100,
    )
    subprocess.run([folder / "bin" / "python", "-c", "import pip"], check=True)


def test_ci_runs_what_a_newcomer_runs() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    lines = [line for line in script.splitlines() if line and not line.startswith("#")]
    assert lines == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "make test"]
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    steps = workflow["jobs"]["test"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == ["bash .ci/run"]
