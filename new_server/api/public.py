"""Public calls, without authentication."""

from operator import attrgetter

from fastapi import APIRouter

router = APIRouter(prefix="/api", generate_unique_id_function=attrgetter("name"))
