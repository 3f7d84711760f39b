"""The table of requests that both applications must answer alike, in the order in which they are sent.

`$name` in a target, a header or a body stands for what the seed made (`$sprt` is a run id) or for what the side itself
gave earlier (`$token`, `$sig`). A row with a browser sends that browser's cookies and keeps what comes back.
"""

from __future__ import annotations

from tests.parity.rows import (
    addresses,
    approvers,
    browsers,
    downloads,
    elo,
    files,
    identity,
    lists,
    log_and_nets,
    misplaced,
    moves,
    new_test,
    one_run,
    pages,
    people,
    proxies,
    public,
    schema,
    tasks,
    worker_errors,
)
from tests.parity.rows.row import Row

CRASHES = frozenset(
    {
        "update_task without stats",
        "update_task games without parameters",
        "request_spsa on a run without it",
        "a path that is no UTF-8",
        "a query that is no UTF-8",
        "events before no time",
        "the time in a form",
        "networks with a broken user=(",
        "networks with a broken network_name=%5B",
        "networks with a broken user=*",
        "upload as another charset",
        "upload as a form without a boundary",
        "to ?next=/a%0d%0aX-Evil:%201",
        "a profile that is no UTF-8",
        "a worker that is no UTF-8",
        "the users with one too few",
        *lists.CRASHES,
        *one_run.CRASHES,
        *public.CRASHES,
        *elo.CRASHES,
        *downloads.CRASHES,
        *new_test.CRASHES,
        *misplaced.CRASHES,
        *moves.CRASHES,
    }
)
"""The rows that end in a 500 by the specification; a crash anywhere else would hide what the row is about."""


def table() -> list[Row]:
    return [
        *identity.malformed_bodies(),
        *identity.users(),
        *schema.rows(),
        *tasks.rows(),
        *worker_errors.rows(),
        *addresses.rows(),
        *pages.rows(),
        *browsers.rows(),
        *proxies.rows(),
        *files.rows(),
        *log_and_nets.rows(),
        *lists.rows(),
        *one_run.rows(),
        *public.rows(),
        *elo.rows(),
        *downloads.rows(),
        *new_test.rows(),
        *moves.rows(),
        *people.rows(),
        *approvers.rows(),
        *misplaced.rows(),
    ]
