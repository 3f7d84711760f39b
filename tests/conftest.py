"""What holds for every test, whichever runs first or alone."""

from __future__ import annotations

import warnings

from hypothesis import settings

# How long an example takes on a busy machine says nothing about the code.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")

# Warnings are errors, and what Pyramid imports announces the end of `cgi` and of `pkg_resources`: imported once and
# quietly, for else the first test to import it would fail, whichever that is.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import pyramid.config  # noqa: F401
