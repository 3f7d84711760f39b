"""The route list. Its order is the order of api.py and views.py, and of everything ported from them."""

from pyramid.config import Configurator

ROUTES = (
    ("home", "/"),
    ("login", "/login"),
    ("logout", "/logout"),
    ("tests", "/tests"),
    ("tests_view", "/tests/view/{id}"),
    ("api_request_version", "/api/request_version"),
    ("api_request_task", "/api/request_task"),
    ("api_update_task", "/api/update_task"),
    ("api_beat", "/api/beat"),
    ("api_request_spsa", "/api/request_spsa"),
    ("api_failed_task", "/api/failed_task"),
    ("api_stop_run", "/api/stop_run"),
    ("api_upload_pgn", "/api/upload_pgn"),
    ("api_worker_log", "/api/worker_log"),
)

# For a cutover between two servers on this machine; no client ever sees them.
INTERNAL_ROUTES = (
    ("internal_flush", "/internal/flush"),
    ("internal_reload", "/internal/reload"),
)


def add_routes(config: Configurator) -> None:
    for name, path in ROUTES + INTERNAL_ROUTES:
        config.add_route(name, path)
