"""What people do to a test: change, stop, approve, purge, delete."""

from new_server.views.routing import page_router

router = page_router()
