"""The pages, a module for each room of the site, in the order of the route list.

Most answer any method (spec ui §4).
"""

from new_server.views import (
    accounts,
    contributors,
    event_log,
    home,
    nets,
    new_test,
    one_test,
    static,
    test_lists,
    test_moves,
    tools,
    users,
    workers,
)

ROUTERS = (
    home.router,
    accounts.router,
    nets.router,
    users.router,
    contributors.router,
    event_log.router,
    tools.router,
    workers.router,
    test_lists.router,
    new_test.router,
    one_test.router,
    test_moves.router,
    static.router,
)
