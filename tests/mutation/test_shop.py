"""A fault of JSON, names, conditions and writes gives its finding at its place, and nothing elsewhere."""

from __future__ import annotations

import pytest

from tests.mutation.mutation import Mutation
from tests.mutation.of_shop import MUTATIONS
from tests.mutation.running import EXCHANGES, MORE_EXCHANGES, found_as_declared
from tests.support.subjects.subject import SHOP

each_mutation = pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)


@each_mutation
def test_a_fault_is_found_where_it_is_and_nowhere_else(mutation: Mutation) -> None:
    found_as_declared(SHOP, EXCHANGES, mutation)


@pytest.mark.soak
@each_mutation
def test_a_fault_is_found_in_a_longer_conversation(mutation: Mutation) -> None:
    found_as_declared(SHOP, MORE_EXCHANGES, mutation)
