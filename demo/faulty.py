"""`python -m demo.faulty --port N`: the port with the faults that `DEMO_FAULTS` names, run exactly as the port is."""

import os
import sys

from starlette.types import ASGIApp

from demo.faults import Faulty
from new_server.__main__ import run


def with_faults(app: ASGIApp) -> ASGIApp:
    """The application as the faulty build has it."""
    return Faulty(app, [name for name in os.environ.get("DEMO_FAULTS", "").split(",") if name])


if __name__ == "__main__":
    sys.exit(run(wrap=with_faults))
