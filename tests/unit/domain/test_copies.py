"""A copy is equal to its document and shares nothing that can change."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

from bson.objectid import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from domain.copies import copied

atoms = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(), st.binary(), st.just(ObjectId()), st.just(datetime.now(UTC))
)
documents = st.recursive(atoms, lambda parts: st.lists(parts) | st.dictionaries(st.text(), parts), max_leaves=20)


def scribble(value: Any) -> None:
    """Change every dict and list."""
    parts = list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, list) else []
    for part in parts:
        scribble(part)
    if isinstance(value, dict):
        value["scribbled"] = True
    elif isinstance(value, list):
        value.append("scribbled")


@given(documents)
def test_a_copy_is_equal_and_apart(document: Any) -> None:
    before, private = copy.deepcopy(document), copied(document)
    assert private == document
    scribble(document)
    assert private == before
