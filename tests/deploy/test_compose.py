"""docker-compose.yml, checked without an engine."""

from __future__ import annotations

import copy
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from tests.deploy.stack import (
    ROOT,
    bind_mounts,
    built_services,
    compose,
    documented_secrets,
    project_version,
    services,
    with_defaults,
)

SERVICES = services()
SECRET_WORDS = re.compile(r"PASSWORD|TOKEN|SECRET|KEY")


@pytest.fixture(scope="module")
def schema() -> Draft7Validator:
    file = ROOT / "tests" / "data" / "compose-spec" / "compose-spec.json"
    return Draft7Validator(json.loads(file.read_text()))


def test_the_file_is_valid_by_the_compose_specification(schema: Draft7Validator) -> None:
    assert [error.message for error in schema.iter_errors(compose())] == []


def test_the_schema_refuses_a_misspelt_key(schema: Draft7Validator) -> None:
    wrong = copy.deepcopy(compose())
    wrong["services"]["collect"]["restrat"] = "always"
    assert not schema.is_valid(wrong)


def test_the_stack_has_the_services_of_this_version() -> None:
    expected = {"mosquitto", "influxdb", "grafana", "collect", "ingest", "analyse", "serve", "web"}
    expected |= {"sim"}
    assert set(SERVICES) == expected
    assert [name for name in SERVICES if "profiles" in SERVICES[name]] == ["sim"]


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_has_a_full_version(name: str) -> None:
    assert re.fullmatch(r"[a-z/-]+:\d+\.\d+\.\d+", SERVICES[name]["image"])


def test_the_image_carries_the_version_of_the_project() -> None:
    assert {service["image"] for service in built_services().values()} == {
        f"groundwatt:{project_version()}"
    }


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_fenced_in(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert "max-size" in service["logging"]["options"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_tells_whether_it_is_at_work(name: str) -> None:
    in_the_image = name in built_services() and "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()
    assert "healthcheck" in SERVICES[name] or in_the_image


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_only_for_services_that_tell_their_health(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        assert how["condition"] == "service_healthy"
        assert "healthcheck" in SERVICES[other]


def test_only_pages_are_published_and_by_default_to_this_server_alone() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert {name: [with_defaults(port) for port in ports] for name, ports in published.items()} == {
        "web": ["127.0.0.1:8080:8081"],
        "grafana": ["127.0.0.1:3000:3000"],
    }


def test_broker_and_store_are_on_the_inner_network_alone() -> None:
    assert compose()["networks"]["pipeline"] == {"internal": True}
    assert SERVICES["mosquitto"]["networks"] == ["pipeline"]
    assert SERVICES["influxdb"]["networks"] == ["pipeline"]


def test_the_page_shares_the_address_of_its_login_and_starts_again_with_it() -> None:
    serve = SERVICES["serve"]
    assert serve["network_mode"] == "service:web"
    assert serve["depends_on"]["web"]["restart"] is True
    assert "ports" not in serve


def test_networks_and_named_volumes_are_declared_and_used() -> None:
    networks = {network for service in SERVICES.values() for network in service.get("networks", ())}
    assert networks == set(compose()["networks"])
    volumes = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", ())
        if isinstance(volume, str) and not volume.startswith(".")
    }
    assert volumes == set(compose()["volumes"])


@pytest.mark.parametrize(
    ("name", "source"),
    [(name, source) for name in SERVICES for source in bind_mounts(SERVICES[name]).values()],
)
def test_what_is_mounted_is_in_the_repository(name: str, source: str) -> None:
    path = ROOT / source
    assert path.is_file() or any(path.iterdir())


def _environment(name: str) -> dict[str, Any]:
    return SERVICES[name].get("environment", {})


@pytest.mark.parametrize("name", SERVICES)
def test_a_secret_reaches_a_service_as_a_file_that_it_was_given(name: str) -> None:
    for setting, value in _environment(name).items():
        if SECRET_WORDS.search(setting):
            assert setting.endswith("_FILE")
            assert value.removeprefix("/run/secrets/") in SERVICES[name]["secrets"]


def test_secrets_are_declared_documented_and_used() -> None:
    declared = set(compose()["secrets"])
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", ())}
    assert used == declared
    assert documented_secrets() == declared | {"mqtt_password_NAME"}


def test_every_secret_is_made_at_random_and_kept_once_made(tmp_path: Path) -> None:
    script = tmp_path / "make-secrets"
    script.write_text((ROOT / "deploy" / "make-secrets").read_text())

    def make() -> dict[str, str]:
        subprocess.run(["sh", str(script)], check=True, capture_output=True)
        return {file.name: file.read_text() for file in (tmp_path / "secrets").iterdir()}

    first = make()
    assert {f"./deploy/secrets/{name}" for name in first} == {
        secret["file"] for secret in compose()["secrets"].values()
    }
    assert first.pop("notify_urls") == ""  # only the site knows where its alarms go
    assert all(re.fullmatch(r"[0-9a-f]{64}", value) for value in first.values())
    assert len(set(first.values())) == len(first)
    (tmp_path / "secrets" / "notify_urls").chmod(0o600)
    (tmp_path / "secrets" / "notify_urls").write_text("json://127.0.0.1/")
    assert make() == first | {"notify_urls": "json://127.0.0.1/"}
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0


def test_the_first_start_of_the_store_uses_what_the_service_is_given() -> None:
    script = (ROOT / "deploy" / "influxdb" / "create-buckets.sh").read_text()
    influxdb = SERVICES["influxdb"]
    names = set(re.findall(r"\$\{?((?:DOCKER|GROUNDWATT)_[A-Z_]+)", script))
    assert names
    assert names <= set(influxdb["environment"])
    assert set(re.findall(r"/run/secrets/(\w+)", script)) <= set(influxdb["secrets"])
    assert influxdb["environment"]["DOCKER_INFLUXDB_INIT_BUCKET"] == "groundwatt"
    assert "rollup=${raw}_rollup" in script


@pytest.mark.parametrize(
    "script",
    [
        "deploy/influxdb/create-buckets.sh",
        "deploy/mosquitto/start.sh",
        "deploy/web/start.sh",
        "deploy/make-secrets",
        "deploy/healthcheck",
        "deploy/setup/debian-packages",
        "deploy/setup/virtualenv",
        ".ci/run",
    ],
)
def test_a_script_is_executable_and_parses(script: str) -> None:
    path = ROOT / script
    assert path.stat().st_mode & 0o111
    shell = path.read_text().splitlines()[0].split("/")[-1].split()[-1]
    subprocess.run([shell, "-n", str(path)], check=True)
