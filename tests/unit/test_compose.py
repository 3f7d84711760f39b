"""`docker-compose.yml` runs what the demo runs, publishes two ports on loopback, and waits for what it needs."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.processes import DATABASES, OWNERS, PORTS, arguments, environment
from shadow.config_file import load
from shadow.words import Side, World

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
BOTH = [(side, world) for side in Side for world in World]


def service(side: Side, world: World) -> dict[str, Any]:
    return SERVICES[f"{world}-{side}"]


@pytest.mark.parametrize(("side", "world"), BOTH)
def test_an_application_service_has_the_command_of_the_demo(side: Side, world: World):
    assert service(side, world)["command"] == ["python", *arguments(side, PORTS[side, world])]


@pytest.mark.parametrize(("side", "world"), BOTH)
def test_an_application_service_has_the_environment_of_the_demo(side: Side, world: World):
    found = service(side, world)["environment"]
    wanted = environment(
        side,
        world,
        database_url="mongodb://127.0.0.1:27017",
        secret=found["FISHTEST_AUTHENTICATION_SECRET"],
        build=found["FISHTEST_BUILD"],
        nets=Path("/srv/shadow/nets"),
    )
    assert found == wanted


@pytest.mark.parametrize(("side", "world"), BOTH)
def test_the_networks_of_a_world_are_on_a_volume_that_both_stacks_share(side: Side, world: World):
    assert service(side, world)["volumes"] == ["nets:/srv/shadow/nets"]


def test_both_stacks_of_both_worlds_share_one_secret():
    """A login on one stack must be a login on the other."""
    assert len({service(*one)["environment"]["FISHTEST_AUTHENTICATION_SECRET"] for one in BOTH}) == 1


def test_each_world_has_its_own_database_and_exactly_one_owner():
    assert len(set(DATABASES.values())) == len(World)
    for world in World:
        owners = [side for side in Side if service(side, world)["environment"]["FISHTEST_ROLE"] == "owner"]
        assert owners == [OWNERS[world]]


def test_only_the_proxy_and_the_console_are_published_and_on_loopback_only():
    published = {name: one["ports"] for name, one in SERVICES.items() if "ports" in one}
    assert published == {"pod": ["127.0.0.1:8080:8080", "127.0.0.1:8081:8081"]}


def test_every_service_lives_in_the_network_of_the_pod():
    """The applications' hooks answer loopback peers only, so all must share one loopback."""
    assert {one.get("network_mode") for name, one in SERVICES.items() if name != "pod"} == {"service:pod"}


def test_everything_that_runs_on_has_a_health_check():
    assert [name for name, one in SERVICES.items() if name != "seed" and "healthcheck" not in one] == []


def test_the_harness_waits_for_four_applications_and_they_for_the_seeded_database():
    names = {f"{world}-{side}" for side, world in BOTH}
    assert SERVICES["shadow"]["depends_on"] == {name: {"condition": "service_healthy"} for name in names}
    for name in names:
        assert SERVICES[name]["depends_on"] == {"seed": {"condition": "service_completed_successfully"}}
    assert SERVICES["seed"]["depends_on"] == {"mongo": {"condition": "service_healthy"}}


def test_the_database_is_a_real_mongod_of_a_named_version():
    image, _, version = SERVICES["mongo"]["image"].partition(":")
    assert image == "mongo"
    assert version[0].isdigit()


def test_the_configuration_names_the_four_services():
    config = load(ROOT / "deploy" / "shadow.toml", {})
    for side, world in BOTH:
        assert config.upstream(side).in_world(world) == f"http://127.0.0.1:{PORTS[side, world]}"
    assert (config.listen.proxy.port, config.listen.console.port) == (8080, 8081)


def test_groups_routes_and_rules_are_those_of_the_demo():
    deployed, demo = (load(ROOT / folder / "shadow.toml", {}) for folder in ("deploy", "demo"))
    assert [asdict(group) for group in deployed.groups.values()] == [asdict(group) for group in demo.groups.values()]
    assert deployed.routes.routes == demo.routes.routes
    assert deployed.rules == demo.rules


def test_what_the_run_cache_holds_moves_together_with_hooks():
    config = load(ROOT / "deploy" / "shadow.toml", {})
    moving = {route.path for route in config.routes.units()["worker"]}
    assert len([path for path in moving if path.startswith("/api/")]) == 9 + len(("get_run", "get_task", "get_elo"))
    assert config.groups["worker"].state == "in-process"


def test_the_image_is_made_from_the_lock_on_python_3_14():
    lines = (ROOT / "deploy" / "Dockerfile").read_text().splitlines()
    assert "FROM python:3.14-slim" in lines
    assert any("--require-hashes" in line for line in lines)
    copied = {line.split()[1] for line in lines if line.startswith("COPY") and len(line.split()) == 3}
    assert {"shadow", "domain", "legacy_pyramid", "new_server", "static", "demo"} <= copied
