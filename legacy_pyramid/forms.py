"""Forms as views read them: texts in ``request.POST`` and ``request.params``, files by ``request.upload``."""

from __future__ import annotations

from typing import Any

from pyramid.decorator import reify
from pyramid.request import Request
from webob.multidict import MultiDict


class FormRequest(Request):
    """A request whose fields are what they should be: a file in the place of a text counts as missing."""

    @reify
    def POST(self) -> MultiDict:  # noqa: N802 - the framework's own name
        return MultiDict(pair for pair in super().POST.items() if isinstance(pair[1], str))

    def upload(self, name: str) -> Any:
        """The file in the last field of this name, None if that is none; one that was not chosen is an empty text."""
        last = super().POST.get(name)
        return last if hasattr(last, "filename") else None
