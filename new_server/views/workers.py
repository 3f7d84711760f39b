"""Machines that are kept out."""

from new_server.views.routing import page_router

router = page_router()
