"""The image, mirrored without an engine: what it is built from, and what gets installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.deploy.stack import PACKAGES, ROOT, dockerfile_steps, project_version

STEPS = dockerfile_steps()


def _copied_from_the_repository() -> list[tuple[list[str], str]]:
    """Sources and target of each COPY that reads the build context."""
    words = [words for name, words in STEPS if name == "COPY" and "--from" not in words[0]]
    return [(sources, target) for *sources, target in words]


def test_what_is_copied_exists_and_reaches_the_builder() -> None:
    let_through = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    sources = {source for sources, _ in _copied_from_the_repository() for source in sources}
    assert all((ROOT / source).exists() for source in sources)
    assert sources == let_through


def test_nothing_runs_as_root() -> None:
    users = [words for name, words in STEPS if name == "USER"]
    assert users == [["10001"]]
    names = [name for name, _ in STEPS]
    assert names.index("USER") > max(i for i, name in enumerate(names) if name == "RUN")


def test_the_labels_tell_version_and_licence() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert f'org.opencontainers.image.version="{project_version()}"' in text
    assert 'org.opencontainers.image.licenses="Apache-2.0"' in text


def test_the_image_is_the_command() -> None:
    assert ("ENTRYPOINT", ['["groundwatt"]']) in STEPS


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build as the image does, from the same files and no others."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for sources, _ in _copied_from_the_repository():
        for name in (name for name in sources if not name.startswith("deploy/")):
            if (ROOT / name).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / name, source / name, ignore=ignored)
            else:
                shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    subprocess.run([*command, "--wheel-dir", str(target), str(source)], check=True)
    (built,) = target.glob("groundwatt-*.whl")
    return built


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_wheel_carries_every_file_of_the_packages(wheel: Path) -> None:
    expected = {
        file.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for file in (ROOT / package).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    assert expected <= inside
    for pattern in ("collector/maps/*.yaml", "firmware_sims/scenarios/*/*.yaml"):
        assert any(Path(name).match(pattern) for name in inside), pattern
    assert any(name.startswith("dashboards/web/static/") for name in inside)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_installed_wheel_runs_away_from_the_repository(wheel: Path, tmp_path: Path) -> None:
    folder = tmp_path / "installed"
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*command, "--no-deps", "--no-index", str(wheel)], check=True)
    # The packages it needs are lent by the environment of the tests; the path of groundwatt itself,
    # which an editable install adds there, is not followed from here.
    site = sysconfig.get_path("purelib", vars={"base": str(folder)})
    (Path(site) / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")

    result = subprocess.run(
        [folder / "bin" / "groundwatt", "--help"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "collect" in result.stdout
    imported = subprocess.run(
        [python, "-c", "import collector; print(collector.__file__)"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(imported.stdout.strip()).is_relative_to(folder)
