"""`shadow` on a machine whose clock is wrong: `python -m tests.support.off_clock SECONDS COMMAND …`.

Network namespaces share the kernel's clock, so the one place is moved that all of `shadow` takes its time from.
"""

from __future__ import annotations

import sys
import time

from shadow import clock
from shadow.cli.main import main

if __name__ == "__main__":
    off = float(sys.argv.pop(1))
    clock.now = lambda: time.time() + off
    main()
