"""The route list. Its order is the order of the modules in views/ and api/, and of everything ported from them."""

from pyramid.config import Configurator

ROUTES = (
    ("home", "/"),
    ("login", "/login"),
    ("logout", "/logout"),
    ("signup", "/signup"),
    ("nn_upload", "/upload"),
    ("nns", "/nns"),
    ("profile", "/user"),
    ("user", "/user/{username}"),
    ("user_management", "/user_management"),
    ("contributors", "/contributors"),
    ("contributors_monthly", "/contributors/monthly"),
    ("actions", "/actions"),
    ("sprt_calc", "/sprt_calc"),
    ("rate_limits", "/rate_limits"),
    ("workers", "/workers/{worker_name}"),
    ("tests", "/tests"),
    ("tests_machines", "/tests/machines"),
    ("tests_finished", "/tests/finished"),
    ("tests_user", "/tests/user/{username}"),
    ("tests_run", "/tests/run"),
    ("tests_view", "/tests/view/{id}"),
    ("tests_tasks", "/tests/tasks/{id}"),
    ("tests_stats", "/tests/stats/{id}"),
    ("tests_live_elo", "/tests/live_elo/{id}"),
    ("tests_modify", "/tests/modify"),
    ("tests_stop", "/tests/stop"),
    ("tests_approve", "/tests/approve"),
    ("tests_purge", "/tests/purge"),
    ("tests_delete", "/tests/delete"),
    ("api_request_version", "/api/request_version"),
    ("api_request_task", "/api/request_task"),
    ("api_update_task", "/api/update_task"),
    ("api_beat", "/api/beat"),
    ("api_request_spsa", "/api/request_spsa"),
    ("api_failed_task", "/api/failed_task"),
    ("api_stop_run", "/api/stop_run"),
    ("api_upload_pgn", "/api/upload_pgn"),
    ("api_worker_log", "/api/worker_log"),
    ("api_rate_limit", "/api/rate_limit"),
    ("api_active_runs", "/api/active_runs"),
    ("api_finished_runs", "/api/finished_runs"),
    ("api_actions", "/api/actions"),
    ("api_get_run", "/api/get_run/{id}"),
    ("api_get_task", "/api/get_task/{id}/{task_id}"),
    ("api_get_elo", "/api/get_elo/{id}"),
    ("api_calc_elo", "/api/calc_elo"),
    ("api_pgn", "/api/pgn/{id}"),
    ("api_run_pgns", "/api/run_pgns/{id}"),
    ("api_nn", "/api/nn/{id}"),
)

# For a cutover between two servers on this machine; no client ever sees them.
INTERNAL_ROUTES = (
    ("internal_flush", "/internal/flush"),
    ("internal_reload", "/internal/reload"),
)


def add_routes(config: Configurator) -> None:
    for name, path in ROUTES + INTERNAL_ROUTES:
        config.add_route(name, path)
