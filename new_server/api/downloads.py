"""Games and networks to take home."""

from operator import attrgetter

from fastapi import APIRouter

router = APIRouter(prefix="/api", generate_unique_id_function=attrgetter("name"))
