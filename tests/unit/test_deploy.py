"""What lies under `deploy/` for machines with systemd and nginx fits together and fits the programs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from domain.settings import Settings
from shadow.config_file import load
from shadow.words import Side, World

ROOT = Path(__file__).parents[2]
SYSTEMD, NGINX = ROOT / "deploy" / "systemd", ROOT / "deploy" / "nginx"
INSTANCES = [(stack, name) for stack in ("legacy", "port") for name in ("main", "ui", "read", "upload", "shadow")]


def variables(name: str) -> dict[str, str]:
    lines = (SYSTEMD / "env" / f"{name}.env").read_text().splitlines()
    pairs = [line.split("=", 1) for line in lines if line and not line.startswith("#")]
    return {key: value.strip('"') for key, value in pairs}


def settings(stack: str, instance: str) -> Settings:
    """What a process of this instance runs with, by the order of files in its unit."""
    return Settings.from_environ({**variables("common"), **variables(stack), **variables(f"{stack}-{instance}")})


def unit(name: str) -> str:
    return (SYSTEMD / name).read_text()


def test_every_instance_has_its_file_and_no_other_exists() -> None:
    wanted = {"common", "legacy", "port", "shadow", *(f"{stack}-{instance}" for stack, instance in INSTANCES)}
    assert {file.stem for file in (SYSTEMD / "env").iterdir()} == wanted


def test_a_resync_clones_the_databases_that_the_instances_use() -> None:
    world = load(ROOT / "deploy" / "shadow.toml", variables("shadow")).world
    base = variables("common")["FISHTEST_DB_URL"]
    assert world.live == f"{base}/{settings('legacy', 'main').db_name}"
    assert world.shadow == f"{base}/{settings('port', 'shadow').db_name}"


@pytest.mark.parametrize(("stack", "module"), [("legacy", "legacy_pyramid"), ("port", "new_server")])
def test_a_unit_reads_the_three_files_in_order_and_runs_its_stack(stack: str, module: str) -> None:
    text = unit(f"fishtest-{stack}@.service")
    files = re.findall(r"^EnvironmentFile=(.*)$", text, re.MULTILINE)
    assert files == [f"/etc/fishtest/{name}.env" for name in ("common", stack, f"{stack}-%i")]
    assert f"ExecStart=/srv/shadow/.venv/bin/python -m {module} --port ${{FISHTEST_PORT}}\n" in text


def test_each_world_has_one_database_one_folder_and_exactly_one_owner() -> None:
    found = {(stack, name): settings(stack, name) for stack, name in INSTANCES}
    live = [one for (_, name), one in found.items() if name != "shadow"]
    shadow = [one for (_, name), one in found.items() if name == "shadow"]
    for world in (live, shadow):
        assert len({(one.db_name, one.nets) for one in world}) == 1
        assert [one.starts_as_owner for one in world].count(True) == 1
    assert (live[0].db_name, live[0].nets) != (shadow[0].db_name, shadow[0].nets)
    assert found["legacy", "main"].starts_as_owner
    assert found["port", "shadow"].starts_as_owner
    assert {one.flush for one in found.values()} == {"through"}


def test_no_two_instances_share_a_port_and_nginx_knows_each() -> None:
    ports = {f"{stack}_{name}": settings(stack, name).port for stack, name in INSTANCES}
    assert max(Counter(ports.values()).values()) == 1
    named = re.findall(
        r"^upstream (\w+) +\{ server 127\.0\.0\.1:(\d+);", (NGINX / "stacks.conf").read_text(), re.MULTILINE
    )
    assert {name: int(port) for name, port in named} == ports


def test_the_harness_has_the_stacks_of_nginx_as_its_upstreams() -> None:
    config = load(ROOT / "deploy" / "shadow.toml", variables("shadow"))
    listeners = re.findall(
        r"listen (127\.0\.0\.1:\d+);\s+set \$fishtest_upstream (\w+?)_", (NGINX / "stacks.conf").read_text()
    )
    stacks = [(f"http://{address}", stack) for address, stack in listeners]
    assert stacks == [
        (config.upstream(side).in_world(world), {"primary": "legacy", "candidate": "port"}[side])
        for side in Side
        for world in World
    ]
    front = {file.stem: file.read_text().split()[-1] for file in NGINX.glob("fishtest/front-*.conf")}
    assert front["front-harness"] == f"{config.listen.proxy};"
    assert front["front-legacy"] == f"{config.primary.live.removeprefix('http://')};"
    assert front["front-port"] == f"{config.candidate.live.removeprefix('http://')};"


def test_the_harness_writes_only_where_its_unit_lets_it() -> None:
    config = load(ROOT / "deploy" / "shadow.toml", variables("shadow"))
    assert "StateDirectory=shadow\n" in unit("shadow.service")
    for path in (config.recording.path, config.recording.key, config.console.token_file):
        assert path.is_relative_to("/var/lib/shadow")
    assert config.store.url == "sqlite:////var/lib/shadow/shadow.db"
    assert config.proxy.trusted_hops == 1
    assert config.listen.console.host == "127.0.0.1"


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is missing")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for program in ("python", "shadow"):
        (tmp_path / ".venv" / "bin" / program).symlink_to(sys.executable)
    units = []
    for name in ("fishtest-legacy@.service", "fishtest-port@.service", "shadow.service"):
        moved = tmp_path / name.replace("@.", "@main.")
        moved.write_text(unit(name).replace("/srv/shadow", str(tmp_path)))
        units.append(str(moved))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    complaints = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "fishtest" in line]
    assert not complaints
    assert done.returncode == 0, done.stderr


def test_the_operators_command_has_the_settings_of_the_service(tmp_path: Path) -> None:
    """And names the person behind sudo in the ledger."""
    env = tmp_path / "shadow.env"
    text = (SYSTEMD / "env" / "shadow.env").read_text()
    env.write_text(text.replace("/var/lib/shadow", str(tmp_path)))
    environment = {**os.environ, "SHADOW_ENV": str(env), "SUDO_USER": "wanda"}

    def shadowctl(*words: str) -> str:
        command = [str(ROOT / "deploy" / "shadowctl"), *words]
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "http://127.0.0.1:6601" in shadowctl("config")
    shadowctl("hold", "worker", "--reason", "the maintainers are away")
    assert '"who": "wanda@cli"' in shadowctl("ledger", "--json")
