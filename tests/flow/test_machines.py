"""Several machines on one MongoDB store: moves reach all, clocks may differ, and the store may be away.

The tests of this file follow one another on two machines, which are network namespaces. Their clocks are half a minute
apart, which is more than any hold, step or heartbeat lasts.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from shadow.errors import StoreError
from tests.support.machines import STORE, Machines
from tests.support.people import Load, load, write_and_read

pytestmark = pytest.mark.timeout(200)
REASON = ("--force", "--reason", "a test")


@pytest.fixture(scope="module")
def machines(tmp_path_factory) -> Iterator[Machines]:
    with Machines(tmp_path_factory.mktemp("machines"), off={"one": -15.0, "two": 15.0}) as running:
        yield running


def serving(machines: Machines) -> set[str]:
    """The sides that answer `/me`, over all machines."""
    answers = (httpx.get(f"{url}/me", trust_env=False) for url in machines.proxies.values())
    return {answer.headers["x-build"].split()[0] for answer in answers}


def moved(machines: Machines, side: str, *command: str, on: str = "one") -> float:
    """Give a command on a machine; seconds until the last proxy follows it."""
    done = machines.shadow(on, *command)
    assert done.returncode == 0, done.stderr
    returned = time.monotonic()
    machines.until(lambda: serving(machines) == {side}, f"all are served by the {side}")
    return time.monotonic() - returned


def test_a_promotion_and_a_rollback_reach_every_machine_within_a_second(machines):
    assert serving(machines) == {"primary"}
    assert moved(machines, "candidate", "promote", "me", *REASON) < 1.0
    assert moved(machines, "primary", "rollback", "me", "--reason", "a test", on="two") < 1.0


def test_a_group_is_handed_over_on_all_machines_at_once_though_their_clocks_differ(machines):
    """Requests flow on both; a note written on a side that has left, or has not entered yet, would be lost."""
    with loaded(machines) as during:
        flows(machines, during)
        for command, on in (("promote", "one"), ("rollback", "two")):
            done = machines.shadow(on, command, "notes", *REASON)
            assert done.returncode == 0, done.stderr
            flows(machines, during)
    assert [one.troubles for one in during] == [[], []]
    facts = {side: machines.facts(side) for side in machines.apps}
    assert [side for side, one in facts.items() if one["owner"]] == ["primary"]
    assert facts["primary"]["notes"] == sum(len(one.notes) for one in during)


def test_the_store_away_costs_no_client_anything_and_no_exchange_its_outcome(machines):
    assert away(machines, seconds=2.0) > 0


@pytest.mark.soak
@pytest.mark.timeout(1500)
def test_the_store_may_be_away_for_minutes(machines):
    assert away(machines, seconds=180.0) > 0


def away(machines: Machines, *, seconds: float) -> int:
    """Cut the store off under load and mend it; afterwards every exchange has its outcome. Exchanges meanwhile."""
    with loaded(machines) as during:
        flows(machines, during)
        machines.network.cut(STORE)
        before, until = machines.recorded(), time.monotonic() + seconds
        machines.until(lambda: time.monotonic() > until, "the time is over", seconds + 10)
        assert serving(machines) == {"primary"}
        flows(machines, during)
        meanwhile = machines.recorded() - before
        machines.network.mend(STORE)
    assert [one.troubles for one in during] == [[], []]
    recorded = machines.recorded()
    machines.until(lambda: judged(machines) == recorded, "every exchange has one outcome", 90 + 4 * seconds)
    return meanwhile


@contextmanager
def loaded(machines: Machines) -> Iterator[list[Load]]:
    """Clients write and read notes on both machines."""
    with ExitStack() as both:
        yield [both.enter_context(load(url, unhurried, clients=1)) for url in machines.proxies.values()]


def unhurried(browser: httpx.Client, found: Load) -> None:
    """Some requests a second: the machines share the cores of this one with their store."""
    write_and_read(browser, found)
    time.sleep(0.1)


def flows(machines: Machines, during: list[Load]) -> None:
    """Return when some more requests were answered on each machine."""
    aims = [one.answered + 4 for one in during]
    machines.until(lambda: all(one.answered > aim for one, aim in zip(during, aims, strict=True)), "requests flow")


def judged(machines: Machines) -> int:
    """How many exchanges have an outcome in the store; none while its driver has not found it again."""
    try:
        return sum(one.count for one in machines.store.counts())
    except StoreError:
        return -1
