"""`python -m new_server --port N [--host 127.0.0.1]`: the port under uvicorn, settings from the environment."""

import argparse
import faulthandler
import os
import signal
import sys
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from domain.settings import Settings, SettingsError
from new_server.app import create_app


def run(wrap: Callable[[ASGIApp], ASGIApp] = lambda app: app) -> int:
    """Serve until a signal comes; `wrap` puts something around the application, as the demo's faulty build does."""
    parser = argparse.ArgumentParser(prog="python -m new_server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    # All stacks to stderr: what a server that hangs is asked.
    faulthandler.register(signal.SIGUSR1)
    try:
        settings = Settings.from_environ(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    uvicorn.run(
        wrap(create_app(settings)),
        host=arguments.host,
        port=arguments.port,
        proxy_headers=False,  # `http/middleware.py` reads them, host and port among them
        server_header=False,
        access_log=False,
        timeout_keep_alive=120,
        lifespan="on",
    )
    return 0


if __name__ == "__main__":
    sys.exit(run())
