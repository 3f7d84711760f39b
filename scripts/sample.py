"""Make the committed samples from a real demo run: `scripts/sample.py var/demo/FOLDER reports/demo`.

The recording sample is the beginning of the demo's recording, sealed as it was written; its key stays behind, so nobody
can open it. The report sample is the demo's report.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

import zstandard

ROOT = Path(__file__).parents[1]
EXCHANGES = 120


def recording(source: Path, target: Path) -> int:
    """Copy line one and the first exchanges of the first segment; how many."""
    first = min(source.glob("*-1.jsonl.zst"))
    with first.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as stream:
        text = io.TextIOWrapper(stream, "utf-8", newline="\n")
        lines = [line for line, _ in zip(text, range(EXCHANGES + 1), strict=False)]
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    (target / first.name).write_bytes(zstandard.ZstdCompressor(level=19).compress("".join(lines).encode()))
    return len(lines) - 1


def main() -> None:
    """Write both samples."""
    demo, report = (Path(argument) for argument in sys.argv[1:3])
    count = recording(demo / "recording", ROOT / "recordings" / "sample")
    shutil.rmtree(ROOT / "reports" / "sample", ignore_errors=True)
    shutil.copytree(report, ROOT / "reports" / "sample")
    print(f"recordings/sample: {count} exchanges; reports/sample: {len(list(report.iterdir()))} files")


if __name__ == "__main__":
    main()
