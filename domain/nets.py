"""Networks that engines use: who made them, where they were tested, how often they were fetched; and their files."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

from pymongo import DESCENDING
from pymongo.database import Database

from domain.actions import Actions

Net = dict[str, Any]

PAGE_SIZE = 25
TOO_LARGE = 200_000_000
NAME = re.compile(r"nn-([0-9a-f]{12})\.nnue")
BLOCK = 1 << 20
READABLE = 0o644  # by the web server that hands the files out


class Nets:
    """The ``nns`` collection, and the folder that a web server shows as ``/nn/``.

    The folder belongs to one world: an upload that is made in two worlds must find its name free in both.
    """

    def __init__(self, db: Database[dict[str, Any]], actions: Actions, folder: Path) -> None:
        self._collection = db["nns"]
        self._actions = actions
        self._folder = folder

    def get(self, name: str) -> Net | None:
        return self._collection.find_one({"name": name})

    def count_download(self, name: str) -> None:
        """One more; atomic, since several servers send clients to the same file."""
        self._collection.update_one({"name": name}, {"$inc": {"downloads": 1}})

    def page(self, page: int = 1, user: str = "", network_name: str = "", master_only: bool = False) -> dict[str, Any]:
        """One page of networks, newest first: ``nns`` and ``num_nns``.

        ``user`` and ``network_name`` are pieces of regular expressions; OperationFailure when one of them is broken.
        """
        wanted: dict[str, Any] = {"is_master": True} if master_only else {}
        for field, piece in (("user", user), ("name", network_name)):
            if piece:
                wanted[field] = {"$regex": f".*{piece}.*", "$options": "i"}
        found = self._collection.find(wanted).sort("_id", DESCENDING).skip((page - 1) * PAGE_SIZE).limit(PAGE_SIZE)
        nets = [{**net, "time": net["_id"].generation_time} for net in found]
        return {"nns": nets, "num_nns": self._collection.count_documents(wanted)}

    def upload(self, username: str, name: str, file: IO[bytes]) -> list[str]:
        """Keep a network's file and record it; or why not, for the visitor to read. Memory does not grow with it."""
        if self.get(name):
            return [f"Network {name} already exists"]
        if faults := list(_faults(name, file)):
            return faults
        try:
            self._store(name, file)
        except FileExistsError:
            return [f"Network {name} already uploaded"]
        except OSError as fault:
            print(f"nets.not_stored name={name} fault={fault}", file=sys.stderr)
            return ["Failed to write network"]
        self._collection.insert_one({"name": name, "user": username, "downloads": 0})
        self._actions.add("upload_nn", username, nn=name)
        return []

    def _store(self, name: str, file: IO[bytes]) -> None:
        """Write, read back, and only then give the file its name, which must be free."""
        with NamedTemporaryFile(dir=self._folder, prefix=".upload-") as written:
            with gzip.open(written, "wb") as packed:
                shutil.copyfileobj(file, packed, BLOCK)
            written.flush()
            os.fsync(written.fileno())
            with gzip.open(written.name) as unpacked:
                if not _fits(name, _sha256(unpacked)):
                    raise OSError("what was read back is not what was written")
            os.fchmod(written.fileno(), READABLE)
            os.link(written.name, self._folder / f"{name}.gz")


def _faults(name: str, file: IO[bytes]) -> Iterator[str]:
    """Everything that is wrong with an upload; the file is left at its beginning."""
    if file.seek(0, os.SEEK_END) >= TOO_LARGE:
        yield "Network must be < 200MB"
    file.seek(0)
    if not NAME.fullmatch(name):
        yield 'Name must match "nn-[SHA256 first 12 digits].nnue"'
    digest = _sha256(file)
    file.seek(0)
    if not _fits(name, digest):
        yield f"Wrong SHA256 hash: {digest[:12]} Filename: {name[3:15]}"


def _fits(name: str, digest: str) -> bool:
    """Whether the name carries the beginning of the digest."""
    return name[3:15] == digest[:12]


def _sha256(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := file.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()
