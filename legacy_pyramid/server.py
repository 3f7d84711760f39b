"""The application served by waitress, from start to a shutdown that writes everything."""

from __future__ import annotations

import faulthandler
import logging
import signal
import sys
from types import FrameType
from typing import NoReturn

from pyramid.router import Router
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.task import ErrorTask

from domain.schemas import MAX_BODY
from domain.settings import Settings, SettingsError
from legacy_pyramid import main

# Above the five that the scheduler lets in at once.
THREADS = 10
CONNECTIONS = 100
# What an answer may be ahead of its reader, in memory; its thread waits then. Waitress would take 16 MiB for each.
AHEAD = 4 * 1024 * 1024
PROXY_HEADERS = {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port"}


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is at work, write what changed and return.

    SIGUSR1 prints the stacks of all threads. SettingsError: nobody can listen on that address.
    """
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    app = main(settings)
    fishtest = app.registry.fishtest
    faulthandler.register(signal.SIGUSR1, file=sys.stdout, all_threads=True)
    server = _listen(app, host, port)
    server.channel_class = _channel_class(settings.build)

    def leave(_signal: int, _frame: FrameType | None) -> NoReturn:
        fishtest.begin_shutdown()
        # Ends waitress's loop, which then waits for the requests at work.
        raise SystemExit

    fishtest.start()
    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)
    server.run()
    fishtest.stop()


def _listen(app: Router, host: str, port: int) -> BaseWSGIServer:
    try:
        return create_server(
            app,
            host=host,
            port=port,
            threads=THREADS,
            connection_limit=CONNECTIONS,
            outbuf_high_watermark=AHEAD,
            max_request_body_size=MAX_BODY,
            trusted_proxy="127.0.0.1",
            trusted_proxy_count=1,
            trusted_proxy_headers=PROXY_HEADERS,
            # internal.py must see them all to know that a proxy stands between; nothing else reads them.
            clear_untrusted_proxy_headers=False,
        )
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {host}:{port}: {error.strerror}; give a free port with --port"
        ) from error


def _channel_class(build: str) -> type[HTTPChannel]:
    """Waitress's own answers (an application that raised, a malformed request) name the build too."""
    if not build:
        return HTTPChannel

    class LabelledErrorTask(ErrorTask):
        def execute(self) -> None:
            self.response_headers.append(("X-Build", build))
            super().execute()

    class LabelledChannel(HTTPChannel):
        error_task_class = LabelledErrorTask

    return LabelledChannel
