"""The handover in the shadow world: at the first exchange that the other side served, once, in this order."""

from __future__ import annotations

import asyncio

import pytest

from shadow.mirror.owners import Owners
from shadow.words import Side
from tests.support.builders import an_exchange
from tests.support.hook_server import hook_servers
from tests.support.mirrors import a_config, one_world


@pytest.fixture
def servers():
    with hook_servers() as found:
        yield found


@pytest.fixture
def config(tmp_path, servers):
    return a_config(tmp_path, primary=servers[1].url, candidate=servers[2].url)


def served_by(side: Side, route: str = "job", group: str = "jobs"):
    return an_exchange(route=route, group=group, serving=side)


def follow(owners: Owners, exchange) -> str:
    return asyncio.run(owners.follow(exchange))


def test_nothing_turns_while_the_primary_serves(config, servers):
    owners = Owners(config, {})
    assert not owners.turns(served_by(Side.PRIMARY))
    assert follow(owners, served_by(Side.PRIMARY)) == ""
    assert servers[0] == []


def test_a_promotion_hands_the_shadow_worlds_state_over_once(config, servers):
    owners = Owners(config, {})
    assert [owners.turns(served_by(Side.CANDIDATE)) for _ in range(2)] == [True, False]
    for _ in range(2):
        assert follow(owners, served_by(Side.CANDIDATE)) == ""
    assert servers[0] == ["candidate /leave", "primary /enter"]
    assert owners.known() == {"jobs": Side.PRIMARY}


def test_a_rollback_hands_it_back(config, servers):
    owners = Owners(config, {"jobs": Side.PRIMARY})
    assert owners.turns(served_by(Side.PRIMARY))
    assert follow(owners, served_by(Side.PRIMARY)) == ""
    assert servers[0] == ["primary /leave", "candidate /enter"]


def test_what_was_handed_over_before_a_restart_is_not_handed_over_again(config, servers):
    owners = Owners(config, {"jobs": Side.PRIMARY})
    assert not owners.turns(served_by(Side.CANDIDATE))
    assert servers[0] == []


def test_a_hook_that_fails_is_told_and_not_tried_at_every_exchange(config, servers):
    servers[2].answers["/leave"] = (500, {})
    owners = Owners(config, {})
    assert "handover of jobs in the shadow world" in follow(owners, served_by(Side.CANDIDATE))
    assert follow(owners, served_by(Side.CANDIDATE)) == ""
    assert servers[0] == ["candidate /leave"]


def test_groups_without_state_and_single_worlds_have_no_handover(config, servers):
    assert not Owners(config, {}).turns(served_by(Side.CANDIDATE, "page", "page"))
    assert not Owners(one_world(config), {}).turns(served_by(Side.CANDIDATE))
    assert servers[0] == []
