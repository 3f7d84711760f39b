"""Profiles, and the people who look after them."""

from new_server.views.routing import page_router

router = page_router()
