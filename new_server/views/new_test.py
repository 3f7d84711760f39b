"""The form of a new test."""

from new_server.views.routing import page_router

router = page_router()
