"""Print the suite's figures: `python -m tests.mutation [exchanges of the primary against itself]`."""

from __future__ import annotations

import sys
import time

from tests.mutation.running import EXCHANGES, found_as_declared
from tests.mutation.test_mutations import TABLES
from tests.mutation.test_primary_against_primary import against_itself


def main(exchanges: int) -> None:
    """One line for each subject."""
    print(f"{'subject':8} {'mutations':>9} {'found':>6} {'s each':>7} {'against itself':>15} {'findings':>9} {'s':>5}")
    for subject, mutations in TABLES.items():
        found, began = 0, time.perf_counter()
        for mutation in mutations:
            try:
                found_as_declared(subject, EXCHANGES, mutation)
            except AssertionError as error:
                print(f"{subject.name}: {mutation.name}: {error}", file=sys.stderr)
            else:
                found += 1
        middle = time.perf_counter()
        findings = len(against_itself(subject, exchanges).findings)
        each, whole = (middle - began) / len(mutations), time.perf_counter() - middle
        line = f"{subject.name:8} {len(mutations):9} {found:6} {each:7.2f} {exchanges:15} {findings:9} {whole:5.0f}"
        print(line, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
