"""What the tests of the deployment read: compose file, Dockerfile, documented settings."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PACKAGES = ("collector", "analytics", "dashboards", "firmware_sims")

_VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>[A-Z0-9_]+)(?::-(?P<default>[^}]*))?\}")


def compose() -> dict[str, Any]:
    """docker-compose.yml with its merges, before its variables are put in."""
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def services() -> dict[str, dict[str, Any]]:
    return compose()["services"]


def built_services() -> dict[str, dict[str, Any]]:
    """Services that run groundwatt itself."""
    return {name: service for name, service in services().items() if "build" in service}


def variables() -> dict[str, str | None]:
    """Variables that the compose file takes from .env, with their defaults."""
    text = (ROOT / "docker-compose.yml").read_text()
    return {found["name"]: found["default"] for found in _VARIABLE.finditer(text)}


def with_defaults(text: str) -> str:
    """Put the default of each variable in its place."""
    return _VARIABLE.sub(lambda found: found["default"] or "", text)


def bind_mounts(service: dict[str, Any]) -> dict[str, str]:
    """Source in this repository by target in the container."""
    mounts = {}
    for volume in service.get("volumes", ()):
        if isinstance(volume, str):
            source, target = volume.split(":")[:2]
        else:
            source, target = volume["source"], volume["target"]
        source = with_defaults(source)
        if source.startswith("."):
            mounts[target] = source
    return mounts


def documented_settings() -> dict[str, str]:
    """Settings of deploy/example.env with the value shown there."""
    text = (ROOT / "deploy" / "example.env").read_text()
    return dict(re.findall(r"^#?([A-Z][A-Z0-9_]+)=(.*)$", text, re.MULTILINE))


def documented_secrets() -> set[str]:
    """Names that the last part of deploy/example.env explains."""
    text = (ROOT / "deploy" / "example.env").read_text()
    _, _, secrets = text.partition("--- Secrets ---")
    return set(re.findall(r"^# ([a-z][a-z_]+(?:NAME)?)  +\S", secrets, re.MULTILINE))


def dockerfile_steps() -> list[tuple[str, list[str]]]:
    """Instructions of the Dockerfile with their words, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return [(instruction, words) for instruction, *words in lines]


def project_version() -> str:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["project"]["version"]
