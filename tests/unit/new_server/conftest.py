"""Import Pyramid once, quietly: webob imports `cgi`, which Python 3.11 and 3.12 announce as deprecated."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import pyramid.authentication
    import pyramid.request
    import pyramid.session  # noqa: F401
