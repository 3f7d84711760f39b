"""Pyramid is imported here once, in the tests' own process: what its imports are warned about is not ours to mend."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import pyramid.config  # noqa: F401
    import pyramid_mako  # noqa: F401

from tests.support.parity_samples import samples

__all__ = ["samples"]
