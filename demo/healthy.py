"""`python -m demo.healthy URL`: exit code 0 when the page answers 200; for health checks in an image without curl."""

import sys
import urllib.error
import urllib.request


def healthy(url: str) -> bool:
    """Whether the page answers 200 within four seconds."""
    try:
        with urllib.request.urlopen(url, timeout=4) as answer:  # noqa: S310 - the address is the operator's own
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(not healthy(sys.argv[1]))
