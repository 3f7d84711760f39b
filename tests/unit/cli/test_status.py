"""`shadow status NAME`: which routes a name stands for."""

from __future__ import annotations

import pytest

from shadow.cli.status import chosen
from shadow.errors import NotFound

ROUTES = [{"name": "home", "group": ""}, {"name": "job", "group": "jobs"}]


def test_a_route_or_a_group_is_chosen_by_its_name() -> None:
    assert chosen(ROUTES, "") == ROUTES
    assert chosen(ROUTES, "home") == ROUTES[:1]
    assert chosen(ROUTES, "jobs") == ROUTES[1:]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("hme", "there is no route or group 'hme'; did you mean 'home'? Next: shadow routes list"),
        ("xyz", "there is no route or group 'xyz'. Next: shadow routes list"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest_and_where_all_are(name: str, told: str) -> None:
    with pytest.raises(NotFound) as caught:
        chosen(ROUTES, name)
    assert str(caught.value) == told
