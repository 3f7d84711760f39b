"""`python -m new_server --port N [--host 127.0.0.1]`; everything else comes from the environment."""

import argparse
import faulthandler
import os
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from domain.server import Fishtest
from domain.settings import Settings, SettingsError
from new_server.app import create_app

# As long as the legacy server keeps an idle connection: a shorter time would show as resets.
KEEP_ALIVE = 120


def run(wrap: Callable[[ASGIApp], ASGIApp] | None = None) -> int:
    """Serve until SIGINT or SIGTERM, then finish what is at work, write what changed and return.

    `wrap` puts something around the application. SIGUSR1 prints the stacks of all threads.
    """
    parser = argparse.ArgumentParser(prog="python -m new_server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    try:
        settings = Settings.from_environ(os.environ)
        listener = listen(arguments.host, arguments.port)
        app = create_app(settings)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    faulthandler.register(signal.SIGUSR1, file=sys.stdout, all_threads=True)
    server = Server(wrap(app) if wrap else app, app.state.fishtest)
    server.run(sockets=[listener])
    return 0


def listen(host: str, port: int) -> socket.socket:
    """The socket, before anything else starts: a second owner must not touch the database on its way to failing.

    SettingsError: nobody can listen on that address.
    """
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        why = str(error.strerror).partition(" (")[0]  # Python adds the address once more
        raise SettingsError(f"cannot listen on {host}:{port}: {why}; give a free port with --port") from error


class Server(uvicorn.Server):
    """Uvicorn, which has the application start the domain layer first and stop it last, once all requests are done."""

    def __init__(self, app: ASGIApp, fishtest: Fishtest) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="on",
                proxy_headers=False,  # http/middleware.py takes the proxy's word, on host and port too
                server_header=False,
                access_log=False,
                timeout_keep_alive=KEEP_ALIVE,
            )
        )
        self.fishtest = fishtest

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        # Uvicorn takes these signals over and raises them once more at its end, for whoever had them before: nobody.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        super().run(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """What is at work is finished; what comes in until the port is closed is told to go."""
        self.fishtest.begin_shutdown()
        super().handle_exit(sig, frame)


if __name__ == "__main__":
    sys.exit(run())
