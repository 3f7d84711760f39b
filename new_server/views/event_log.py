"""What happened, newest first."""

from new_server.views.routing import page_router

router = page_router()
