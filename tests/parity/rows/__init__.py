"""The table of requests that both applications must answer alike, in the order in which they are sent.

`$name` in a target, a header or a body stands for what the seed made (`$sprt` is a run id) or for what the side itself
gave earlier (`$token`, `$sig`). A row with a browser sends that browser's cookies and keeps what comes back.
"""

from __future__ import annotations

from tests.parity.rows import addresses, browsers, files, identity, pages, proxies, schema, tasks
from tests.parity.rows.row import Row


def table() -> list[Row]:
    return [
        *identity.malformed_bodies(),
        *identity.users(),
        *schema.rows(),
        *tasks.rows(),
        *addresses.rows(),
        *pages.rows(),
        *browsers.rows(),
        *proxies.rows(),
        *files.rows(),
    ]
