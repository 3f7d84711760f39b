"""Who gets which run is settled without timers."""

import re

from demo.cast import PEOPLE, STOPPER, machines, person, run_plans
from domain import documents, names
from domain.schemas import SUPPORTED_ARCHES, validate


def test_no_two_runs_have_the_same_priority():
    priorities = [plan.priority for plan in run_plans()]
    assert len(set(priorities)) == len(priorities)


def test_every_machine_is_another_worker():
    fleet = machines()
    assert len({machine.unique_key for machine in fleet}) == len(fleet)
    short_names = {names.short_worker_name(machine.worker_info()) for machine in fleet}
    assert len(short_names) == len(fleet)
    for name in short_names:
        validate(documents.short_worker_name, name, "name")


def test_every_machine_finds_a_run_made_for_its_class():
    for machine in machines():
        assert machine.arch in SUPPORTED_ARCHES
        own = [plan for plan in run_plans() if plan.arch and re.search(f"^{plan.arch}$", machine.arch)]
        assert own
        assert all(plan.compiler in ("", machine.compiler) for plan in own)


def test_only_the_stopper_may_stop_and_only_runs_made_for_that():
    workers = sorted({machine.owner for machine in machines()})
    assert [name for name in workers if person(name).cpu_hours >= 1000] == [STOPPER]


def test_the_cast_has_a_blocked_a_pending_and_an_approving_person():
    assert [one.name for one in PEOPLE if one.blocked] == ["mallory"]
    assert [one.name for one in PEOPLE if one.pending] == ["peggy"]
    assert [one.name for one in PEOPLE if "group:approvers" in one.groups] == ["alice"]
