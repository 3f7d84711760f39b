"""Shadow-traffic cutover harness: serve, mirror, compare, promote, take back."""

__version__ = "0.1.0"
