"""`python -m legacy_pyramid --port N [--host 127.0.0.1]`; everything else comes from the environment."""

from __future__ import annotations

import argparse
import os
import sys

from domain.settings import Settings, SettingsError
from legacy_pyramid.server import serve


def run() -> int:
    parser = argparse.ArgumentParser(prog="python -m legacy_pyramid", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    try:
        serve(Settings.from_environ(os.environ), arguments.host, arguments.port)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(run())
