"""The files under `deploy/` say what the program understands, and run it as nobody who may do more."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fsspec.config import set_conf_env
from ruamel.yaml import YAML
from typer.main import get_command

from geo_tracker.cli import app

DEPLOY = Path(__file__).parents[2] / "deploy"
PROGRAM = re.compile(r"(?:/srv/geo/\.venv/bin/)?geo-tracker$")


def units() -> Iterator[Path]:
    yield from sorted((DEPLOY / "systemd").iterdir())


def unit(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=True, interpolation=None)
    parser.optionxform = str  # type: ignore[method-assign,assignment]
    parser.read_string(path.read_text("utf-8"))
    return parser


def compose() -> dict[str, Any]:
    return dict(YAML(typ="safe").load((DEPLOY / "compose.yaml").read_text("utf-8")))


def commands() -> Iterator[Any]:
    for path in units():
        if path.suffix == ".service":
            words = shlex.split(unit(path)["Service"]["ExecStart"])
            words = shlex.split(words[2].replace("$$(date +%%F)", "x")) if words[0] == "/bin/sh" else words
            start = next(at for at, word in enumerate(words) if PROGRAM.match(word))
            yield pytest.param(words[start + 1 :], id=path.name)
    for name, service in compose()["services"].items():
        if service.get("image") == "geo-tracker":
            yield pytest.param(service["command"], id=f"compose {name}")
    docker = (DEPLOY / "Dockerfile").read_text("utf-8")
    yield pytest.param(shlex.split(docker.rpartition("CMD [")[2].strip(' ]"\n')), id="Dockerfile")
    health = re.search(r'CMD \["geo-tracker", ([^]]+)\]', docker)
    assert health
    yield pytest.param(shlex.split(health[1].replace(",", "")), id="Dockerfile health")


@pytest.mark.parametrize("words", commands())
def test_every_command_is_one_that_the_program_takes(words: list[str]) -> None:
    name, command = "geo-tracker", get_command(app)
    while hasattr(command, "resolve_command"):
        name, command, words = command.resolve_command(command.context_class(command), words)
    made = command.make_context(name, list(words))
    assert made.command is command


@pytest.mark.parametrize("path", units(), ids=lambda path: path.name)
def test_services_run_as_a_user_without_rights(path: Path) -> None:
    if path.suffix == ".service":
        service = unit(path)["Service"]
        assert service["User"] == "geo"
        assert (service["NoNewPrivileges"], service["ProtectSystem"]) == ("yes", "strict")
        assert "--host" not in service["ExecStart"]


def test_the_container_is_not_root_and_checks_itself() -> None:
    lines = (DEPLOY / "Dockerfile").read_text("utf-8").splitlines()
    names = [line.split()[0] for line in lines if line and not line.startswith((" ", "#"))]
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert next(line for line in lines if line.startswith("USER")) == "USER geo"
    assert "HEALTHCHECK" in names


def test_nobody_outside_reaches_a_dashboard_that_lets_everybody_in() -> None:
    for path in units():
        assert "--insecure" not in path.read_text("utf-8")
    for service in compose()["services"].values():
        if "--insecure" in service.get("command", ()):
            assert service["ports"] and all(port.startswith("127.0.0.1:") for port in service["ports"])


@pytest.mark.skipif(shutil.which("caddy") is None, reason="no caddy: apt-get install caddy")
def test_the_proxy_takes_its_configuration() -> None:
    command = ["caddy", "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_services_find_one_another() -> None:
    services = compose()["services"]
    assert set(services) == {"dashboard", "api", "worker", "postgres", "minio", "bucket"}
    assert services["worker"]["deploy"]["replicas"] == 2
    database, store = services["postgres"]["environment"], services["minio"]["environment"]
    for name in ("dashboard", "api", "worker"):
        places = services[name]["environment"]
        user = f"{database['POSTGRES_USER']}:{database['POSTGRES_PASSWORD']}"
        assert places["GEO_DATABASE_URL"] == f"postgresql://{user}@postgres/{database['POSTGRES_DB']}"
        assert places["AWS_SECRET_ACCESS_KEY"] == store["MINIO_ROOT_PASSWORD"]
        read: dict[str, dict[str, str]] = {}
        set_conf_env(read, {key: value for key, value in places.items() if key.startswith("FSSPEC")})
        assert read == {"s3": {"endpoint_url": "http://minio:9000"}}
        assert all(port.startswith("127.0.0.1:") for port in services[name].get("ports", ()))
