"""The database and the servers of the domain's tests."""

from tests.support.domain import clock, fishtest, make_server
from tests.support.mongo import db, db_name, mongo_client, mongo_url

__all__ = ["clock", "db", "db_name", "fishtest", "make_server", "mongo_client", "mongo_url"]
